import { HISTORY_LIMIT_MAX, MAX_CONTENT_CODE_POINTS, MESSAGE_TYPES } from '@munova/contracts';
import { z } from 'zod';
import { operation } from '../operation.js';
import { integerText, roomId, RoomParams, seq, seqText } from './fields.js';
import { MessageSchema } from './views.js';

const MESSAGES = 'Messages';

export const history = operation({
  id: 'history',
  method: 'GET',
  path: '/api/chat/messages/:roomId',
  summary: 'The history in seq order; bounds are exclusive, neither means the newest page, no parameter the newest 100',
  group: MESSAGES,
  params: RoomParams,
  query: z
    .object({
      before: seqText.optional(),
      after: seqText.optional(),
      limit: integerText(1, HISTORY_LIMIT_MAX).optional(),
    })
    .refine((q) => q.before === undefined || q.after === undefined, 'before and after exclude each other'),
  answers: {
    200: z.union([
      z.strictObject({ items: z.array(MessageSchema), head: z.int(), generation: z.string() }),
      z.array(MessageSchema),
    ]),
  },
  errors: ['CHAT_01', 'CHAT_03'],
});

export const sendMessage = operation({
  id: 'sendMessage',
  method: 'POST',
  path: '/api/chat/messages/:roomId',
  summary: 'Sends without a socket; the Idempotency-Key is the client-message-id, one space with STOMP’s',
  group: MESSAGES,
  params: RoomParams,
  body: z
    .object({
      type: z.enum(MESSAGE_TYPES).nullish(),
      messageType: z.enum(MESSAGE_TYPES).nullish(),
      // Judged by the same rules as a SEND's.
      content: z
        .string()
        .meta({ description: `1–${String(MAX_CONTENT_CODE_POINTS)} code points; of an IMAGE, its https URL` }),
    })
    .transform(({ type, messageType, content }) => ({ type: type ?? messageType ?? ('TEXT' as const), content })),
  answers: { 201: z.strictObject({ seq: z.int(), clientMessageId: z.string() }) },
  errors: ['CHAT_01', 'CHAT_02', 'CHAT_03', 'cmid-conflict'],
});

export const redactMessage = operation({
  id: 'redactMessage',
  method: 'DELETE',
  path: '/api/chat/messages/:roomId/:seq',
  summary: 'Blanks a message, by its author, the room’s owner or an admin',
  group: MESSAGES,
  params: z.object({ roomId, seq: seqText }),
  answers: {
    200: z.strictObject({
      targetSeq: z.int(),
      seq: z.int().nullable().meta({ description: 'Of the redaction; null where it was redacted before.' }),
    }),
  },
  errors: ['CHAT_01', 'CHAT_03', 'AUTH_02', 'not-found', 'cmid-conflict'],
});

export const markRead = operation({
  id: 'markRead',
  method: 'PUT',
  path: '/api/chat/rooms/:roomId/read',
  summary: 'Moves my read position, forward only',
  group: 'Rooms',
  params: RoomParams,
  body: z.object({ seq }),
  answers: { 200: z.strictObject({ roomId: z.string(), readSeq: z.int(), unreadCount: z.int() }) },
  errors: ['CHAT_01', 'CHAT_03'],
});
