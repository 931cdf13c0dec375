/**
 * Tells who waits that one of its streams has entries. It rings only; what there is is read by who was rung, so
 * that nothing it got can be old. Invariants:
 * 1. One blocking read is under way while anybody waits, of no stream that nobody waited for when it began:
 *    a stream whose entries are being worked on would ring without end.
 * 2. A wait for a stream that this read does not cover ends it, and the next one covers all who wait then.
 * 3. A wait ends by one call of `ring` or `fail`, or by `stop` without any.
 */
import { REDIS_BLOCK_MS, REDIS_UNBLOCK_RETRY_MS, type Runtime } from '@munova/contracts';
import type { BlockingReader, StreamReply } from './commands.js';

export interface Waiter {
  /** Keys of streams. */
  readonly keys: readonly string[];
  ring(): void;
  fail(error: unknown): void;
}

export class Doorbell {
  readonly #reader: BlockingReader;
  readonly #runtime: Pick<Runtime, 'timers' | 'spawn'>;
  readonly #waiters = new Set<Waiter>();
  /** The streams of the read under way. */
  #covered: ReadonlySet<string> | null = null;
  /** Those of the read that is being ended. */
  #ending: ReadonlySet<string> | null = null;

  constructor(reader: BlockingReader, runtime: Pick<Runtime, 'timers' | 'spawn'>) {
    this.#reader = reader;
    this.#runtime = runtime;
  }

  wait(waiter: Waiter): { stop(): void } {
    this.#waiters.add(waiter);
    const covered = this.#covered;
    if (covered === null) this.#runtime.spawn.background('doorbell', () => this.#run());
    else if (!waiter.keys.every((key) => covered.has(key))) this.#end(covered);
    return { stop: () => void this.#waiters.delete(waiter) };
  }

  close(): void {
    this.#waiters.clear();
    this.#reader.close();
  }

  async #run(): Promise<void> {
    while (this.#waiters.size > 0) {
      const covered = new Set([...this.#waiters].flatMap(({ keys }) => keys));
      this.#covered = covered;
      try {
        const streams = [...covered].map((key) => ({ key, after: '0-0' }));
        this.#ring(await this.#reader.read(streams, 1, REDIS_BLOCK_MS));
      } catch (error) {
        this.#endWaits([...this.#waiters], (waiter) => waiter.fail(error));
      }
      this.#covered = null;
    }
  }

  #ring(replies: readonly StreamReply[]): void {
    const full = new Set(replies.filter(({ entries }) => entries.length > 0).map(({ key }) => key));
    const rung = [...this.#waiters].filter(({ keys }) => keys.some((key) => full.has(key)));
    this.#endWaits(rung, (waiter) => waiter.ring());
  }

  #endWaits(waiters: readonly Waiter[], end: (waiter: Waiter) => void): void {
    for (const waiter of waiters) {
      this.#waiters.delete(waiter);
      end(waiter);
    }
  }

  /** Ends the read under way. It may not have reached Redis yet, so this is tried until it has ended. */
  #end(covered: ReadonlySet<string>): void {
    if (this.#ending === covered) return;
    this.#ending = covered;
    const attempt = async (): Promise<void> => {
      // Where Redis cannot be asked the read ends by itself: its wait is finite.
      const ended = await this.#reader.unblock().catch(() => false);
      if (ended || this.#covered !== covered) return;
      this.#runtime.timers.after(REDIS_UNBLOCK_RETRY_MS, () => {
        if (this.#covered === covered) void attempt();
      });
    };
    void attempt();
  }
}
