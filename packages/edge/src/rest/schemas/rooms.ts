import { MAX_GROUP_CAPACITY, MAX_ROOM_NAME_CODE_POINTS, MAX_SEARCH_TAGS, MAX_TAGS_PER_ROOM } from '@munova/contracts';
import { z } from 'zod';
import { operation } from '../operation.js';
import {
  booleanText,
  capacity,
  codePoints,
  integerText,
  knownProductId,
  NO_NAME,
  Paging,
  pagingFields,
  roomName,
  RoomParams,
  tagId,
  text,
  userId,
} from './fields.js';
import { listOf, MyRoomSchema, pageOf, RoomDetailsSchema, RoomSchema } from './views.js';

const INQUIRIES = 'Inquiries';
const GROUPS = 'Group rooms';
const ROOMS = 'Rooms';

/** A list of the predecessor's, of rooms with my place in them. */
const listRooms = (id: string, group: string, path: string, summary: string) =>
  operation({ id, method: 'GET', path, summary, group, query: Paging, answers: { 200: listOf(MyRoomSchema) } });

export const createInquiry = operation({
  id: 'createInquiry',
  method: 'POST',
  path: '/api/chat/one-to-one/:productId',
  summary: 'My inquiry with the seller of a product: made, found, or reopened',
  group: INQUIRIES,
  params: z.object({ productId: knownProductId }),
  answers: { 201: RoomSchema, 200: RoomSchema },
  errors: ['PROD_01', 'CHAT_11', 'cmid-conflict'],
});

export const listMyInquiries = listRooms(
  'listMyInquiries',
  INQUIRIES,
  '/api/chat/one-to-one',
  'My open inquiries as a buyer, latest message first',
);

export const listSellerInquiries = listRooms(
  'listSellerInquiries',
  INQUIRIES,
  '/api/chat/seller/one-to-one',
  'Inquiries on my products (or my shop’s), whatever their status, latest message first',
);

const onInquiry = (id: string, path: string, summary: string) =>
  operation({
    id,
    method: 'PATCH',
    path,
    summary,
    group: INQUIRIES,
    params: RoomParams,
    answers: { 200: RoomSchema },
    errors: ['CHAT_01', 'CHAT_02', 'CHAT_03', 'CHAT_10', 'AUTH_02', 'cmid-conflict'],
  });

export const closeInquiry = onInquiry('closeInquiry', '/api/chat/seller/:roomId', 'The seller closes an inquiry');
export const openInquiry = onInquiry('openInquiry', '/api/chat/seller/open/:roomId', 'The seller reopens an inquiry');

const oneTag = z.union([tagId, z.int().min(0).transform(String).pipe(tagId)]);
const tagList = z
  .union([oneTag.transform((id) => [id]), z.array(oneTag)], 'must be tag ids')
  .transform((ids) => [...new Set(ids)])
  .refine((ids) => ids.length <= MAX_TAGS_PER_ROOM, `must be at most ${String(MAX_TAGS_PER_ROOM)} tags`)
  .nullish();

export const createGroup = operation({
  id: 'createGroup',
  method: 'POST',
  path: '/api/chat/group',
  summary: 'A group room of which I am the owner; `name`, `tags` and `tagIds` serve as well',
  group: GROUPS,
  body: z
    .object({
      chatName: roomName,
      name: roomName,
      maxParticipants: capacity,
      productCategoryId: tagList,
      tags: tagList,
      tagIds: tagList,
    })
    .transform((body, context) => {
      const name = body.chatName ?? body.name;
      if (name === null || name === undefined) {
        context.addIssue({ code: 'custom', ...NO_NAME });
        return z.NEVER;
      }
      const tags = body.productCategoryId ?? body.tags ?? body.tagIds ?? [];
      return { name, maxParticipants: body.maxParticipants, tags };
    }),
  answers: { 201: RoomSchema },
  errors: ['CHAT_05', 'CHAT_09', 'cmid-conflict'],
});

const tagIds = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((part) => part.split(','))
      .filter((part) => part !== ''),
  )
  .pipe(z.array(tagId).max(MAX_SEARCH_TAGS))
  .meta({ description: 'Comma-separated or repeated.' });

