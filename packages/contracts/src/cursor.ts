/**
 * Keyset cursors, the same in every store. A cursor names the last item of a page by its sort key
 * and its id, so that the next page begins behind it whatever was inserted meanwhile.
 */
import { ChatError } from './errors.js';
import { MAX_CURSOR_LENGTH } from './limits.js';

export interface CursorPosition<K extends string | number> {
  readonly key: K;
  readonly id: string;
}

/** Opaque to clients: base64url of `[sort, key, id]` in JSON. */
export const encodeCursor = (sort: string, key: string | number, id: string): string =>
  Buffer.from(JSON.stringify([sort, key, id]), 'utf8').toString('base64url');

/** @throws {ChatError} `bad-request` for what `encodeCursor` did not make for this sort. */
export const decodeNumberCursor = (sort: string, cursor: string): CursorPosition<number> => {
  const { key, id } = decode(sort, cursor);
  if (typeof key !== 'number') throw badCursor();
  return { key, id };
};

/** @throws {ChatError} `bad-request` for what `encodeCursor` did not make for this sort. */
export const decodeTextCursor = (sort: string, cursor: string): CursorPosition<string> => {
  const { key, id } = decode(sort, cursor);
  if (typeof key !== 'string') throw badCursor();
  return { key, id };
};

const badCursor = (): ChatError => new ChatError('bad-request', 'cursor: not one that this list gave');

const decode = (sort: string, cursor: string): CursorPosition<string | number> => {
  if (cursor.length > MAX_CURSOR_LENGTH) throw badCursor();
  const parts = parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  const [, key, id] = Array.isArray(parts) ? (parts as readonly unknown[]) : [];
  if (typeof id !== 'string' || (typeof key !== 'string' && typeof key !== 'number')) throw badCursor();
  // Only the very text that we would write is ours. It settles the sort too; base64url and JSON alone take much else.
  if (encodeCursor(sort, key, id) !== cursor) throw badCursor();
  return { key, id };
};

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    throw badCursor();
  }
};

/** Order by code point, which is that of UTF-8 bytes; `<` on strings is by UTF-16 unit and differs beyond U+FFFF. */
export const compareCodePoints = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
};

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
