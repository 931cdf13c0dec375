import type {
  Entry,
  EntryOf,
  MemberRecord,
  MemberType,
  RoomRecord,
  RoomStatus,
  RoomType,
  Tag,
} from '@munova/contracts';
import type { TagLookup } from './tag-book.js';

/** The room as every client sees it; null where something does not apply to its type. */
export interface RoomView {
  readonly roomId: string;
  /** The same, for the predecessor's clients. */
  readonly chatId: string;
  readonly type: RoomType;
  readonly name: string;
  /** The same, for the predecessor's clients. */
  readonly chatName: string;
  readonly status: RoomStatus;
  readonly ownerId: string | null;
  readonly productId: string | null;
  readonly buyerId: string | null;
  readonly sellerId: string | null;
  readonly maxParticipants: number | null;
  readonly memberCount: number;
  readonly tags: readonly Tag[];
  readonly head: number;
  /** First PREVIEW_CODE_POINTS code points. */
  readonly lastMessage: string | null;
  /** ISO-8601 UTC with milliseconds. */
  readonly lastMessageTime: string | null;
  readonly createdAt: string;
}

/** A room in the eyes of one user. */
export interface MyRoomView extends RoomView {
  readonly readSeq: number;
  readonly unreadCount: number;
}

export interface MemberView {
  readonly userId: string;
  readonly name: string;
  readonly memberType: MemberType;
  readonly joinedAt: string;
}

/** What may be fresher than the projection: messages move it at most once in PROJECT_MESSAGES_MS. */
export interface Freshness {
  readonly head: number;
  readonly lastMessage: string | null;
  readonly lastMessageTime: number | null;
}

const iso = (ts: number): string => new Date(ts).toISOString();

/** A tag in exactly the public shape, whatever else a store's row may carry. */
const tagView = ({ id, code, nameKo, nameEn, parentId }: Tag): Tag => ({ id, code, nameKo, nameEn, parentId });

export const roomView = (room: RoomRecord, fresh: Freshness, tags: TagLookup): RoomView => ({
  roomId: room.roomId,
  chatId: room.roomId,
  type: room.type,
  name: room.name,
  chatName: room.name,
  status: room.status,
  ownerId: room.ownerId,
  productId: room.productId,
  buyerId: room.buyerId,
  sellerId: room.sellerId,
  maxParticipants: room.maxParticipants,
  memberCount: room.memberCount,
  tags: tags.resolve(room.tags).map(tagView),
  head: fresh.head,
  lastMessage: fresh.lastMessage,
  lastMessageTime: fresh.lastMessageTime === null ? null : iso(fresh.lastMessageTime),
  createdAt: iso(room.createdAt),
});

export const memberView = (member: MemberRecord): MemberView => ({
  userId: member.user,
  name: member.name,
  memberType: member.memberType,
  joinedAt: iso(member.joinedAt),
});

/**
 * The room as L(1) left it: open, nobody in it yet. Who counts the `joined` entries that follow
 * arrives at the member count of every later position.
 */
const createdRoomView = (entry: EntryOf<'created'>, tags: TagLookup): RoomView => {
  const made = entry.data;
  const group = made.type === 'GROUP' ? made : null;
  const inquiry = made.type === 'ONE_ON_ONE' ? made : null;
  return {
    roomId: entry.room,
    chatId: entry.room,
    type: made.type,
    name: made.name,
    chatName: made.name,
    status: 'OPENED',
    ownerId: group?.ownerId ?? null,
    productId: inquiry?.productId ?? null,
    buyerId: inquiry?.buyerId ?? null,
    sellerId: inquiry?.sellerId ?? null,
    maxParticipants: group?.maxParticipants ?? null,
    memberCount: 0,
    tags: tags.resolve(group?.tags ?? []).map(tagView),
    head: entry.seq,
    lastMessage: null,
    lastMessageTime: null,
    createdAt: iso(entry.ts),
  };
};

/** What an entry's `data` is on the wire. */
export const entryData = (entry: Entry, tags: TagLookup): unknown => {
  switch (entry.kind) {
    case 'created':
      return createdRoomView(entry, tags);
    case 'joined':
    case 'left':
    case 'kicked':
      return { userId: entry.data.userId };
    case 'message':
    case 'closed':
    case 'opened':
    case 'renamed':
    case 'resized':
    case 'redacted':
    case 'abandoned':
      return entry.data;
    default:
      return unknownData(entry);
  }
};

/** What a later version wrote is not shown by a guess: it may say more than clients should hear. */
const unknownData = (_entry: never): null => null;
