import type { Command, ReplyItem, SessionId, Actor, RoomId, WatchReplyItem } from '@munova/contracts';

/** How one command ended. */
export type CommandReply = Pick<ReplyItem, 'outcome' | 'repeated'>;

export interface SubmitOptions {
  /**
   * Asked when an actor answers `later` for want of capacity: true keeps the command here and tries
   * again, for RATE_PATIENCE_MS at most; false or absent hands the answer on at once.
   */
  readonly holdLater?: () => boolean;
}

/**
 * The edge's way to the actors: orders each session's commands to a room (one unanswered batch at a
 * time), appends, repeats, and brings the answers back. Used by STOMP sessions and by REST alike.
 */
export interface CommandDispatcher {
  /**
   * Resolves with the actor's answer. Commands of one (session, room) are sequenced in call order.
   * @throws {ChatError} `outcome-unknown` when the answer did not come within the limits; every
   * command of that (session, room) queued behind it is dropped un-appended with the same error.
   */
  submit(session: SessionId, command: Command, options?: SubmitOptions): Promise<CommandReply>;
  /** Asks to watch a room on behalf of this actor. @throws {ChatError} `unavailable` without an answer in time. */
  watch(session: SessionId, room: RoomId, actor: Actor): Promise<WatchReplyItem['verdict']>;
  /** The session is gone: nothing more of it is appended or repeated. */
  endSession(session: SessionId): void;
}