export const searchGroups = operation({
  id: 'searchGroups',
  method: 'GET',
  path: '/api/chat/group/search',
  summary: 'Group rooms by word, tags and condition; all given conditions hold',
  group: GROUPS,
  query: z.object({
    ...pagingFields,
    keyword: text
      .refine((s) => codePoints(s) <= MAX_ROOM_NAME_CODE_POINTS, 'is longer than any room name')
      .optional()
      .meta({ description: 'A part of the name, any case.' }),
    tagIds: tagIds.optional(),
    tagMode: z.enum(['any', 'all']).default('any'),
    isMine: booleanText.optional(),
    status: z.enum(['OPENED', 'CLOSED', 'DELETED']).default('OPENED'),
    minMembers: integerText(0, MAX_GROUP_CAPACITY).optional(),
    maxMembers: integerText(0, MAX_GROUP_CAPACITY).optional(),
    hasSpace: booleanText.optional(),
    sort: z.enum(['latest', 'members', 'name', 'created']).default('latest'),
  }),
  answers: { 200: listOf(RoomSchema) },
});

export const listOwnGroups = listRooms(
  'listOwnGroups',
  GROUPS,
  '/api/chat/group/owner',
  'Group rooms I own, whatever their status, latest message first',
);

export const updateGroup = operation({
  id: 'updateGroup',
  method: 'PATCH',
  path: '/api/chat/group/:roomId',
  summary: 'The owner renames or resizes, or both at once',
  group: GROUPS,
  params: RoomParams,
  body: z
    .object({ chatName: roomName, name: roomName, maxParticipants: capacity.nullish() })
    .transform((body) => ({
      name: body.chatName ?? body.name ?? null,
      maxParticipants: body.maxParticipants ?? null,
    }))
    .refine((body) => body.name !== null || body.maxParticipants !== null, 'chatName or maxParticipants is needed'),
  answers: { 200: RoomSchema },
  errors: ['CHAT_01', 'CHAT_02', 'CHAT_03', 'CHAT_04', 'CHAT_05', 'CHAT_09', 'CHAT_10', 'AUTH_02', 'cmid-conflict'],
});

const onGroup = (id: string, method: 'POST' | 'PATCH', path: string, summary: string) =>
  operation({
    id,
    method,
    path,
    summary,
    group: GROUPS,
    params: RoomParams,
    answers: { 200: RoomSchema },
    errors: ['CHAT_01', 'CHAT_02', 'CHAT_03', 'CHAT_06', 'CHAT_10', 'AUTH_02', 'cmid-conflict'],
  });

export const joinGroup = onGroup(
  'joinGroup',
  'POST',
  '/api/chat/group/:roomId',
  'I join; joined already changes nothing',
);
export const leaveGroup = onGroup('leaveGroup', 'POST', '/api/chat/group/leave/:roomId', 'I leave; the owner cannot');
export const closeGroup = onGroup('closeGroup', 'PATCH', '/api/chat/group/close/:roomId', 'The owner closes the room');
export const openGroup = onGroup('openGroup', 'PATCH', '/api/chat/group/open/:roomId', 'The owner reopens the room');

const onMember = (id: string, path: string, summary: string) =>
  operation({
    id,
    method: 'POST',
    path,
    summary,
    group: GROUPS,
    params: RoomParams,
    body: z.object({ userId }),
    answers: { 200: RoomSchema },
    errors: ['CHAT_01', 'CHAT_03', 'CHAT_10', 'AUTH_01', 'AUTH_02', 'cmid-conflict'],
  });

export const kickMember = onMember('kickMember', '/api/chat/group/kick/:roomId', 'Puts a member out, for good');
export const unkickMember = onMember(
  'unkickMember',
  '/api/chat/group/unkick/:roomId',
  'Lets who was kicked join again',
);

export const groupDetails = operation({
  id: 'groupDetails',
  method: 'GET',
  path: '/api/chat/group/:roomId',
  summary: 'A group room with its members, for members; `limit` and `cursor` page the members',
  group: GROUPS,
  params: RoomParams,
  query: Paging,
  answers: { 200: RoomDetailsSchema },
  errors: ['CHAT_01', 'CHAT_03', 'CHAT_10'],
});

export const listMyRooms = operation({
  id: 'listMyRooms',
  method: 'GET',
  path: '/api/chat/rooms',
  summary: 'Every room I am in, latest message first',
  group: ROOMS,
  query: Paging,
  answers: { 200: pageOf(MyRoomSchema) },
});

export const roomDetails = operation({
  id: 'roomDetails',
  method: 'GET',
  path: '/api/chat/rooms/:roomId',
  summary: 'A room I am in, with head, my read position and its members',
  group: ROOMS,
  params: RoomParams,
  query: Paging,
  answers: { 200: RoomDetailsSchema },
  errors: ['CHAT_01', 'CHAT_03'],
});
