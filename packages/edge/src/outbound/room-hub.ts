/**
 * What one edge knows of one watched room, and who listens.
 *
 * Invariants
 * 1. `head` never goes back. The ring holds a run of the log that ends at it, or nothing: behind a gap there
 *    may be redactions of what it held.
 * 2. Every running subscription is at the head, is waiting for a page, or cannot take more just now;
 *    whoever makes it able again calls `pump`.
 * 3. A subscription that fails ends alone: `pump` never throws.
 * 4. Who hears only of typing is served last: an own departure that ends the session is told by the others first.
 * 5. Live entries are not queued per subscriber: whoever is behind reads the ring, then the log (I10).
 */
import { ROOM_RING_ENTRIES } from '@munova/contracts';
import type { Entry, RoomId } from '@munova/contracts';
import { Admitted } from './admitted.js';
import { EntryRing } from './entry-ring.js';
import type { HeardTyping, RoomSubscription } from './subscription.js';
import { SuffixReader } from './suffix-reader.js';
import type { SuffixReaderDeps } from './suffix-reader.js';

export class RoomHub {
  readonly room: RoomId;
  readonly admitted = new Admitted();
  readonly #ring = new EntryRing(ROOM_RING_ENTRIES);
  readonly #reader: SuffixReader;
  readonly #subscriptions = new Set<RoomSubscription>();
  readonly #typing = new Set<RoomSubscription>();
  readonly #onFault: (cause: unknown) => void;
  #head = 0;

  constructor(room: RoomId, deps: SuffixReaderDeps) {
    this.room = room;
    this.#onFault = deps.onFault;
    this.#reader = new SuffixReader(room, deps, (subscription) => this.pump(subscription));
  }

  get head(): number {
    return this.#head;
  }

  /** Where it came lately and nothing behind it was missed. */
  entryAt(seq: number): Entry | undefined {
    return this.#ring.get(seq);
  }

  /** From the fan-out: contiguous, but with what came before anything may have been lost or repeated. */
  onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.seq <= this.#head) continue;
      this.#ring.push(entry);
      this.#head = entry.seq;
      if (entry.kind === 'left' || entry.kind === 'kicked') this.admitted.empty(entry.seq);
      if (entry.kind !== 'redacted') continue;
      this.#ring.blank(entry.data.targetSeq);
      this.#reader.redacted(entry.data.targetSeq);
    }
    this.#pumpAll();
  }

  /** The log reaches to `head`; what is missing up to there did not come, or will not. */
  observeHead(head: number): void {
    if (head <= this.#head) return;
    this.#head = head;
    this.#ring.clear();
    this.admitted.empty(head);
    this.#pumpAll();
  }

  onTyping(typing: HeardTyping): void {
    for (const subscription of this.#typing) {
      subscription.attempt(() => subscription.hear(typing, this.#head), this.#onFault);
    }
  }

  add(subscription: RoomSubscription): void {
    (subscription.spec.kind === 'typing' ? this.#typing : this.#subscriptions).add(subscription);
    this.pump(subscription);
  }

  remove(subscription: RoomSubscription): void {
    this.#subscriptions.delete(subscription);
    this.#typing.delete(subscription);
    this.#reader.forget(subscription);
  }

  /** Gives a subscription all it can take of what there is. */
  pump(subscription: RoomSubscription): void {
    subscription.attempt(() => this.#advance(subscription), this.#onFault);
  }

  close(): void {
    this.#reader.close();
  }

  #advance(subscription: RoomSubscription): void {
    while (subscription.canTake && subscription.cursor < this.#head) {
      const entry = this.#ring.get(subscription.cursor + 1);
      if (entry === undefined) {
        this.#reader.want(subscription);
        return;
      }
      subscription.take(entry);
    }
  }

  #pumpAll(): void {
    // A subscription that ends while being served leaves the set, which a Set's iteration allows.
    for (const subscription of this.#subscriptions) this.pump(subscription);
    for (const subscription of this.#typing) this.pump(subscription);
  }
}
