import type { ErrorCode } from '@munova/contracts';

/**
 * Why a typing was not told: its session said one in that room lately (`rate`), the room's actor did not say in time
 * whether it may (`unjudged`), the fan-out did not take it (`bus`), or a client that should have heard it has other
 * things waiting (`slow`).
 */
export type EphemeralDrop = 'rate' | 'unjudged' | 'bus' | 'slow';

/** What the STOMP side counts; whoever runs it decides where that goes. */
export interface EdgeMetrics {
  connected(transport: string): void;
  /** @param code what ended it; null for an orderly end or a lost socket */
  disconnected(transport: string, code: ErrorCode | null): void;
  /** An upgrade or a TCP connection that was not let in, with the HTTP status that says why. */
  turnedAway(status: number): void;
  /** A SEND was answered. */
  answered(status: 'logged' | 'noop' | 'refused' | 'later'): void;
  refused(code: ErrorCode): void;
  /** A MESSAGE was put into a client's queue. */
  delivered(): void;
  /** A MESSAGE was encoded: far fewer than were delivered. */
  encoded(): void;
  /** Entries read from the log for those who were behind. */
  suffixRead(entries: number): void;
  /** What the fan-out lost of a room was noticed, and is read from the log. */
  gapFound(): void;
  /** A batch was appended again. */
  repeated(): void;
  /** A batch was in its shard's inbox this long after it was begun. */
  appended(ms: number): void;
  /** The last command of a batch was answered this long after the batch was in the inbox. */
  settled(ms: number): void;
  /** Bytes of all commands held unanswered, by estimate. */
  inboundHeld(bytes: number): void;
  /** A typing, or where it is `bus` a read mark, was not told: to anybody, or where it is `slow` to one client. */
  ephemeralDropped(reason: EphemeralDrop): void;
  /** A user's inbox was compared with the directory. */
  inboxLooked(): void;
}

export const noEdgeMetrics: EdgeMetrics = {
  connected: () => undefined,
  disconnected: () => undefined,
  turnedAway: () => undefined,
  answered: () => undefined,
  refused: () => undefined,
  delivered: () => undefined,
  encoded: () => undefined,
  suffixRead: () => undefined,
  gapFound: () => undefined,
  repeated: () => undefined,
  appended: () => undefined,
  settled: () => undefined,
  inboundHeld: () => undefined,
  ephemeralDropped: () => undefined,
  inboxLooked: () => undefined,
};
