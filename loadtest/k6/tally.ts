/** What one virtual user of the room chat counts, matched by ids. Pure: times come in. */
import type { ChatLine } from '../load/protocol.ts';

interface Sent {
  readonly at: number;
  seq: number | null;
}

type Counts = { -readonly [K in 'sent' | 'receipted' | 'received' | 'stored' | 'duplicates' | 'gaps']: ChatLine[K] };

export class Tally {
  readonly #people: number;
  readonly #beginsAt: number;
  readonly #sent = new Map<string, Sent>();
  /** By the person: the ids that came, and the seq of the last entry, from the head at SUBSCRIBE on. */
  readonly #seen: Set<string>[];
  readonly #last: number[];
  readonly #receiptMs: Record<string, number> = {};
  readonly #deliveryMs: Record<string, number> = {};
  readonly #seconds: Record<string, [number, number, number]> = {};
  readonly #failures: Record<string, number> = {};
  readonly counts: Counts = { sent: 0, receipted: 0, received: 0, stored: 0, duplicates: 0, gaps: 0 };

  constructor(people: number, beginsAt: number) {
    this.#people = people;
    this.#beginsAt = beginsAt;
    this.#seen = Array.from({ length: people }, () => new Set<string>());
    this.#last = Array.from({ length: people }, () => 0);
  }

  subscribed(person: number, head: number): void {
    this.#last[person] = head;
  }

  sent(id: string, now: number): void {
    this.#sent.set(id, { at: now, seq: null });
    this.counts.sent += 1;
    this.#second(now)[0] += 1;
  }

  /** @returns milliseconds since it was sent; null where there was nothing to wait for */
  receipted(id: string, seq: number, now: number): number | null {
    const sent = this.#sent.get(id);
    if (sent === undefined) return this.failed('a receipt of nothing sent');
    if (sent.seq !== null) return this.failed('a second receipt');
    sent.seq = seq;
    this.counts.receipted += 1;
    this.#second(now)[1] += 1;
    add(this.#receiptMs, now - sent.at);
    return now - sent.at;
  }

  /** @returns milliseconds since it was sent; null where it is not the first time, or was never sent */
  received(person: number, id: string, seq: number, now: number): number | null {
    if (seq !== (this.#last[person] ?? 0) + 1) this.counts.gaps += 1;
    this.#last[person] = Math.max(seq, this.#last[person] ?? 0);
    const sent = this.#sent.get(id);
    const seen = this.#seen[person];
    if (sent === undefined || seen === undefined) return this.failed('a message of nothing sent');
    if (seen.has(id)) {
      this.counts.duplicates += 1;
      return null;
    }
    seen.add(id);
    this.counts.received += 1;
    this.#second(now)[2] += 1;
    add(this.#deliveryMs, now - sent.at);
    return now - sent.at;
  }

  /** The whole history, read back. */
  history(entries: readonly { readonly clientMessageId: string | null; readonly seq: number }[]): void {
    const places = new Map<string, number[]>();
    for (const { clientMessageId: id, seq } of entries) {
      if (id !== null) places.set(id, [...(places.get(id) ?? []), seq]);
    }
    for (const [id, { seq }] of this.#sent) {
      const [place, ...more] = places.get(id) ?? [];
      if (place !== undefined && place === seq && more.length === 0) this.counts.stored += 1;
    }
  }

  failed(why: string): null {
    add(this.#failures, why);
    return null;
  }

  /** Nothing more is to come. */
  get complete(): boolean {
    return this.counts.receipted === this.counts.sent && this.counts.received === this.#expected;
  }

  get #expected(): number {
    return this.counts.sent * this.#people;
  }

  line(): ChatLine {
    const [receiptMs, deliveryMs, seconds] = [this.#receiptMs, this.#deliveryMs, this.#seconds];
    return {
      kind: 'chat',
      ...this.counts,
      expected: this.#expected,
      failures: this.#failures,
      receiptMs,
      deliveryMs,
      seconds,
    };
  }

  #second(now: number): [number, number, number] {
    return (this.#seconds[String(Math.floor((now - this.#beginsAt) / 1_000))] ??= [0, 0, 0]);
  }
}

const add = (counts: Record<string, number>, key: string | number): void => {
  counts[String(key)] = (counts[String(key)] ?? 0) + 1;
};
