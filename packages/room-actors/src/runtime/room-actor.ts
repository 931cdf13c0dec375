/**
 * One room in memory. Invariants:
 * 1. `state` is L(1..state.head) and nothing else: it changes by durable documents and loaded records only,
 *    and only in the phases `preparing` and `writing`, of which a room is in one at a time.
 * 2. One write of a room is in flight at a time: between `ready` and the end of `writing` nothing else plans it.
 * 3. `mailbox.length + planned` never exceeds the mailbox bound (I10).
 * 4. While `stale`, the log may have gone on without this state: it is followed before anything is planned.
 */
import { BEFORE_FIRST, RECENT_OUTCOMES_PER_ROOM, type Entry, type RoomId, type Seq } from '@munova/contracts';
import { outcomeKeyText, type Command, type Intent, type StoredOutcome } from '@munova/contracts';
import type { RoomState } from '../core/types.js';
import { Mailbox } from './mailbox.js';
import type { Shard } from './shard.js';
import type { PendingWatch } from './ticket.js';

/**
 * `resting`: nothing under way. `preparing`: reads from the store what its next commands need. `ready`: waits
 * for its lane. `writing`: from its plan to its receipts. `leaving`: projected a last time. `gone`: dropped, or its
 * shard was lost; whoever still holds it lets go.
 */
export type Phase = 'resting' | 'preparing' | 'ready' | 'writing' | 'leaving' | 'gone';

/** An intent whose append failed in an unknown way; settled once all its rooms were followed and projected. */
export interface OpenIntent {
  readonly id: Intent['id'];
  left: number;
}

/** Work that wants the room loaded and at rest. It must not reject for the store's sake: it marks the room stale. */
export type Errand = () => Promise<void>;

/** Hears that a room got something to do. */
export type OnWork = (room: RoomActor) => void;

export class RoomActor {
  readonly id: RoomId;
  readonly shard: Shard;
  readonly mailbox = new Mailbox();
  phase: Phase = 'resting';
  /** Null until it was loaded. */
  state: RoomState | null = null;
  /** Watches that wait for the room, or a member's record, to be loaded. */
  watching: PendingWatch[] = [];
  errands: Errand[] = [];
  /** Commands in the plan that is being written. */
  planned = 0;
  /** The log may be ahead of `state`. */
  stale = false;
  /** An append of this room may still be decided: a barrier comes before the log is followed. */
  undecided = false;
  /** Its last commit met a conflict: it commits alone, and looks everything up, until it is clean. */
  suspect = false;
  /** Failed commits or preparations in a row. */
  failures = 0;
  openIntents: OpenIntent[] = [];
  /** State entries that are durable and not projected. */
  unprojected: Entry[] = [];
  /** Found in the log by following it, and not published: the state entries among them come into the directory first. */
  unpublished: Entry[] = [];
  /** What the directory shows at least. */
  projectedSeq: Seq = BEFORE_FIRST;
  /** Its messages were projected less than PROJECT_MESSAGES_MS ago. */
  cooling = false;
  /** Counts what may void a verdict on a name: commits and releases. */
  names = 0;
  /** Monotonic ms. */
  restingSince = 0;
  readonly #found = new Map<string, StoredOutcome>();

  constructor(id: RoomId, shard: Shard) {
    this.id = id;
    this.shard = shard;
  }

  get load(): number {
    return this.mailbox.length + this.planned;
  }

  get gone(): boolean {
    return this.phase === 'gone';
  }

  /** Entries that an activation would have to replay. */
  get tail(): number {
    return (this.state?.head ?? 0) - this.projectedSeq;
  }

  /** An old outcome that a look-up found: more copies of that command may come. */
  rememberFound(command: Command, outcome: StoredOutcome): void {
    this.#found.set(keyOf(command), outcome);
    if (this.#found.size <= RECENT_OUTCOMES_PER_ROOM) return;
    const [oldest] = this.#found.keys();
    if (oldest !== undefined) this.#found.delete(oldest);
  }

  found(command: Command): StoredOutcome | null {
    return this.#found.size === 0 ? null : (this.#found.get(keyOf(command)) ?? null);
  }
}

export const keyOf = (command: Command): string =>
  outcomeKeyText({ room: command.room, sender: command.actor.id, cmid: command.cmid });
