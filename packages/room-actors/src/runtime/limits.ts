import {
  COMMITS_IN_FLIGHT,
  COMMIT_MAX_BYTES,
  COMMIT_MAX_DOCUMENTS,
  MAILBOX_MAX_COMMANDS,
  MAX_ACTIVE_ROOMS,
  MAX_WATCHES_PER_SHARD,
  RECENT_OUTCOMES_PER_ROOM,
} from '@munova/contracts';

/** The bounds that a deployment (or a test) may set below their defaults. */
export interface ActorLimits {
  /** Commands waiting for or in one room. */
  readonly mailboxCommands: number;
  /** Rooms in memory. */
  readonly activeRooms: number;
  /** (room, edge) pairs of one shard. */
  readonly watchesPerShard: number;
  /** Documents of one group commit; 3 or more, what one command may make. */
  readonly commitDocuments: number;
  /** Bytes of one group commit, by estimate. */
  readonly commitBytes: number;
  readonly commitsInFlight: number;
  /** ms from the beginning of group commits to that of the next ones, but where those are full. Default: 0. */
  readonly commitSpacingMs: number;
  /** ms from the beginning of one read of the streams to that of the next. Default: 0. */
  readonly readSpacingMs: number;
}

export const DEFAULT_ACTOR_LIMITS: ActorLimits = {
  mailboxCommands: MAILBOX_MAX_COMMANDS,
  activeRooms: MAX_ACTIVE_ROOMS,
  watchesPerShard: MAX_WATCHES_PER_SHARD,
  commitDocuments: COMMIT_MAX_DOCUMENTS,
  commitBytes: COMMIT_MAX_BYTES,
  commitsInFlight: COMMITS_IN_FLIGHT,
  commitSpacingMs: 0,
  readSpacingMs: 0,
};

/**
 * Documents of one room in one group commit. The core remembers that many outcomes for sure, so two
 * copies of one command in the same plan never miss one another.
 */
export const PLAN_MAX_DOCUMENTS_PER_ROOM = RECENT_OUTCOMES_PER_ROOM;
