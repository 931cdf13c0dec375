/**
 * The projections in memory: rooms and members. Invariants:
 * 1. A record is replaced only by one with a greater `stateSeq`.
 * 2. `#joined.get(user)` holds exactly the rooms in which that user's record says `joined`.
 */
import { compareCodePoints, decodeNumberCursor, encodeCursor } from '../cursor.js';
import { asUserId, type RoomId, type TagId, type UserId } from '../ids.js';
import type { Tag } from '../ports/catalogue.js';
import type {
  MemberRecord,
  Memberships,
  Page,
  Projection,
  ProjectionUpdate,
  RoomDirectory,
  RoomQuery,
  RoomRecord,
} from '../ports/directory.js';
import type { Intent } from '../ports/room-log.js';
import { nameMatches, searchKeyword, tagFamilies } from '../search-terms.js';
import type { Lifecycle } from './lifecycle.js';
import type { MemoryRoomLog } from './memory-room-log.js';
import { pageOf, type PageOrder } from './paging.js';
import { roomOrder } from './room-order.js';

const MEMBER_SORT = 'member';

/** What projections are written to and read from. */
export class Projections {
  readonly #rooms = new Map<RoomId, RoomRecord>();
  readonly #members = new Map<RoomId, Map<UserId, MemberRecord>>();
  readonly #joined = new Map<UserId, Set<RoomId>>();

  room(room: RoomId): RoomRecord | null {
    return this.#rooms.get(room) ?? null;
  }

  rooms(): Iterable<RoomRecord> {
    return this.#rooms.values();
  }

  member(room: RoomId, user: UserId): MemberRecord | null {
    return this.#members.get(room)?.get(user) ?? null;
  }

  members(room: RoomId): Iterable<MemberRecord> {
    return this.#members.get(room)?.values() ?? [];
  }

  joinedRooms(user: UserId): ReadonlySet<RoomId> {
    return this.#joined.get(user) ?? new Set();
  }

  putRoom(record: RoomRecord): void {
    const known = this.#rooms.get(record.roomId);
    if (known === undefined || known.stateSeq < record.stateSeq) this.#rooms.set(record.roomId, record);
  }

