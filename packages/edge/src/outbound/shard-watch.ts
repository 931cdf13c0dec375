/**
 * What this edge knows of the shards' owners, and when it hears them no more.
 *
 * Invariants
 * 1. A shard's epoch only rises, and a heartbeat of a lower one is not heard. (Entries are taken whatever their epoch:
 *    their order is their seqs'.)
 * 2. Every shard that was heard of, is watched in, or owes an answer is listened for, and that any is heard at all:
 *    replies come by the fan-out as entries do.
 * 3. One renewal of the subscription is under way at a time, and not within HEARTBEATS_MISSED heartbeats of the last;
 *    for a shard that stays silent the pause doubles up to SILENCE_RETRY_MAX_MS.
 * 4. What a heartbeat said of its shard's lag counts until the shard falls silent.
 */
import { HEARTBEAT_MS, HEARTBEATS_MISSED, SILENCE_RETRY_MAX_MS } from '@munova/contracts';
import type { Epoch, Heartbeat, InboxLag, Runtime, ShardId, Timer } from '@munova/contracts';

export interface ShardWatchDeps {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>;
  /** Shards with watched rooms. */
  readonly watched: () => Iterable<ShardId>;
  /** Subscribes to the fan-out again. @throws {ChatError} `unavailable` */
  readonly renew: () => Promise<void>;
  /** Another owner than before, which knows of no watch. */
  readonly onTakenOver: (shard: ShardId) => void;
  /** What was said of these shards may be lost. */
  readonly onLoss: (shards: readonly ShardId[]) => void;
  /** No heartbeat of so many shards comes: the subscription is renewed. */
  readonly onSilence: (shards: number) => void;
  readonly onFault: (cause: unknown) => void;
}

interface Known {
  epoch: Epoch | null;
  /** Monotonic ms of the last heartbeat; before the first, of when it began to be awaited. */
  heardAt: number;
  lag: InboxLag | null;
  /** Renewals since then, and monotonic ms before which there is no other for this shard. */
  renewals: number;
  renewAt: number;
}

/** The one that is just due may still be on its way. */
const SILENCE_MS = (HEARTBEATS_MISSED + 0.5) * HEARTBEAT_MS;

export class ShardWatch {
  readonly #deps: ShardWatchDeps;
  /** Null: whichever shard. */
  readonly #shards = new Map<ShardId | null, Known>();
  #timer: Timer | null = null;
  #renewing = false;
  #renewedAt = -Infinity;
  #closed = false;

  constructor(deps: ShardWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#await();
    this.#listen();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** An answer of this shard does not come: its owner, if there is one, is listened for from now on. */
  awaitAnswer(shard: ShardId): void {
    this.#of(shard);
  }

  /** False: it is of an owner that is none any more. */
  onHeartbeat({ shard, epoch, lag }: Heartbeat): boolean {
    const known = this.#of(shard);
    if (known.epoch !== null && epoch < known.epoch) return false;
    const wasSilent = known.renewals > 0;
    for (const heard of [known, this.#of(null)]) {
      Object.assign(heard, { heardAt: this.#now, lag, renewals: 0, renewAt: 0 });
    }
    if (!this.onEpoch(shard, epoch) && wasSilent) this.#deps.onLoss([shard]);
    return true;
  }

  /** Something else was said under this epoch. @returns whether it told of a new owner */
  onEpoch(shard: ShardId, epoch: Epoch): boolean {
    const known = this.#of(shard);
    const before = known.epoch;
    if (before !== null && epoch <= before) return false;
    known.epoch = epoch;
    // A watch is answered under an epoch: before the first one that is heard of, none was.
    if (before === null) return false;
    this.#deps.onTakenOver(shard);
    return true;
  }

  /** As the last heartbeat had it; null where there is none that counts. */
  lagOf(shard: ShardId): InboxLag | null {
    const known = this.#shards.get(shard);
    return known === undefined || this.#isSilent(known) ? null : known.lag;
  }

  #listen(): void {
    this.#timer = this.#deps.runtime.timers.after(HEARTBEAT_MS, () => {
      this.#look();
      this.#listen();
    });
  }

  #await(): void {
    for (const shard of [null, ...this.#deps.watched()]) this.#of(shard);
  }

  #look(): void {
    const now = this.#now;
    this.#await();
    const silent = [...this.#shards].filter(([, known]) => this.#isSilent(known));
    if (!silent.some(([, known]) => now >= known.renewAt)) return;
    if (this.#renewing || now - this.#renewedAt < HEARTBEATS_MISSED * HEARTBEAT_MS) return;
    // One renewal is for all of them, so that many silent shards renew no more often than one.
    for (const [, known] of silent) {
      known.renewAt = now + Math.min(SILENCE_RETRY_MAX_MS, SILENCE_MS * 2 ** known.renewals);
      known.renewals++;
    }
    this.#renewing = true;
    this.#renewedAt = now;
    const shards = silent.map(([shard]) => shard).filter((shard) => shard !== null);
    this.#deps.onSilence(shards.length);
    this.#deps.runtime.spawn.background('renew the subscription', () => this.#renew(shards));
  }

  async #renew(silent: readonly ShardId[]): Promise<void> {
    try {
      await this.#deps.renew();
    } catch (cause) {
      this.#deps.onFault(cause);
    } finally {
      this.#renewing = false;
    }
    // Renewed or not, the log has what was missed so far.
    if (!this.#closed) this.#deps.onLoss(silent);
  }

  #isSilent(known: Known): boolean {
    return this.#now - known.heardAt >= SILENCE_MS;
  }

  get #now(): number {
    return this.#deps.runtime.clock.monotonic();
  }

  #of(shard: ShardId | null): Known {
    let known = this.#shards.get(shard);
    if (known === undefined) {
      known = { epoch: null, heardAt: this.#now, lag: null, renewals: 0, renewAt: 0 };
      this.#shards.set(shard, known);
    }
    return known;
  }
}
