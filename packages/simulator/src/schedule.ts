/**
 * The one queue of everything that will happen, in simulated milliseconds. Invariants:
 * 1. Events run in the order of their times, and of equals in the order in which they were set.
 * 2. Between two events every promise reaction that could run has run: there is no I/O to wait for.
 */

export interface Scheduled {
  /** Idempotent. */
  cancel(): void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly name: string;
  task: (() => void) | null;
}

/** Multiples of 1/1024 ms: sums and differences of times are exact, so that equals stay equal. */
export const ticks = (ms: number): number => Math.max(0, Math.round(ms * 1_024) / 1_024);

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Schedule {
  readonly #onEvent: (at: number, name: string) => void;
  /** A binary heap. */
  readonly #heap: Event[] = [];
  #now = 0;
  #order = 0;

  constructor(onEvent: (at: number, name: string) => void) {
    this.#onEvent = onEvent;
  }

  get now(): number {
    return this.#now;
  }

  after(delayMs: number, name: string, task: () => void): Scheduled {
    return this.at(this.#now + ticks(delayMs), name, task);
  }

  at(time: number, name: string, task: () => void): Scheduled {
    const event: Event = { at: Math.max(time, this.#now), order: (this.#order += 1), name, task };
    this.#push(event);
    return { cancel: () => (event.task = null) };
  }

  /** Runs what is due up to `until`, or up to the first event after which `done` holds. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await everyReaction();
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      const { task } = next;
      if (task === null) continue;
      this.#now = next.at;
      this.#onEvent(next.at, next.name);
      task();
      await everyReaction();
      if (done()) return;
    }
    this.#now = Math.max(this.#now, until);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const least = heap[child];
      if (least === undefined || isBefore(last, least)) break;
      heap[i] = least;
      i = child;
    }
    heap[i] = last;
  }
}

/** A turn of the real event loop: by its end the microtasks have run dry. */
const everyReaction = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
