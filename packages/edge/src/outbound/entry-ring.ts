/**
 * The newest entries of a room, for whoever is a little behind.
 *
 * Invariants
 * 1. The entries held are contiguous and in seq order; at most `capacity` of them.
 * 2. An entry that was redacted while held has no body any more.
 */
import type { Entry, Seq } from '@munova/contracts';

/** What a redaction leaves of an entry: id, place and who. */
export const blanked = (entry: Entry): Entry =>
  entry.kind === 'message' ? { ...entry, type: null, content: null, redacted: true } : entry;

export class EntryRing {
  readonly #capacity: number;
  /** Circular: the entry of seq s stands at s mod capacity. */
  #slots: (Entry | undefined)[] = [];
  #first = 0;
  #last = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(entry: Entry): void {
    if (this.#last === 0 || entry.seq !== this.#last + 1) {
      this.clear();
      this.#first = entry.seq;
    }
    this.#slots[entry.seq % this.#capacity] = entry;
    this.#last = entry.seq;
    this.#first = Math.max(this.#first, this.#last - this.#capacity + 1);
  }

  get(seq: number): Entry | undefined {
    return seq < this.#first || seq > this.#last ? undefined : this.#slots[seq % this.#capacity];
  }

  blank(seq: Seq): void {
    const entry = this.get(seq);
    if (entry !== undefined) this.#slots[seq % this.#capacity] = blanked(entry);
  }

  clear(): void {
    this.#slots = [];
    this.#first = 0;
    this.#last = 0;
  }
}