  putMember(record: MemberRecord): void {
    const known = this.member(record.room, record.user);
    if (known !== null && known.stateSeq >= record.stateSeq) return;
    getOrMake(this.#members, record.room, () => new Map<UserId, MemberRecord>()).set(record.user, record);
    const joined = getOrMake(this.#joined, record.user, () => new Set<RoomId>());
    if (record.status === 'joined') joined.add(record.room);
    else joined.delete(record.room);
  }
}

const getOrMake = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

export class MemoryProjection implements Projection {
  readonly #projections: Projections;
  readonly #log: MemoryRoomLog;
  readonly #lifecycle: Lifecycle;

  constructor(projections: Projections, log: MemoryRoomLog, lifecycle: Lifecycle) {
    this.#projections = projections;
    this.#log = log;
    this.#lifecycle = lifecycle;
  }

  async project(updates: readonly ProjectionUpdate[], settled: readonly Intent['id'][]): Promise<void> {
    this.#lifecycle.check();
    for (const { record, members, redactions } of updates) {
      this.#projections.putRoom(record);
      for (const member of members) this.#projections.putMember(member);
      for (const redaction of redactions) this.#log.redact(redaction);
    }
    this.#log.settle(settled);
  }

  async openIntents(): Promise<readonly Intent[]> {
    this.#lifecycle.check();
    return this.#log.openIntents();
  }
}

export class MemoryRoomDirectory implements RoomDirectory {
  readonly #projections: Projections;
  readonly #tagTree: () => readonly Tag[];
  readonly #lifecycle: Lifecycle;

  constructor(projections: Projections, tagTree: () => readonly Tag[], lifecycle: Lifecycle) {
    this.#projections = projections;
    this.#tagTree = tagTree;
    this.#lifecycle = lifecycle;
  }

  async get(room: RoomId): Promise<RoomRecord | null> {
    this.#lifecycle.check();
    return this.#projections.room(room);
  }

  async getMany(rooms: readonly RoomId[]): Promise<readonly RoomRecord[]> {
    this.#lifecycle.check();
    return [...new Set(rooms)].map((room) => this.#projections.room(room)).filter((record) => record !== null);
  }

  async list(query: RoomQuery): Promise<Page<RoomRecord>> {
    this.#lifecycle.check();
    const order = roomOrder(query.sort, query.cursor);
    return pageOf(this.#matching(query), order, query.limit);
  }

  #matching(query: RoomQuery): readonly RoomRecord[] {
    const joined = query.memberId === undefined ? null : this.#projections.joinedRooms(query.memberId);
    const keyword = searchKeyword(query.keyword);
    const families = tagFamilies(query.tagIds ?? [], this.#tagTree());
    return [...this.#projections.rooms()].filter(
      (room) =>
        (joined === null || joined.has(room.roomId)) &&
        isOfKind(room, query) &&
        isOfSize(room, query) &&
        hasTags(room, families, query.tagMode ?? 'any') &&
        nameMatches(room.name, keyword),
    );
  }
}

const isOfKind = (room: RoomRecord, query: RoomQuery): boolean =>
  (query.type === undefined || room.type === query.type) &&
  (query.status === undefined || room.status === query.status) &&
  (query.buyerId === undefined || room.buyerId === query.buyerId) &&
  (query.sellerId === undefined || room.sellerId === query.sellerId) &&
  (query.ownerId === undefined || room.ownerId === query.ownerId);

const isOfSize = (room: RoomRecord, query: RoomQuery): boolean =>
  room.memberCount >= (query.minMembers ?? 0) &&
  room.memberCount <= (query.maxMembers ?? Infinity) &&
  (query.hasSpace === undefined ||
    (room.maxParticipants !== null && room.memberCount < room.maxParticipants === query.hasSpace));

const hasTags = (room: RoomRecord, families: readonly (readonly TagId[])[], mode: 'any' | 'all'): boolean => {
  if (families.length === 0) return true;
  const hasOneOf = (family: readonly TagId[]): boolean => family.some((tag) => room.tags.includes(tag));
  return mode === 'all' ? families.every(hasOneOf) : families.some(hasOneOf);
};

export class MemoryMemberships implements Memberships {
  readonly #projections: Projections;
  readonly #lifecycle: Lifecycle;

  constructor(projections: Projections, lifecycle: Lifecycle) {
    this.#projections = projections;
    this.#lifecycle = lifecycle;
  }

  async get(room: RoomId, user: UserId): Promise<MemberRecord | null> {
    this.#lifecycle.check();
    return this.#projections.member(room, user);
  }

  async getMany(room: RoomId, users: readonly UserId[]): Promise<readonly MemberRecord[]> {
    this.#lifecycle.check();
    return [...new Set(users)].map((user) => this.#projections.member(room, user)).filter((record) => record !== null);
  }

  async members(room: RoomId, cursor: string | null, limit: number): Promise<Page<MemberRecord>> {
    this.#lifecycle.check();
    const order = memberOrder(cursor);
    const joined = [...this.#projections.members(room)].filter((member) => member.status === 'joined');
    return pageOf(joined, order, limit);
  }

  async countRooms(user: UserId): Promise<number> {
    this.#lifecycle.check();
    return this.#projections.joinedRooms(user).size;
  }
}

const compareMembers = (a: Pick<MemberRecord, 'joinedAt' | 'user'>, b: typeof a): number =>
  a.joinedAt === b.joinedAt ? compareCodePoints(a.user, b.user) : a.joinedAt - b.joinedAt;

const memberOrder = (cursor: string | null): PageOrder<MemberRecord> => {
  const from = cursor === null ? null : decodeNumberCursor(MEMBER_SORT, cursor);
  const last = from && { joinedAt: from.key, user: asUserId(from.id) };
  return {
    compare: compareMembers,
    isBehind: (member) => last === null || compareMembers(last, member) < 0,
    cursorOf: (member) => encodeCursor(MEMBER_SORT, member.joinedAt, member.user),
  };
};
