/** What is answered, as schemas: the OpenAPI document shows them, the tests hold every answer against them. */
import { ENTRY_KINDS, MESSAGE_TYPES, ROLES } from '@munova/contracts';
import { z } from 'zod';

const instant = z.iso.datetime({ precision: 3 });
const nullable = z.string().nullable();

export const TagView = z
  .strictObject({ id: z.string(), code: z.string(), nameKo: z.string(), nameEn: z.string(), parentId: nullable })
  .meta({ id: 'Tag' });

const room = {
  roomId: z.string(),
  chatId: z.string().meta({ description: 'The same as roomId, for the predecessor’s clients.' }),
  type: z.enum(['ONE_ON_ONE', 'GROUP']),
  name: z.string(),
  chatName: z.string().meta({ description: 'The same as name, for the predecessor’s clients.' }),
  status: z.enum(['OPENED', 'CLOSED', 'DELETED']),
  ownerId: nullable,
  productId: nullable,
  buyerId: nullable,
  sellerId: nullable,
  maxParticipants: z.int().nullable(),
  memberCount: z.int(),
  tags: z.array(TagView),
  head: z.int().meta({ description: 'The seq of the newest entry.' }),
  lastMessage: nullable.meta({ description: 'The first 20 code points.' }),
  lastMessageTime: instant.nullable(),
  createdAt: instant,
};
const mine = { readSeq: z.int(), unreadCount: z.int() };

export const RoomSchema = z.strictObject(room).meta({ id: 'Room' });
export const MyRoomSchema = z.strictObject({ ...room, ...mine }).meta({ id: 'MyRoom' });

const member = z
  .strictObject({
    userId: z.string(),
    name: z.string(),
    memberType: z.enum(['OWNER', 'MEMBER', 'ADMIN']),
    joinedAt: instant,
  })
  .meta({ id: 'Member' });
export const RoomDetailsSchema = z
  .strictObject({
    ...room,
    ...mine,
    members: z.array(member),
    nextCursor: nullable.meta({ description: 'Of the members; null on their last page.' }),
  })
  .meta({ id: 'RoomDetails' });

export const MessageSchema = z
  .strictObject({
    roomId: z.string(),
    seq: z.int(),
    n: z.int(),
    kind: z.enum(ENTRY_KINDS),
    senderId: z.string(),
    senderName: z.string(),
    senderRole: z.enum(ROLES),
    clientMessageId: z.string(),
    type: z.enum(MESSAGE_TYPES).nullable(),
    content: nullable,
    redacted: z.literal(true).optional(),
    data: z.unknown(),
    createdAt: instant,
  })
  .meta({ id: 'Message' });

export const ProductSchema = z
  .strictObject({
    productId: z.string(),
    name: z.string(),
    price: z.int().meta({ description: 'In won.' }),
    imageUrl: nullable,
    sellerId: z.string(),
  })
  .meta({ id: 'Product' });

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item), nextCursor: nullable.meta({ description: 'Null on the last page.' }) });

/** The predecessor's lists: an array where neither `limit` nor `cursor` was given. */
export const listOf = <S extends z.ZodType>(item: S) => z.union([pageOf(item), z.array(item)]);
