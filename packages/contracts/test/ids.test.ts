import { describe, expect, it } from 'vitest';
import {
  asRoomId,
  asSeq,
  asUserId,
  asClientMessageId,
  BEFORE_FIRST,
  FIRST_SEQ,
  isClientMessageId,
  isProductId,
  isRoomId,
  isSeq,
  isTagId,
  isUserId,
  nextSeq,
} from '../src/ids.js';
import { outcomeKeyText } from '../src/commands.js';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Every character of one UTF-16 unit. */
const allCharacters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));

const cases = [
  { what: 'a user', is: isUserId, alphabet: `${ALPHANUMERIC}._:@-`, max: 128 },
  { what: 'a product', is: isProductId, alphabet: `${ALPHANUMERIC}._:@-`, max: 128 },
  { what: 'a client-message-id', is: isClientMessageId, alphabet: `${ALPHANUMERIC}._:-`, max: 64 },
  { what: 'a tag', is: isTagId, alphabet: `${ALPHANUMERIC}._:-`, max: 64 },
  { what: 'a room', is: isRoomId, alphabet: `${ALPHANUMERIC}._-`, max: 64 },
] as const;

describe('ids', () => {
  it.each(cases)('[F20] $what is of exactly its alphabet', ({ is, alphabet }) => {
    const accepted = allCharacters.filter((c) => is(c));
    expect(accepted.sort().join('')).toBe([...alphabet].sort().join(''));
  });

  it.each(cases)('[F20] $what has 1 to $max characters and nothing around them', ({ is, max }) => {
    expect([is(''), is('a'), is('a'.repeat(max)), is('a'.repeat(max + 1))]).toEqual([false, true, true, false]);
    for (const hostile of ['a\n', '\na', 'a b', 'a\0', 'é', '가', '👟']) expect(is(hostile)).toBe(false);
  });

  it('[F20] a seq is an integer from 0; the first is 1', () => {
    for (const good of [0, 1, Number.MAX_SAFE_INTEGER]) expect(isSeq(good)).toBe(true);
    for (const bad of [-1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1]) expect(isSeq(bad)).toBe(false);
    expect(nextSeq(BEFORE_FIRST)).toBe(FIRST_SEQ);
    expect(nextSeq(asSeq(41))).toBe(42);
  });

  it('[F20] no two outcome keys have one text', () => {
    const key = (room: string, sender: string, cmid: string): string =>
      outcomeKeyText({ room: asRoomId(room), sender: asUserId(sender), cmid: asClientMessageId(cmid) });
    expect(new Set([key('a', 'b:c', 'd'), key('a', 'b', 'c:d'), key('a-b', 'c', 'd'), key('a', 'b-c', 'd')]).size).toBe(
      4,
    );
  });
});
