import type { Pending, Ticket } from './ticket.js';

/** A room's waiting commands, oldest first. Its bound is kept by who fills it. */
export class Mailbox {
  #items: Pending[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(pending: Pending): void {
    this.#items.push(pending);
  }

  /** The one at `index` behind the oldest. */
  at(index: number): Pending | undefined {
    return this.#items[this.#first + index];
  }

  /** The oldest `count`, which stay. */
  oldest(count: number): readonly Pending[] {
    return this.#items.slice(this.#first, this.#first + count);
  }

  /** Takes the oldest `count` out. */
  drop(count: number): void {
    this.#first += count;
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    } else if (this.#first > 256 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }

  /** In front of all others, in the order given. */
  putBack(pendings: readonly Pending[]): void {
    this.#items = [...pendings, ...this.#items.slice(this.#first)];
    this.#first = 0;
  }

  /** Takes out what `leaves`; the others keep their order. */
  extract(leaves: (pending: Pending) => boolean): Pending[] {
    const gone: Pending[] = [];
    const kept: Pending[] = [];
    for (let i = this.#first; i < this.#items.length; i += 1) {
      const pending = this.#items[i];
      if (pending) (leaves(pending) ? gone : kept).push(pending);
    }
    this.#items = kept;
    this.#first = 0;
    return gone;
  }

  extractOf(tickets: ReadonlySet<Ticket>): Pending[] {
    return this.extract((pending) => tickets.has(pending.ticket));
  }
}
