import { BEFORE_FIRST, PREVIEW_CODE_POINTS } from '@munova/contracts';
import type {
  Entry,
  Memberships,
  ReadMark,
  RoomHead,
  RoomId,
  RoomLog,
  RoomRecord,
  RoomStatus,
  UserId,
} from '@munova/contracts';
import { memberView, roomView } from './room-view.js';
import type { Freshness, MemberView, MyRoomView, RoomView } from './room-view.js';
import type { ReadMarkKeeper } from './read-marks.js';
import type { TagLookup } from './tag-book.js';
import { unreadCount } from './unread.js';

/** How far a room goes, and how far one user has read in it. */
export interface Standing {
  readonly room: RoomId;
  readonly status: RoomStatus;
  readonly head: RoomHead;
  readonly read: ReadMark;
}

export interface MembersPage {
  readonly members: readonly MemberView[];
  readonly nextCursor: string | null;
}

interface Fresh extends Freshness {
  /** `message` entries up to the head. */
  readonly n: number;
}

/**
 * Renders rooms. Head and last message come from the log where it is ahead of the projection, so that
 * who sent a message and then looks finds it.
 */
export class RoomViews {
  readonly #roomLog: RoomLog;
  readonly #memberships: Memberships;
  readonly #marks: ReadMarkKeeper;
  readonly #tags: TagLookup;

  constructor(roomLog: RoomLog, memberships: Memberships, marks: ReadMarkKeeper, tags: TagLookup) {
    this.#roomLog = roomLog;
    this.#memberships = memberships;
    this.#marks = marks;
    this.#tags = tags;
  }

  async one(room: RoomRecord): Promise<RoomView> {
    const [fresh] = await this.#freshness([room]);
    return roomView(room, fresh ?? projected(room), this.#tags);
  }

  /** In the order given; at most a page of them. */
  async many(rooms: readonly RoomRecord[]): Promise<readonly RoomView[]> {
    const fresh = await this.#freshness(rooms);
    return rooms.map((room, i) => roomView(room, fresh[i] ?? projected(room), this.#tags));
  }

  /** With what `user` has read of them. */
  async mine(user: UserId, rooms: readonly RoomRecord[]): Promise<readonly MyRoomView[]> {
    const ids = rooms.map((room) => room.roomId);
    // Marks first: a message that comes in between is then unread, never read ahead of the head.
    const marks = await this.#marks.get(user, ids);
    const fresh = await this.#freshness(rooms);
    return rooms.map((room, i) => {
      const now = fresh[i] ?? projected(room);
      return {
        ...roomView(room, now, this.#tags),
        readSeq: marks[i]?.seq ?? 0,
        unreadCount: unreadCount(now.n, marks[i]?.n ?? 0),
      };
    });
  }

  /** What `mine` shows of head and reading, of many rooms by few reads. In the order given. */
  async standings(user: UserId, rooms: readonly RoomRecord[]): Promise<readonly Standing[]> {
    const ids = rooms.map((room) => room.roomId);
    const marks = await this.#marks.get(user, ids);
    const heads = await this.#roomLog.heads(ids);
    return rooms.map((room, i) => {
      const head = heads.get(room.roomId);
      return {
        room: room.roomId,
        status: room.status,
        head: head !== undefined && head.seq > room.stateSeq ? head : { seq: room.stateSeq, n: room.n },
        read: marks[i] ?? { seq: BEFORE_FIRST, n: 0 },
      };
    });
  }

  async members(room: RoomId, cursor: string | null, limit: number): Promise<MembersPage> {
    const page = await this.#memberships.members(room, cursor, limit);
    return { members: page.items.map(memberView), nextCursor: page.nextCursor };
  }

  async #freshness(rooms: readonly RoomRecord[]): Promise<readonly Fresh[]> {
    const heads = await this.#roomLog.heads(rooms.map((room) => room.roomId));
    return Promise.all(rooms.map((room) => this.#freshnessOf(room, heads.get(room.roomId))));
  }

  async #freshnessOf(room: RoomRecord, head: RoomHead | undefined): Promise<Fresh> {
    if (head === undefined || head.seq <= room.stateSeq) return projected(room);
    // Every state entry is projected before it is answered, so what stands behind the projection are messages.
    const [newest] = await this.#roomLog.readPage(room.roomId, { newest: true }, 1);
    return newest?.kind === 'message' ? freshFrom(newest) : { ...projected(room), head: head.seq, n: head.n };
  }
}

const projected = (room: RoomRecord): Fresh => ({
  head: room.stateSeq,
  n: room.n,
  lastMessage: room.lastMessage,
  lastMessageTime: room.lastMessageTime,
});

const freshFrom = (newest: Entry): Fresh => ({
  head: newest.seq,
  n: newest.n,
  lastMessage: newest.content === null ? null : preview(newest.content),
  lastMessageTime: newest.ts,
});

/** Cuts between code points, never through one. */
const preview = (content: string): string =>
  // No more than twice as many code units can be needed.
  [...content.slice(0, 2 * PREVIEW_CODE_POINTS)].slice(0, PREVIEW_CODE_POINTS).join('');
