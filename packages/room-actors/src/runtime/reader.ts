/**
 * Reads the shards' streams. Invariants:
 * 1. A shard is in `#readable` only while nothing that was read from it is unresolved: a read starts at
 *    the oldest entry, so reading on would meet the same ones again.
 * 2. One read is in flight at a time, over all readable shards, bounded in entries and bytes.
 * 3. Reads begin `readSpacingMs` apart, or more: each has a price of its own, whatever it brings.
 */
import {
  READ_MAX_BYTES,
  READ_MAX_ENTRIES,
  READ_WAIT_MS,
  UNREADABLE_PAUSE_MS,
  pause,
  type ShardId,
  type StreamEntry,
} from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import { retryMs } from './retry.js';
import type { Shard } from './shard.js';

export class Reader {
  readonly #env: Environment;
  readonly #receive: (shard: Shard, entries: readonly StreamEntry[]) => void;
  readonly #readable = new Map<ShardId, Shard>();
  #running = false;
  #waking = false;
  /** Monotonic ms of the last read's beginning. */
  #begunAt = -Infinity;
  /** Set while there is no shard to read. */
  #onReadable: (() => void) | null = null;

  constructor(env: Environment, receive: (shard: Shard, entries: readonly StreamEntry[]) => void) {
    this.#env = env;
    this.#receive = receive;
  }

  start(): void {
    this.#running = true;
    this.#env.runtime.spawn.background('reader', () => this.#run());
  }

  stop(): void {
    this.#running = false;
    this.#wake();
  }

  /** The shard's last read is resolved. */
  readable(shard: Shard): void {
    if (!shard.open || shard.leaving) return;
    if (shard.unreadable) {
      // What cannot be read stays the oldest entry and would be met again at once.
      shard.unreadable = false;
      this.#env.runtime.timers.after(UNREADABLE_PAUSE_MS, () => this.readable(shard));
      return;
    }
    this.#readable.set(shard.id, shard);
    if (this.#waking) return;
    this.#waking = true;
    this.#env.runtime.spawn.defer(() => {
      this.#waking = false;
      this.#wake();
    });
  }

  lost(shard: Shard): void {
    this.#readable.delete(shard.id);
  }

  /** A read under way does not know of the shards that became readable since. */
  #wake(): void {
    this.#onReadable?.();
    this.#env.stream.wake();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#running) {
      if (this.#readable.size === 0) {
        await new Promise<void>((resolve) => (this.#onReadable = resolve));
        this.#onReadable = null;
        continue;
      }
      try {
        await this.#distance();
        this.#deliver(await this.#read());
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#env.metrics.storeFailure('read');
        this.#env.log.warn({ error: messageOf(error) }, 'the shards could not be read');
        await pause(this.#env.runtime.timers, retryMs(failures, this.#env.runtime.random));
      }
    }
  }

  async #distance(): Promise<void> {
    const { clock, timers } = this.#env.runtime;
    const waitMs = this.#begunAt + this.#env.limits.readSpacingMs - clock.monotonic();
    if (waitMs > 0) await pause(timers, waitMs);
    this.#begunAt = clock.monotonic();
  }

  #read(): Promise<readonly StreamEntry[]> {
    return this.#env.stream.read([...this.#readable.keys()], READ_MAX_ENTRIES, READ_MAX_BYTES, READ_WAIT_MS);
  }

  #deliver(entries: readonly StreamEntry[]): void {
    // A node that stops leaves them in their streams.
    if (entries.length === 0 || !this.#running) return;
    this.#env.metrics.read(entries.length);
    const byShard = new Map<Shard, StreamEntry[]>();
    for (const entry of entries) {
      const shard = this.#readable.get(entry.shard);
      if (!shard) continue;
      const own = byShard.get(shard);
      if (own) own.push(entry);
      else byShard.set(shard, [entry]);
    }
    for (const [shard, own] of byShard) {
      this.#readable.delete(shard.id);
      this.#receive(shard, own);
    }
  }
}
