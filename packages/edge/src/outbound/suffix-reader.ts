/**
 * Reads a room's log for those who are behind: one sweep serves all of them.
 *
 * Invariants
 * 1. One read at a time per room, and at most MAX_CONCURRENT_SUFFIX_READS per edge.
 * 2. Pages are read upwards from the lowest cursor not yet passed, then from the lowest again, so that
 *    nobody waits for more than one sweep.
 * 3. A body that was redacted while the page was on its way is not handed on.
 * 4. What goes wrong with one who is served stops neither the others nor later sweeps.
 */
import { backoffMs, pause, SUFFIX_PAGE_ENTRIES, SUFFIX_RETRY_MAX_MS, SUFFIX_RETRY_MS } from '@munova/contracts';
import type { Entry, RoomId, RoomLog, Runtime, Seq, Slots } from '@munova/contracts';
import { blanked } from './entry-ring.js';
import type { RoomSubscription } from './subscription.js';

export interface SuffixReaderDeps {
  readonly log: Pick<RoomLog, 'readAfter'>;
  readonly runtime: Runtime;
  readonly slots: Slots;
  readonly onRead: (entries: number) => void;
  readonly onFault: (cause: unknown) => void;
}

export class SuffixReader {
  readonly #room: RoomId;
  readonly #deps: SuffixReaderDeps;
  /** Called for each one served, to go on from the ring or ask again. */
  readonly #onServed: (subscription: RoomSubscription) => void;
  readonly #waiting = new Set<RoomSubscription>();
  readonly #redactedMeanwhile = new Set<number>();
  #reading = false;
  #position = 0;
  #closed = false;

  constructor(room: RoomId, deps: SuffixReaderDeps, onServed: (subscription: RoomSubscription) => void) {
    this.#room = room;
    this.#deps = deps;
    this.#onServed = onServed;
  }

  want(subscription: RoomSubscription): void {
    this.#waiting.add(subscription);
    if (this.#reading) return;
    this.#reading = true;
    this.#deps.runtime.spawn.background('suffix-read', () => this.#sweep());
  }

  forget(subscription: RoomSubscription): void {
    this.#waiting.delete(subscription);
  }

  redacted(target: Seq): void {
    if (this.#reading) this.#redactedMeanwhile.add(target);
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  async #sweep(): Promise<void> {
    let failures = 0;
    try {
      while (!this.#closed) {
        const after = this.#nextStart();
        if (after === null) break;
        this.#redactedMeanwhile.clear();
        const page = await this.#read(after);
        if (page.length > 0) failures = 0;
        else await this.#pause(failures++);
        this.#serve(after, page);
      }
    } finally {
      // Whatever went wrong: the next one who wants a page begins a sweep again.
      this.#reading = false;
      this.#redactedMeanwhile.clear();
    }
  }

  /** The lowest cursor at or above the position, else the lowest of all. */
  #nextStart(): number | null {
    let ahead: number | null = null;
    let lowest: number | null = null;
    for (const { cursor } of this.#waiting) {
      if (cursor >= this.#position && (ahead === null || cursor < ahead)) ahead = cursor;
      if (lowest === null || cursor < lowest) lowest = cursor;
    }
    return ahead ?? lowest;
  }

  /** Empty when the store failed, or has not got what was announced: both are tried again. */
  async #read(after: number): Promise<readonly Entry[]> {
    const { slots, log } = this.#deps;
    try {
      const page = await slots.run(() => log.readAfter(this.#room, after as Seq, SUFFIX_PAGE_ENTRIES));
      this.#deps.onRead(page.length);
      return page[0]?.seq === after + 1 ? page : [];
    } catch (cause) {
      this.#deps.onFault(cause);
      return [];
    }
  }

  #serve(after: number, page: readonly Entry[]): void {
    for (const entry of page) if (entry.kind === 'redacted') this.#redactedMeanwhile.add(entry.data.targetSeq);
    const last = after + page.length;
    this.#position = last;
    // Whoever asks again while being served stands in the set anew, and is not met twice here.
    for (const subscription of [...this.#waiting]) {
      if (subscription.cursor < after || (subscription.cursor >= last && page.length > 0)) continue;
      this.#waiting.delete(subscription);
      subscription.attempt(() => this.#give(subscription, page, after), this.#deps.onFault);
      this.#onServed(subscription);
    }
  }

  #give(subscription: RoomSubscription, page: readonly Entry[], after: number): void {
    for (let i = subscription.cursor - after; i < page.length && subscription.canTake; i++) {
      const entry = page[i];
      if (entry !== undefined) subscription.take(this.#redactedMeanwhile.has(entry.seq) ? blanked(entry) : entry);
    }
  }

  #pause(failures: number): Promise<void> {
    const { random, timers } = this.#deps.runtime;
    return pause(timers, backoffMs(random, SUFFIX_RETRY_MS, SUFFIX_RETRY_MAX_MS, failures));
  }
}
