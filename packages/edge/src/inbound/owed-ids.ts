/**
 * Ids of one session and room that were put off: the client may send them again, and they were first
 * sent before whatever is accepted from now on.
 *
 * Invariants
 * 1. What stands in the lane, then what is owed here, is in the order of the first SENDs (I6).
 * 2. An id that was let go, because the client did not send it again in time, never enters the lane again.
 * 3. A session remembers at most MAX_QUEUED_SENDS_PER_SESSION ids over all its rooms; one that would need
 *    more is to be ended (I10).
 */
import { MAX_QUEUED_SENDS_PER_SESSION, OWED_PATIENCE_MS } from '@munova/contracts';
import type { ClientMessageId } from '@munova/contracts';

/** Ids remembered for one session, over all its rooms. */
export interface OwedTally {
  ids: number;
}

/** `wait`: an id before it is awaited. `overtaken`: it was let go, and others may have been accepted since. */
export type OwedVerdict = 'pass' | 'wait' | 'overtaken';

export interface PutOff {
  readonly cmid: ClientMessageId;
  /** False where nobody has to wait for it: whatever is sent next lets it go. */
  readonly awaited: boolean;
}

export class OwedIds {
  readonly #tally: OwedTally;
  /** In the order of first SENDs; true for those that are awaited. */
  #owed = new Map<ClientMessageId, boolean>();
  readonly #letGo = new Set<ClientMessageId>();
  /** Monotonic ms; put off again by every step forward. */
  #awaitedUntil = 0;

  constructor(tally: OwedTally) {
    this.#tally = tally;
  }

  get isEmpty(): boolean {
    return this.#owed.size + this.#letGo.size === 0;
  }

  /** False once the session has to be ended: more is owed than can be remembered. */
  get fits(): boolean {
    return this.#tally.ids <= MAX_QUEUED_SENDS_PER_SESSION;
  }

  /** It was overtaken: it may not be accepted in this session any more. */
  isLetGo(cmid: ClientMessageId): boolean {
    return this.#letGo.has(cmid);
  }

  /** May this SEND enter the lane? If so it is owed no more, and what it overtakes is let go. */
  judge(cmid: ClientMessageId, now: number): OwedVerdict {
    if (this.#letGo.has(cmid)) return 'overtaken';
    const before: ClientMessageId[] = [];
    for (const [owed, awaited] of this.#owed) {
      if (owed === cmid) break;
      if (awaited && now < this.#awaitedUntil) return 'wait';
      before.push(owed);
    }
    for (const owed of before) {
      this.#owed.delete(owed);
      this.#letGo.add(owed);
    }
    if (this.#owed.has(cmid)) {
      this.forget(cmid);
      this.#awaitedUntil = now + OWED_PATIENCE_MS;
    }
    return 'pass';
  }

  /** These left the lane unanswered for good: they stand before all that is owed already. */
  putBack(pending: readonly PutOff[], now: number): void {
    const behind = this.#owed;
    this.#owed = new Map(pending.map(({ cmid, awaited }) => [cmid, awaited]));
    for (const [cmid, awaited] of behind) if (!this.#owed.has(cmid)) this.#owed.set(cmid, awaited);
    this.#tally.ids += this.#owed.size - behind.size;
    this.#awaitedUntil = now + OWED_PATIENCE_MS;
  }

  /** It did not enter the lane; an id owed already keeps its place. */
  join({ cmid, awaited }: PutOff): void {
    if (this.#owed.has(cmid)) return;
    this.#owed.set(cmid, awaited);
    this.#tally.ids++;
  }

  /** It has its outcome. */
  forget(cmid: ClientMessageId): void {
    if (this.#owed.delete(cmid)) this.#tally.ids--;
  }
}
