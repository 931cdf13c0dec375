/** Fields that many operations share. Each refuses with a message that says what is allowed. */
import {
  asProductId,
  asRoomId,
  asSeq,
  asTagId,
  asUserId,
  isProductId,
  isRoomId,
  isTagId,
  isUserId,
  LIST_LIMIT_MAX,
  MAX_CURSOR_LENGTH,
  MAX_GROUP_CAPACITY,
  MAX_ROOM_NAME_CODE_POINTS,
} from '@munova/contracts';
import type { ErrorCode, ProductId, RoomId, Seq, TagId, UserId } from '@munova/contracts';
import { z } from 'zod';

/** Refuses with this code instead of `bad-request`. */
const as = (code: ErrorCode): { params: { code: ErrorCode } } => ({ params: { code } });

export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Text as Unicode can carry it everywhere: no lone surrogate, no U+0000. */
export const text = z.string().refine((s) => s.isWellFormed() && !s.includes('\0'), 'holds U+0000 or a lone surrogate');

export const textOf = (min: number, max: number): z.ZodType<string, string> =>
  text.refine(
    (s) => {
      const count = codePoints(s);
      return count >= min && count <= max;
    },
    `must have ${String(min)} to ${String(max)} code points`,
  );

export const roomId: z.ZodType<RoomId, string> = z
  .string()
  .refine(isRoomId, as('CHAT_01'))
  .transform(asRoomId)
  .meta({ description: 'The id of a room, opaque.' });

/** In a path that looks a product up. */
export const knownProductId: z.ZodType<ProductId, string> = z
  .string()
  .refine(isProductId, as('PROD_01'))
  .transform(asProductId);
export const productId: z.ZodType<ProductId, string> = z
  .string()
  .refine(isProductId, 'must be 1–128 of A-Za-z0-9._:@-')
  .transform(asProductId);
export const userId: z.ZodType<UserId, string> = z
  .string()
  .refine(isUserId, 'must be 1–128 of A-Za-z0-9._:@-')
  .transform(asUserId);
export const tagId: z.ZodType<TagId, string> = z
  .string()
  .refine(isTagId, 'must be 1–64 of A-Za-z0-9._:-')
  .transform(asTagId);

/** A place in the log, as text in a path or query. 0 is before the first entry. */
export const seqText: z.ZodType<Seq> = z
  .unknown()
  .transform((value) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN))
  .refine(Number.isSafeInteger, 'must be an integer, 0 or more')
  .transform(asSeq)
  .meta({ type: 'integer', minimum: 0 });

export const seq: z.ZodType<Seq, number> = z.int().min(0).transform(asSeq);

/** An integer in a query. */
export const integerText = (min: number, max: number): z.ZodType<number> =>
  z
    .unknown()
    .transform((value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN))
    .refine((n) => n >= min && n <= max, `must be an integer of ${String(min)} to ${String(max)}`)
    .meta({ type: 'integer', minimum: min, maximum: max });

export const booleanText = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: [true, false] });

/** `NFC`, trimmed, 1–100 code points. @throws CHAT_05 by way of its issue. */
const trimmedName = text
  .transform((name) => name.normalize('NFC').trim())
  .refine((name) => {
    const count = codePoints(name);
    return count >= 1 && count <= MAX_ROOM_NAME_CODE_POINTS;
  }, as('CHAT_05'));
export const roomName = trimmedName
  .nullish()
  .meta({ description: `1–${String(MAX_ROOM_NAME_CODE_POINTS)} code points` });
export const NO_NAME = as('CHAT_05');

export const capacity = z
  .int(`must be an integer of 1 to ${String(MAX_GROUP_CAPACITY)}`)
  .min(1, `must be 1 to ${String(MAX_GROUP_CAPACITY)}`)
  .max(MAX_GROUP_CAPACITY, `must be 1 to ${String(MAX_GROUP_CAPACITY)}`);

export const pagingFields = {
  limit: integerText(1, LIST_LIMIT_MAX).optional(),
  cursor: z.string().min(1).max(MAX_CURSOR_LENGTH).optional(),
};
export const Paging = z.object(pagingFields);
export const RoomParams = z.object({ roomId });

/** https, no credentials, of a length that a browser takes. */
export const isHttpsUrl = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' && url.username === '' && url.password === '';
};
