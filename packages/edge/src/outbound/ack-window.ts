/**
 * What a subscription with acknowledgements has been given and has not acknowledged.
 *
 * Invariants
 * 1. At most ACK_WINDOW seqs are open; while that many are, nothing more is delivered.
 * 2. Only a seq that was issued can be acknowledged; doing it again changes nothing.
 */
import { ACK_WINDOW } from '@munova/contracts';

export type AckMode = 'auto' | 'client' | 'client-individual';
export const isAckMode = (s: string): s is AckMode => s === 'auto' || s === 'client' || s === 'client-individual';

export class AckWindow {
  readonly #mode: AckMode;
  /** Open seqs, ascending: a Set keeps the order of insertion. */
  readonly #open = new Set<number>();
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

  /** `client` is cumulative. @returns false for a seq that was never issued */
  acknowledge(seq: number): boolean {
    if (this.#firstIssued === 0 || seq < this.#firstIssued || seq > this.#lastIssued) return false;
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
