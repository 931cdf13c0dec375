/**
 * Ids, entries and records for tests. Every id is new in this process, so that tests which share a
 * store do not meet; whatever a test does not name gets a plausible value.
 */
import type { RegisteredOutcome, Entry, EntryKind, EntryOf } from '../entries.js';
import {
  asClientMessageId,
  asEpoch,
  asProductId,
  asRoomId,
  asSeq,
  asShardId,
  asTagId,
  asUserId,
  type ClientMessageId,
  type ProductId,
  type RoomId,
  type TagId,
  type UserId,
} from '../ids.js';
import type { Product, Tag } from '../ports/catalogue.js';
import type { MemberRecord, RoomRecord } from '../ports/directory.js';
import type { GroupCommit, Intent } from '../ports/room-log.js';

/** A moment at which `LONG_AGO` has expired and `FAR_OFF` has not; every real clock shows one as well. */
export const NOW = Date.UTC(2026, 0, 5, 9);
export const LONG_AGO = 1;
export const FAR_OFF = Date.UTC(2100, 0, 1);

let made = 0;
/** Unlike every other one of this process; grows in code point order within one prefix. */
export const fresh = (prefix: string): string => `${prefix}${String(++made).padStart(8, '0')}`;

export const freshRoom = (): RoomId => asRoomId(fresh('room-'));
export const freshUser = (): UserId => asUserId(fresh('user-'));
export const freshCmid = (): ClientMessageId => asClientMessageId(fresh('m-'));
export const freshTag = (): TagId => asTagId(fresh('tag-'));
export const freshProduct = (): ProductId => asProductId(fresh('shoe-'));

/** What a test may say of an entry; the rest is filled in. */
export interface EntryParts extends Partial<Omit<EntryOf<EntryKind>, 'kind' | 'data' | 'room' | 'seq'>> {
  readonly room: RoomId;
  readonly seq: number;
}

const placed = ({ room, seq, ...parts }: EntryParts) => ({
  sender: asUserId('minji'),
  senderName: '민지',
  senderRole: 'buyer' as const,
  cmid: freshCmid(),
  type: null,
  content: null,
  redacted: false,
  data: null,
  bodyHash: `hash-${String(seq)}`,
  ts: NOW + seq,
  n: 0,
  epoch: asEpoch(1),
  ...parts,
  room,
  seq: asSeq(seq),
});

/** A message; `n` is its seq, as in a log of messages alone. */
export const messageEntry = (parts: EntryParts): EntryOf<'message'> => ({
  kind: 'message',
  ...placed({ type: 'TEXT', content: `안녕하세요 ${String(parts.seq)}`, n: parts.seq, ...parts }),
});

/** @param user who left or was kicked */
export const departureEntry = (kind: 'left' | 'kicked', room: RoomId, seq: number, user: string): Entry => ({
  ...messageEntry({ room, seq, type: null, content: null }),
  kind,
  data: { userId: asUserId(user) },
});

export const closedEntry = (parts: EntryParts): EntryOf<'closed'> => ({ kind: 'closed', ...placed(parts) });

/** Messages `from`..`to` of a room, both included. */
export const messages = (room: RoomId, from: number, to: number): readonly Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => messageEntry({ room, seq: from + i }));

export const refusal = (parts: Partial<RegisteredOutcome> & { readonly room: RoomId }): RegisteredOutcome => ({
  kind: 'refused',
  sender: asUserId('minji'),
  cmid: freshCmid(),
  code: 'CHAT_02',
  bodyHash: 'hash-refused',
  expires: FAR_OFF,
  ...parts,
});

export const noop = (parts: Partial<RegisteredOutcome> & { readonly room: RoomId }): RegisteredOutcome =>
  refusal({ kind: 'noop', code: null, bodyHash: 'hash-noop', ...parts });

export const commitOf = (documents: GroupCommit['documents'], intents: readonly Intent[] = []): GroupCommit => ({
  documents,
  intents,
});

export const intentOf = (...rooms: readonly RoomId[]): Intent => ({ id: fresh('intent-'), shard: asShardId(3), rooms });

export const groupRecord = (parts: Partial<RoomRecord> = {}): RoomRecord => ({
  roomId: freshRoom(),
  type: 'GROUP',
  name: fresh('모임 '),
  status: 'OPENED',
  ownerId: asUserId('minji'),
  productId: null,
  buyerId: null,
  sellerId: null,
  maxParticipants: 10,
  memberCount: 1,
  tags: [],
  stateSeq: asSeq(2),
  n: 0,
  lastMessage: null,
  lastMessageSeq: asSeq(0),
  lastMessageTime: null,
  lastTs: NOW,
  createdAt: NOW,
  ...parts,
});

export const inquiryRecord = (parts: Partial<RoomRecord> = {}): RoomRecord =>
  groupRecord({
    type: 'ONE_ON_ONE',
    name: '첼시부츠',
    ownerId: null,
    productId: asProductId('p1'),
    buyerId: asUserId('minji'),
    sellerId: asUserId('shop'),
    maxParticipants: null,
    memberCount: 2,
    ...parts,
  });

export const memberRecord = (parts: Partial<MemberRecord> & { readonly room: RoomId }): MemberRecord => ({
  user: freshUser(),
  name: '민지',
  memberType: 'MEMBER',
  status: 'joined',
  stateSeq: asSeq(2),
  joinedAt: NOW,
  ...parts,
});

export const tagOf = (id: TagId, parentId: TagId | null = null): Tag => ({
  id,
  code: `CODE_${id}`,
  nameKo: '부츠',
  nameEn: 'boots',
  parentId,
});

export const productOf = (parts: Partial<Product> = {}): Product => ({
  productId: freshProduct(),
  name: '첼시부츠 Chelsea Boots',
  price: 129_000,
  imageUrl: 'https://img.example/chelsea.jpg',
  sellerId: asUserId('shop'),
  ...parts,
});
