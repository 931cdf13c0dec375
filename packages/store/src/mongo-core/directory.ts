import { decodeNumberCursor, encodeCursor } from '@munova/contracts';
import type {
  MemberRecord,
  Memberships,
  Page,
  ReadMark,
  ReadMarks,
  ReadMove,
  RoomDirectory,
  RoomId,
  RoomQuery,
  RoomRecord,
  Seq,
  Tags,
  UserId,
} from '@munova/contracts';
import type { Filter } from './commands.js';
import type { Majority } from './majority.js';
import { memberId, memberOf } from './member-documents.js';
import { roomOf } from './room-documents.js';
import { pageOf, pageOfRooms, roomFilterOf, roomSortOf } from './room-query.js';

const MEMBER_SORT = 'member';

/** Rooms in which the user is joined, from the index alone. */
const joinedRooms = async (store: Majority, user: UserId): Promise<readonly RoomId[]> => {
  const found = await store.find('memberships', { user, status: 'joined' }, { fields: ['room'] });
  return found.map((document) => document['room'] as RoomId);
};

export class MongoRoomDirectory implements RoomDirectory {
  readonly #store: Majority;
  readonly #tags: Tags;

  constructor(store: Majority, tags: Tags) {
    this.#store = store;
    this.#tags = tags;
  }

  async get(room: RoomId): Promise<RoomRecord | null> {
    const document = await this.#store.findOne('rooms', { _id: room });
    return document && roomOf(document);
  }

  async getMany(rooms: readonly RoomId[]): Promise<readonly RoomRecord[]> {
    return (await this.#store.find('rooms', { _id: { $in: rooms } })).map(roomOf);
  }

  async list(query: RoomQuery): Promise<Page<RoomRecord>> {
    const [tree, joined] = await Promise.all([
      query.tagIds === undefined || query.tagIds.length === 0 ? [] : this.#tags.all(),
      query.memberId === undefined ? null : joinedRooms(this.#store, query.memberId),
    ]);
    const options = { sort: roomSortOf(query.sort), limit: query.limit + 1 };
    const found = await this.#store.find('rooms', roomFilterOf(query, tree, joined), options);
    return pageOfRooms(query, found.map(roomOf));
  }
}

export class MongoMemberships implements Memberships {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async get(room: RoomId, user: UserId): Promise<MemberRecord | null> {
    const document = await this.#store.findOne('memberships', { _id: memberId(room, user) });
    return document && memberOf(document);
  }

  async getMany(room: RoomId, users: readonly UserId[]): Promise<readonly MemberRecord[]> {
    const ids = users.map((user) => memberId(room, user));
    return (await this.#store.find('memberships', { _id: { $in: ids } })).map(memberOf);
  }

  async members(room: RoomId, cursor: string | null, limit: number): Promise<Page<MemberRecord>> {
    const filter: Filter = { room, status: 'joined', ...(cursor !== null && behind(cursor)) };
    const options = { sort: { joinedAt: 1, user: 1 }, limit: limit + 1 } as const;
    const found = (await this.#store.find('memberships', filter, options)).map(memberOf);
    return pageOf(found, limit, (last) => encodeCursor(MEMBER_SORT, last.joinedAt, last.user));
  }

  async countRooms(user: UserId): Promise<number> {
    return (await joinedRooms(this.#store, user)).length;
  }
}

const behind = (cursor: string): Filter => {
  const { key, id } = decodeNumberCursor(MEMBER_SORT, cursor);
  return { joinedAt: { $gte: key }, $or: [{ joinedAt: { $gt: key } }, { user: { $gt: id } }] };
};

export class MongoReadMarks implements ReadMarks {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  advance(moves: readonly ReadMove[]): Promise<void> {
    return this.#store.bulk(
      'readMarks',
      moves.map(({ room, user, mark: { seq, n } }) => ({
        filter: { _id: memberId(room, user), seq: { $lt: seq } },
        update: { $set: { seq, n } },
        upsert: true,
      })),
    );
  }

  async get(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, ReadMark>> {
    const byId = new Map(rooms.map((room) => [memberId(room, user), room]));
    const found = await this.#store.find('readMarks', { _id: { $in: [...byId.keys()] } });
    const marks = new Map<RoomId, ReadMark>();
    for (const { _id, seq, n } of found) {
      const room = byId.get(String(_id));
      if (room !== undefined) marks.set(room, { seq: seq as Seq, n: n as number });
    }
    return marks;
  }
}
