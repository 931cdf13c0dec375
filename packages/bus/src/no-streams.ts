/**
 * Keys that should hold a stream and hold something else, which somebody put there: a read that names one of them is
 * refused whole, and its other streams with it. Such a key is left out of reads, and tried again every
 * REDIS_NO_STREAM_RETRY_MS while it is asked for; one that nobody asks for any more is forgotten.
 */
import { REDIS_NO_STREAM_RETRY_MS, type Clock } from '@munova/contracts';
import { RedisRefusedError } from './commands.js';

export const isNoStream = (error: unknown): boolean => error instanceof RedisRefusedError && error.code === 'WRONGTYPE';

export class NoStreams {
  readonly #clock: Clock;
  /** When each was met last, monotonic ms. */
  readonly #metAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  met(key: string): void {
    this.#metAt.set(key, this.#clock.monotonic());
  }

  /** These were read. */
  read(streams: readonly { readonly key: string }[]): void {
    if (this.#metAt.size === 0) return;
    for (const { key } of streams) this.#metAt.delete(key);
  }

  get isEmpty(): boolean {
    return this.#metAt.size === 0;
  }

  isLeftOut(key: string): boolean {
    return this.#since(key) < REDIS_NO_STREAM_RETRY_MS;
  }

  keys(): readonly string[] {
    for (const key of [...this.#metAt.keys()]) {
      if (this.#since(key) > 2 * REDIS_NO_STREAM_RETRY_MS) this.#metAt.delete(key);
    }
    return [...this.#metAt.keys()];
  }

  #since(key: string): number {
    return this.#clock.monotonic() - (this.#metAt.get(key) ?? -Infinity);
  }
}
