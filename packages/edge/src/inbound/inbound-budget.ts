/**
 * Bytes of all commands that this edge holds unanswered, whoever sent them.
 *
 * Invariants
 * 1. Whoever asks `admits` before `take` keeps the sum under its bound; a first one always fits (I10).
 * 2. Those that did not fit go on in the order in which they asked, one command each, and nobody passes them.
 * 3. While somebody waits, the first who does so does not fit: every release, and every one that stops
 *    waiting, calls those that fit now. So no wake-up is lost.
 */
import { INBOUND_HELD_MAX_BYTES } from '@munova/contracts';
import type { Command } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';

/** Called once when its command fits: it asks again, in the same turn, or has changed its mind. */
export type Waiter = () => void;

export class InboundBudget {
  readonly #maxBytes: number;
  readonly #onChange: (heldBytes: number) => void;
  /** With the bytes that each wants. */
  readonly #waiting = new Map<Waiter, number>();
  #called: Waiter | null = null;
  #calling = false;
  #held = 0;

  constructor(maxBytes: number = INBOUND_HELD_MAX_BYTES, onChange: (heldBytes: number) => void = () => undefined) {
    this.#maxBytes = maxBytes;
    this.#onChange = onChange;
  }

  /** @returns false where there is no room, or others wait for it; a `waiter` is then called when its turn comes */
  admits(bytes: number, waiter: Waiter | null): boolean {
    const isCalled = waiter !== null && waiter === this.#called;
    if (this.#fits(bytes) && (isCalled || this.#waiting.size === 0)) {
      this.#called = null;
      return true;
    }
    if (waiter !== null) this.#waiting.set(waiter, bytes);
    return false;
  }

  /** @returns what gives the bytes back; to be called once */
  take(bytes: number): () => void {
    this.#change(bytes);
    return () => {
      this.#change(-bytes);
      this.#callThoseThatFit();
    };
  }

  /** It waits no more. */
  forget(waiter: Waiter): void {
    if (this.#waiting.delete(waiter)) this.#callThoseThatFit();
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#maxBytes;
  }

  #change(bytes: number): void {
    this.#held += bytes;
    this.#onChange(this.#held);
  }

  #callThoseThatFit(): void {
    if (this.#calling) return;
    this.#calling = true;
    try {
      for (const [waiter, bytes] of this.#waiting) {
        if (!this.#fits(bytes)) return;
        this.#waiting.delete(waiter);
        this.#called = waiter;
        waiter();
      }
    } finally {
      this.#called = null;
      this.#calling = false;
    }
  }
}

/** Ids, closures and records around one command. */
const OVERHEAD_BYTES = 1_024;
/** A body is kept as it came, and its content as text besides: two bytes a character at most. */
const COPIES = 3;

/** What a SEND keeps in memory until it is answered, about. */
export const heldBytesOfFrame = ({ headers, body }: StompFrame): number =>
  headers.reduce((sum, text) => sum + text.length, OVERHEAD_BYTES + COPIES * body.length);

/** What a command of REST keeps in memory until it is answered, about. */
export const heldBytesOfCommand = (command: Command): number =>
  OVERHEAD_BYTES + (command.kind === 'message' ? COPIES * command.body.content.length : 0);
