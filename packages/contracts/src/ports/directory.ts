import type { MemberType, RoomStatus, RoomType } from '../entries.js';
import type { ProductId, RoomId, Seq, TagId, UserId } from '../ids.js';
import type { Intent } from './room-log.js';

/** The projection of a room's log up to `stateSeq`. A room is absent until its `created` is projected. */
export interface RoomRecord {
  readonly roomId: RoomId;
  readonly type: RoomType;
  readonly name: string;
  readonly status: RoomStatus;
  /** The owner of a group; null in an inquiry. */
  readonly ownerId: UserId | null;
  readonly productId: ProductId | null;
  readonly buyerId: UserId | null;
  readonly sellerId: UserId | null;
  /** Null in an inquiry. */
  readonly maxParticipants: number | null;
  readonly memberCount: number;
  readonly tags: readonly TagId[];
  /** Everything here reflects L(1..stateSeq); messages may follow it in the log. */
  readonly stateSeq: Seq;
  /** `message` entries in L(1..stateSeq). */
  readonly n: number;
  /** First PREVIEW_CODE_POINTS of the newest message; null when there is none or it is redacted. */
  readonly lastMessage: string | null;
  /** The newest message's seq; 0 when there is none. */
  readonly lastMessageSeq: Seq;
  /** Epoch ms of the newest message. */
  readonly lastMessageTime: number | null;
  /** Epoch ms of L(stateSeq). */
  readonly lastTs: number;
  readonly createdAt: number;
}

export interface MemberRecord {
  readonly room: RoomId;
  readonly user: UserId;
  /** As the token had it at joining. */
  readonly name: string;
  readonly memberType: MemberType;
  /** `kicked` may not join again until unkicked, which makes it `left`. */
  readonly status: 'joined' | 'left' | 'kicked';
  /** Seq of the entry that made this record what it is. */
  readonly stateSeq: Seq;
  readonly joinedAt: number;
}

export interface Redaction {
  readonly room: RoomId;
  readonly targetSeq: Seq;
}

/** One room's share of a projection; idempotent, and a no-op for whatever is older than what is there. */
export interface ProjectionUpdate {
  readonly record: RoomRecord;
  readonly members: readonly MemberRecord[];
  readonly redactions: readonly Redaction[];
}

/** Written by the actors. Throws `ChatError('unavailable')` where the store cannot be reached. */
export interface Projection {
  /** Advances rooms where `stateSeq` is greater, members likewise, blanks redacted bodies; then forgets `settled` intents. */
  project(updates: readonly ProjectionUpdate[], settled: readonly Intent['id'][]): Promise<void>;
  /** Intents not yet settled. */
  openIntents(): Promise<readonly Intent[]>;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}

export type RoomSort = 'latest' | 'members' | 'name' | 'created';

/** All given conditions hold. Keyset paging: with `name` and `created` a room present throughout comes once. */
export interface RoomQuery {
  readonly type?: RoomType;
  /** Rooms in which this user is joined. */
  readonly memberId?: UserId;
  readonly buyerId?: UserId;
  readonly sellerId?: UserId;
  readonly ownerId?: UserId;
  readonly status?: RoomStatus;
  /** Substring of the name after NFKC and lower case; blank means no condition. */
  readonly keyword?: string;
  /** A parent tag means any of its children. */
  readonly tagIds?: readonly TagId[];
  readonly tagMode?: 'any' | 'all';
  readonly minMembers?: number;
  readonly maxMembers?: number;
  readonly hasSpace?: boolean;
  /** `latest`: last message, else creation, descending; `name`: by code point, ascending; ties by id. */
  readonly sort: RoomSort;
  /** @throws {ChatError} `bad-request` for a cursor that is not of this query's sort. */
  readonly cursor?: string;
  readonly limit: number;
}

export interface RoomDirectory {
  get(room: RoomId): Promise<RoomRecord | null>;
  /** Present ones only, in no order. */
  getMany(rooms: readonly RoomId[]): Promise<readonly RoomRecord[]>;
  list(query: RoomQuery): Promise<Page<RoomRecord>>;
}

export interface Memberships {
  get(room: RoomId, user: UserId): Promise<MemberRecord | null>;
  /** Present ones only, in no order. */
  getMany(room: RoomId, users: readonly UserId[]): Promise<readonly MemberRecord[]>;
  /** Joined members by (joinedAt, user). @throws {ChatError} `bad-request` for a bad cursor. */
  members(room: RoomId, cursor: string | null, limit: number): Promise<Page<MemberRecord>>;
  /** Rooms in which the user is joined. */
  countRooms(user: UserId): Promise<number>;
}

/** How far a user has read. */
export interface ReadMark {
  readonly seq: Seq;
  /** `message` entries in L(1..seq). */
  readonly n: number;
}
/** Somebody has read on. */
export interface ReadMove {
  readonly room: RoomId;
  readonly user: UserId;
  readonly mark: ReadMark;
}
export interface ReadMarks {
  /** Each moves forward only; at most READ_MARKS_AT_ONCE. Where it fails some may have been moved. */
  advance(moves: readonly ReadMove[]): Promise<void>;
  /** Rooms without a mark are absent. */
  get(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, ReadMark>>;
}

/** That a room holds a name. */
export interface NameReservation {
  readonly name: string;
  readonly room: RoomId;
  /** Epoch ms by the clock of whoever reserved it last: another time is another reservation, and no age follows from it. */
  readonly at: number;
}

/** Group names, unique after NFC and trimming. */
export interface RoomNames {
  /** `reserved` also when this room holds the name already. `now`: epoch ms. */
  reserve(name: string, room: RoomId, now: number): Promise<'reserved' | 'taken'>;
  /** No-op unless this room holds the name. */
  release(name: string, room: RoomId): Promise<void>;
  /** Reservations whose room has no projection holding that name, by `at`; at most `limit`. */
  unsettled(limit: number): Promise<readonly NameReservation[]>;
}
