import type { OutcomeKey } from '../commands.js';
import type { Entry, LogDocument, StoredOutcome } from '../entries.js';
import type { RoomId, Seq, ShardId } from '../ids.js';

/** Names the rooms whose state entries a group commit holds, until they are projected. */
export interface Intent {
  /** Unique for ever. */
  readonly id: string;
  readonly shard: ShardId;
  readonly rooms: readonly RoomId[];
}

export interface GroupCommit {
  /**
   * Sorted so that each room's documents stand together, its entries contiguous from its head.
   * 1..COMMIT_MAX_DOCUMENTS documents.
   */
  readonly documents: readonly LogDocument[];
  /** Written with (before) the documents when any of them is a state entry. */
  readonly intents: readonly Intent[];
}

/**
 * What went wrong with an append. Whatever `reason` says, the caller reloads and looks every command
 * up by id before it plans again, unless `applied` is `no`.
 */
export class AppendError extends Error {
  /** `conflict`: a (room, seq) or (room, sender, cmid) was there. `unavailable`: the store failed. */
  readonly reason: 'conflict' | 'unavailable';
  /** `no`: surely nothing of this commit was written, nor will be. `unknown`: any prefix may have been. */
  readonly applied: 'no' | 'unknown';
  /** The room whose document was in the way, where the store says so. */
  readonly room: RoomId | null;

  constructor(reason: 'conflict' | 'unavailable', applied: 'no' | 'unknown', room: RoomId | null, message: string) {
    super(message);
    this.name = 'AppendError';
    this.reason = reason;
    this.applied = applied;
    this.room = room;
  }
}

/** What a room's last entry tells without activating it. */
export interface RoomHead {
  readonly seq: Seq;
  /** `message` entries in L(1..seq). */
  readonly n: number;
}

export type PageBounds =
  | { readonly after: Seq }
  /** Exclusive. */
  | { readonly before: Seq }
  | { readonly newest: true };

/**
 * The room logs: compare-and-append registers, and the only safety authority. Unique (room, seq)
 * and unique (room, sender, cmid). Every read sees what is durable and nothing else.
 * Every method throws `ChatError('unavailable')` where the store cannot be reached, but `append`.
 */
export interface RoomLog {
  /**
   * Durable when it resolves. A registered outcome that has expired is replaced. However it fails, a
   * command's documents (those with its id, and with `~1`, `~2` behind it) are all there or none is.
   * @throws {AppendError}
   */
  append(commit: GroupCommit): Promise<void>;
  /** Resolves when everything this process appended before has been decided. */
  barrier(): Promise<void>;
  /** L(after+1 …), at most `limit`, in seq order. */
  readAfter(room: RoomId, after: Seq, limit: number): Promise<readonly Entry[]>;
  /** At most `limit` entries inside the bounds and nearest to them, in seq order. Redacted bodies are null. */
  readPage(room: RoomId, bounds: PageBounds, limit: number): Promise<readonly Entry[]>;
  /** Rooms without an entry are absent. */
  heads(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomHead>>;
  /** Keyed by `outcomeKeyText`; unknown and expired ones (at `now`, epoch ms) are absent. */
  findOutcomes(keys: readonly OutcomeKey[], now: number): Promise<ReadonlyMap<string, StoredOutcome>>;
}
