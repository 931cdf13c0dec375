import {
  LATER_RETRY_AFTER_MS,
  type Command,
  type CommandFrame,
  type EdgeId,
  type Entry,
  type ErrorCode,
  type Outcome,
  type RoomId,
  type SessionId,
  type StoredOutcome,
  type WatchFrame,
  type WatchReplyItem,
} from '@munova/contracts';
import type { Shard } from './shard.js';

/** One stream entry that was read. It is removed from its stream with the answer to its last frame. */
export class Ticket {
  readonly shard: Shard;
  readonly entryId: string;
  readonly edge: EdgeId;
  readonly session: SessionId;
  /** An earlier copy of these frames may have been applied. */
  readonly repeat: boolean;
  /** Monotonic ms of its receipt. */
  readonly since: number;
  /** Rooms that had no place for a command of this batch: they take none of those behind it either. */
  readonly turnedAway = new Set<RoomId>();
  #left: number;

  constructor(shard: Shard, entryId: string, origin: TicketOrigin, frames: number) {
    this.shard = shard;
    this.entryId = entryId;
    this.edge = origin.edge;
    this.session = origin.session;
    this.repeat = origin.repeat;
    this.since = origin.since;
    this.#left = frames;
  }

  answer(pending: Pending, outcome: Outcome, repeated: boolean): void {
    this.#reply(pending, outcome, repeated);
  }

  later(pending: Pending, code: ErrorCode): void {
    this.#reply(pending, { status: 'later', code, retryAfterMs: LATER_RETRY_AFTER_MS }, false);
  }

  answerWatch({ frame }: PendingWatch, verdict: WatchReplyItem['verdict']): void {
    const { session, edge } = this;
    this.shard.outbox.say(edge, { item: 'watching', session, ref: frame.ref, room: frame.room, verdict });
    this.resolved();
  }

  /** One frame needs nothing more. */
  resolved(): void {
    this.#left -= 1;
    if (this.#left === 0) this.shard.outbox.remove(this.entryId);
  }

  #reply({ frame, command }: Pending, outcome: ReplyOutcome, repeated: boolean): void {
    const { room, cmid } = command;
    const { session, edge } = this;
    this.shard.outbox.say(edge, { item: 'reply', session, ref: frame.ref, room, cmid, outcome, repeated });
    this.resolved();
  }
}

export interface TicketOrigin {
  readonly edge: EdgeId;
  readonly session: SessionId;
  readonly repeat: boolean;
  readonly since: number;
}

type ReplyOutcome = Outcome | { readonly status: 'later'; readonly code: ErrorCode; readonly retryAfterMs: number };

/** A command in a mailbox, and what was read for it from the store so far. */
export interface Pending {
  readonly ticket: Ticket;
  readonly frame: CommandFrame;
  readonly command: Command;
  /** It must be looked up before it is planned. */
  lookUp: boolean;
  /** Undefined until it was looked up. */
  known: StoredOutcome | null | undefined;
  /** A commit of it failed in an unknown way, or an earlier copy may have been applied, and it was not looked up since. */
  inDoubt: boolean;
  /** The entry it is about; undefined until it was read. */
  target: Entry | null | undefined;
  /** The verdict on the name it needs, good for as long as `asOf` is the room's `names`. */
  name: { readonly key: string; readonly taken: boolean; readonly asOf: number } | null;
}

export const pendingOf = (ticket: Ticket, frame: CommandFrame): Pending => ({
  ticket,
  frame,
  command: frame.command,
  lookUp: ticket.repeat,
  known: undefined,
  inDoubt: ticket.repeat,
  target: undefined,
  name: null,
});

export interface PendingWatch {
  readonly ticket: Ticket;
  readonly frame: WatchFrame;
}
