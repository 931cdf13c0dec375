/**
 * Which shards this process owns, and with which epoch. Invariants:
 * 1. A shard that was given up comes back only with a greater epoch.
 * 2. Listeners hear of every change, in order, before the call that made it returns.
 */
import { asShardId, type Epoch, type ShardId } from '@munova/contracts';

export interface OwnershipListener {
  acquired(shard: ShardId, epoch: Epoch): void;
  /** `why` is for the log. */
  lost(shard: ShardId, why: string): void;
}

export class OwnedShards {
  readonly #epochs = new Map<ShardId, Epoch>();
  readonly #highest = new Map<ShardId, Epoch>();
  readonly #listeners = new Set<OwnershipListener>();

  /** Shards 0..count-1 under one epoch: a process that has no rival. */
  static all(count: number, epoch: Epoch): OwnedShards {
    const owned = new OwnedShards();
    for (let shard = 0; shard < count; shard += 1) owned.acquire(asShardId(shard), epoch);
    return owned;
  }

  epochOf(shard: ShardId): Epoch | null {
    return this.#epochs.get(shard) ?? null;
  }

  /** As they are now. */
  epochs(): ReadonlyMap<ShardId, Epoch> {
    return new Map(this.#epochs);
  }

  shards(): ShardId[] {
    return [...this.#epochs.keys()];
  }

  acquire(shard: ShardId, epoch: Epoch): void {
    const before = this.#highest.get(shard);
    if (before !== undefined && before >= epoch) {
      throw new RangeError(
        `shard ${String(shard)} had epoch ${String(before)} before; ${String(epoch)} is not greater`,
      );
    }
    this.#epochs.set(shard, epoch);
    this.#highest.set(shard, epoch);
    for (const listener of this.#listeners) listener.acquired(shard, epoch);
  }

  /** No-op where it is not owned. */
  abdicate(shard: ShardId, why: string): void {
    if (!this.#epochs.delete(shard)) return;
    for (const listener of this.#listeners) listener.lost(shard, why);
  }

  abdicateAll(why: string): void {
    for (const shard of this.shards()) this.abdicate(shard, why);
  }

  /** Hears of shards owned already at once. @returns a function that ends it. */
  listen(listener: OwnershipListener): () => void {
    for (const [shard, epoch] of this.#epochs) listener.acquired(shard, epoch);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
