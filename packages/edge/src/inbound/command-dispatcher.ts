import type { Actor, ClientMessageId, Command, ReplyItem, RoomId, SessionId, WatchReplyItem } from '@munova/contracts';
import type { InboundBudget } from './inbound-budget.js';

/** How one command ended. */
export type CommandReply = Pick<ReplyItem, 'outcome' | 'repeated'>;

export interface HoldOptions {
  /**
   * Asked when an actor has no capacity just now: true keeps the call here and tries again, for
   * RATE_PATIENCE_MS at most; false or absent hands the answer on at once.
   */
  readonly holdLater?: () => boolean;
}

export interface SubmitOptions extends HoldOptions {
  /**
   * False where nobody is expected to send this id again after `later`: nothing waits for it then.
   * Absent: true.
   */
  readonly comesBack?: boolean;
}

/**
 * The edge's way to the actors: orders each session's commands to a room (one unanswered batch at a
 * time), appends, repeats, and brings the answers back. Used by STOMP sessions and by REST alike.
 */
export interface CommandDispatcher {
  /** What is held unanswered; whoever submits asks it first, and takes what it holds. */
  readonly budget: InboundBudget;
  /**
   * Resolves with the actor's answer. Commands of one (session, room) are sequenced in call order; while
   * one that was answered `later` is owed, those behind it are answered `later` too.
   * @throws {ChatError} `outcome-unknown` when the answer did not come within the limits; every
   * command of that (session, room) queued behind it is dropped un-appended with the same error. Also
   * when an id comes back too late to keep its place. The session must be ended.
   */
  submit(session: SessionId, command: Command, options?: SubmitOptions): Promise<CommandReply>;
  /**
   * A command that was refused, without being submitted, in a way that lets it come again: whatever
   * is submitted next goes before it. @throws {ChatError} `outcome-unknown`: the session must be ended.
   */
  putOff(session: SessionId, room: RoomId, cmid: ClientMessageId): void;
  /** Asks to watch a room on behalf of this actor. @throws {ChatError} `unavailable` without an answer in time. */
  watch(session: SessionId, room: RoomId, actor: Actor, options?: HoldOptions): Promise<WatchReplyItem['verdict']>;
  /** The session is gone: nothing more of it is appended or repeated. */
  endSession(session: SessionId): void;
}
