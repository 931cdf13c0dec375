/**
 * REST calls a user: one token bucket each.
 *
 * 1. A user makes at most `burst` calls at once and `perSecond` sustained.
 * 2. At most REST_RATE_TABLE_USERS buckets are kept; the least recently used leaves first.
 */
import { ChatError, REST_RATE_TABLE_USERS } from '@munova/contracts';
import type { Clock, UserId } from '@munova/contracts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  /** `Clock.monotonic` ms. */
  at: number;
}

export class RestRateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** In the order of last use. */
  readonly #buckets = new Map<UserId, Bucket>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** @throws {ChatError} `rate-limited`, saying when the next call has a place. */
  take(user: UserId): void {
    const { perSecond, burst } = this.#rate;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(user) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    this.#touch(user, bucket);
    if (bucket.tokens < 1) {
      const retryAfterMs = Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000);
      throw new ChatError('rate-limited', undefined, { retryAfterMs });
    }
    bucket.tokens -= 1;
  }

  #touch(user: UserId, bucket: Bucket): void {
    this.#buckets.delete(user);
    this.#buckets.set(user, bucket);
    if (this.#buckets.size <= REST_RATE_TABLE_USERS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
