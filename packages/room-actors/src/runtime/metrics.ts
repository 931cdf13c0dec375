import type { ErrorCode } from '@munova/contracts';

/** What an actor node counts and measures. Called on the message path, so an implementation must be cheap. */
export interface ActorMetrics {
  /** Stream entries received by one read. */
  read(entries: number): void;
  /** One group commit became durable. */
  committed(documents: number, ms: number): void;
  /** A command waited this long, from its reading until it was planned for the commit that made it durable. */
  waited(ms: number): void;
  /** A stream commit was done this long after the first thing it says was there to be said. */
  published(ms: number): void;
  /** An append met a (room, seq) or id that was there. */
  conflict(): void;
  /** The store failed an append or a read; `in` names the step. */
  storeFailure(step: string): void;
  /** A command was answered with an outcome that had been stored before. */
  repeated(): void;
  /** A command was refused for good. */
  refused(code: ErrorCode): void;
  /** A command was answered `later`. */
  later(code: ErrorCode): void;
  /** A command was left to its edge's retry without an answer. */
  unanswered(): void;
  /** A stream entry was no batch, and was removed. */
  setAside(): void;
  /** A stream entry of a newer version was left in its stream. */
  unreadable(): void;
  /** A stream commit had to be repeated. */
  publishRetried(): void;
  /** A shard was given up. */
  abdicated(): void;
  activeRooms(rooms: number): void;
  /** Commands waiting in one room's mailbox when it was planned. */
  mailboxDepth(commands: number): void;
}

const nothing = (): void => undefined;

export const noActorMetrics: ActorMetrics = {
  read: nothing,
  committed: nothing,
  waited: nothing,
  published: nothing,
  conflict: nothing,
  storeFailure: nothing,
  repeated: nothing,
  refused: nothing,
  later: nothing,
  unanswered: nothing,
  setAside: nothing,
  unreadable: nothing,
  publishRetried: nothing,
  abdicated: nothing,
  activeRooms: nothing,
  mailboxDepth: nothing,
};
