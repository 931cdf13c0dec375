/**
 * The rate of one session's SENDs: a token bucket that slows reading first and refuses at last.
 *
 * Invariants
 * 1. At most `burst` + `perSecond` × elapsed seconds pass.
 * 2. A SEND is refused only after RATE_PATIENCE_MS in which the client never paused for as long as a
 *    second's tokens take; refused ones take tokens too, so that refusals are paced like the rest. A
 *    stall of ours that lets a few tokens gather is no pause of the client's.
 */
import { RATE_PATIENCE_MS } from '@munova/contracts';

export interface SendRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** `wait`: ask again for the same SEND after so many ms. */
export type GateVerdict = 'pass' | 'refuse' | { readonly wait: number };

export class SendGate {
  readonly #rate: SendRate;
  #tokens: number;
  #filledAt: number;
  #slowedSince: number | null = null;

  /** @param now monotonic ms, here and below */
  constructor(rate: SendRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  ask(now: number): GateVerdict {
    const { perSecond, burst } = this.#rate;
    this.#fill(now);
    if (this.#tokens >= Math.min(burst, perSecond)) this.#slowedSince = null;
    if (this.#tokens < 1) {
      this.#slowedSince ??= now;
      return { wait: Math.ceil(((1 - this.#tokens) * 1_000) / perSecond) };
    }
    this.#tokens -= 1;
    return this.#slowedSince !== null && now - this.#slowedSince >= RATE_PATIENCE_MS ? 'refuse' : 'pass';
  }

  #fill(now: number): void {
    const gained = ((now - this.#filledAt) * this.#rate.perSecond) / 1_000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
