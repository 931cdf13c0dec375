import { searchForm } from '@munova/contracts';
import type { ProductId, RoomId, RoomRecord, RoomStatus, RoomType, Seq, TagId, UserId } from '@munova/contracts';
import type { SQLInputValue } from 'node:sqlite';
import { int, intOrNull, text, textOrNull } from '../rows.js';
import type { Row } from '../rows.js';

/** In the order of `roomValues`. */
export const ROOM_COLUMNS = [
  'room',
  'type',
  'name',
  'name_form',
  'status',
  'owner',
  'product',
  'buyer',
  'seller',
  'max_participants',
  'member_count',
  'tags',
  'state_seq',
  'n',
  'last_message',
  'last_message_seq',
  'last_message_ts',
  'last_ts',
  'created_at',
] as const;

export const roomValues = (r: RoomRecord): SQLInputValue[] => [
  r.roomId,
  r.type,
  r.name,
  searchForm(r.name),
  r.status,
  r.ownerId,
  r.productId,
  r.buyerId,
  r.sellerId,
  r.maxParticipants,
  r.memberCount,
  JSON.stringify(r.tags),
  r.stateSeq,
  r.n,
  r.lastMessage,
  r.lastMessageSeq,
  r.lastMessageTime,
  r.lastTs,
  r.createdAt,
];

export const roomOf = (row: Row): RoomRecord => ({
  roomId: text(row, 'room') as RoomId,
  type: text(row, 'type') as RoomType,
  name: text(row, 'name'),
  status: text(row, 'status') as RoomStatus,
  ownerId: textOrNull(row, 'owner') as UserId | null,
  productId: textOrNull(row, 'product') as ProductId | null,
  buyerId: textOrNull(row, 'buyer') as UserId | null,
  sellerId: textOrNull(row, 'seller') as UserId | null,
  maxParticipants: intOrNull(row, 'max_participants'),
  memberCount: int(row, 'member_count'),
  tags: JSON.parse(text(row, 'tags')) as readonly TagId[],
  stateSeq: int(row, 'state_seq') as Seq,
  n: int(row, 'n'),
  lastMessage: textOrNull(row, 'last_message'),
  lastMessageSeq: int(row, 'last_message_seq') as Seq,
  lastMessageTime: intOrNull(row, 'last_message_ts'),
  lastTs: int(row, 'last_ts'),
  createdAt: int(row, 'created_at'),
});
