import type {
  Entry,
  Epoch,
  LogDocument,
  MemberRecord,
  Outcome,
  ProductId,
  RoomId,
  RoomStatus,
  RoomType,
  Seq,
  StoredOutcome,
  TagId,
  UserId,
} from '@munova/contracts';
import type { Recent } from './recent.js';
import type { VersionedMap } from './versioned-map.js';

/** What `created` fixed, and what renames, resizings and memberships made of it since. */
export interface RoomFacts {
  readonly type: RoomType;
  /** After NFC and trimming. */
  readonly name: string;
  /** The owner of a group; null in an inquiry. */
  readonly ownerId: UserId | null;
  readonly productId: ProductId | null;
  readonly buyerId: UserId | null;
  readonly sellerId: UserId | null;
  /** Null in an inquiry. */
  readonly maxParticipants: number | null;
  readonly memberCount: number;
  readonly tags: readonly TagId[];
  readonly createdAt: number;
}

/** The newest message; `preview` is null once it is redacted. */
export interface NewestMessage {
  readonly seq: Seq;
  readonly preview: string | null;
  /** Epoch ms. */
  readonly time: number;
}

/**
 * A room as of L(head). Immutable; every step is O(1) whatever the number of members, so a plan may
 * run on a draft and be dropped. Versions share tables: go on with the newest or return to the one
 * before the plan, and do not keep old ones.
 */
export interface RoomState {
  readonly room: RoomId;
  /** `absent`: nothing logged. `abandoned`: a group whose creation was given up; it never comes to be. */
  readonly status: 'absent' | 'abandoned' | RoomStatus;
  /** 0 while absent. */
  readonly head: Seq;
  /** `message` entries in L(1..head). */
  readonly n: number;
  /** Epoch ms of L(head); 0 while absent. */
  readonly lastTs: number;
  /** Null while absent or abandoned. */
  readonly facts: RoomFacts | null;
  readonly newest: NewestMessage | null;
  /** The loaded ones, as of head. Null: loaded, and never a member. The runtime bounds them (`trimMembers`). */
  readonly members: VersionedMap<UserId, MemberRecord | null>;
  /**
   * Outcomes of at least the last RECENT_OUTCOMES_PER_ROOM documents, by `recentKey`. No plan may hold
   * more documents of one room than that, or two copies of one command in it could miss one another.
   */
  readonly recent: Recent<string, StoredOutcome>;
  /** Targets of the last redactions: the store may not have blanked them yet. */
  readonly redacted: Recent<Seq, true>;
}

/** What must be loaded or reserved before `decide`; only what is not there yet. */
export interface Needs {
  /** To be given to `withMember`. */
  readonly members: readonly UserId[];
  /** The entry to be given as `DecideContext.target`; look in the plan at hand before the store. */
  readonly target: Seq | null;
  /** The key to reserve for this room (`roomNameKey` was applied). */
  readonly reserveName: string | null;
}

export interface DecideContext {
  /** Epoch ms. */
  readonly now: number;
  readonly epoch: Epoch;
  /** What the store knows of (room, sender, cmid); null where nothing, or where it was not asked. */
  readonly known: StoredOutcome | null;
  /** `Needs.target`'s entry; null where there is none. */
  readonly target: Entry | null;
  /** True when `Needs.reserveName` could not be reserved. */
  readonly nameTaken: boolean;
}

export interface Decision {
  /** Entries contiguous from head + 1, or one registered outcome, or nothing (a repeat, a conflict). */
  readonly documents: readonly LogDocument[];
  readonly outcome: Outcome;
  /** True where the outcome had been stored before. */
  readonly repeated: boolean;
  /**
   * A name to release once the documents are durable and if the room does not hold it then
   * (`holdsName`): the old one of a rename, or one that was reserved in vain. Releases come before
   * the room's next reservation.
   */
  readonly releaseName: string | null;
}
