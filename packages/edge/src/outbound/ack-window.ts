/**
 * What a subscription with acknowledgements has been given and has not acknowledged.
 *
 * Invariants
 * 1. At most ACK_WINDOW seqs are open; while that many are, nothing more is delivered.
 * 2. Only a seq that was issued can be acknowledged; doing it again changes nothing. One passed over so
 *    long ago that it is forgotten (ACK_SKIPS_REMEMBERED) is taken for acknowledged before.
 */
import { ACK_SKIPS_REMEMBERED, ACK_WINDOW } from '@munova/contracts';

export type AckMode = 'auto' | 'client' | 'client-individual';
export const isAckMode = (s: string): s is AckMode => s === 'auto' || s === 'client' || s === 'client-individual';

export class AckWindow {
  readonly #mode: AckMode;
  /** Open seqs, ascending: a Set keeps the order of insertion. */
  readonly #open = new Set<number>();
  /** Seqs passed over since the first issued one, the newest only, ascending. */
  readonly #skipped = new Set<number>();
  #firstIssued = 0;
  #lastIssued = 0;

  constructor(mode: AckMode) {
    this.#mode = mode;
  }

  get isFull(): boolean {
    return this.#open.size >= ACK_WINDOW;
  }

  issue(seq: number): void {
    if (this.#mode === 'auto') return;
    if (this.#firstIssued === 0) this.#firstIssued = seq;
    this.#lastIssued = seq;
    this.#open.add(seq);
  }

  /** The seq is none that the client gets. */
  skip(seq: number): void {
    if (this.#firstIssued === 0) return;
    this.#skipped.add(seq);
    if (this.#skipped.size <= ACK_SKIPS_REMEMBERED) return;
    for (const oldest of this.#skipped) {
      this.#skipped.delete(oldest);
      return;
    }
  }

  /** `client` is cumulative. @returns false for a seq that was never issued */
  acknowledge(seq: number): boolean {
    if (this.#firstIssued === 0 || seq < this.#firstIssued || seq > this.#lastIssued) return false;
    if (this.#skipped.has(seq)) return false;
    if (this.#mode === 'client-individual') {
      this.#open.delete(seq);
      return true;
    }
    for (const open of this.#open) {
      if (open > seq) break;
      this.#open.delete(open);
    }
    return true;
  }
}
