import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHashOf, groupRoomId, inquiryRoomId, keyFingerprintOf } from '../src/body-hash.js';
import { asClientMessageId, asProductId, asTagId, asUserId, isRoomId } from '../src/ids.js';

const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);
const SHAPE = /^[A-Za-z0-9_-]{22}$/;

const idText = fc.string({ unit: fc.constantFrom('a', 'b', '1', ':', '-', '.'), minLength: 1, maxLength: 6 });

describe('body hashes', () => {
  it('[F24] do not depend on the order of fields', () => {
    const one = bodyHashOf(KEY, 'message', { type: 'TEXT', content: '270 있나요?' });
    const two = bodyHashOf(KEY, 'message', { content: '270 있나요?', type: 'TEXT' });
    expect(one).toBe(two);
    expect(one).toMatch(SHAPE);
  });

  it('[F24] tell any other body, kind or key apart', () => {
    const hash = bodyHashOf(KEY, 'message', { type: 'TEXT', content: 'a' });
    expect(bodyHashOf(KEY, 'message', { type: 'TEXT', content: 'b' })).not.toBe(hash);
    expect(bodyHashOf(KEY, 'message', { type: 'IMAGE', content: 'a' })).not.toBe(hash);
    expect(bodyHashOf(OTHER_KEY, 'message', { type: 'TEXT', content: 'a' })).not.toBe(hash);
    expect(bodyHashOf(KEY, 'join', {})).not.toBe(bodyHashOf(KEY, 'leave', {}));
    const update = (name: string | null, maxParticipants: number | null): string =>
      bodyHashOf(KEY, 'update', { name, maxParticipants });
    expect(new Set([update('10', null), update(null, 10), update('null', null), update(null, null)]).size).toBe(4);
    const group = (tags: string[]): string =>
      bodyHashOf(KEY, 'create-group', { name: 'n', maxParticipants: 2, tags: tags.map(asTagId) });
    expect(group(['a', 'b'])).not.toBe(group(['b', 'a']));
    expect(group(['a', 'b'])).not.toBe(group(['a,b']));
  });

  it('[F24] [S33] a fingerprint tells keys apart, and is no hash of anything else', () => {
    expect(keyFingerprintOf(KEY)).toMatch(SHAPE);
    expect(keyFingerprintOf(Buffer.from(KEY))).toBe(keyFingerprintOf(KEY));
    expect(keyFingerprintOf(OTHER_KEY)).not.toBe(keyFingerprintOf(KEY));
  });

  it('[F24] of two contents are equal exactly where the contents are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const hash = (content: string): string => bodyHashOf(KEY, 'message', { type: 'TEXT', content });
        expect(hash(a) === hash(b)).toBe(a === b);
      }),
    );
  });
});

describe('room ids', () => {
  it('[F25] follow from who and what, and from the key', () => {
    const id = inquiryRoomId(KEY, asProductId('p1'), asUserId('u1'));
    expect(inquiryRoomId(KEY, asProductId('p1'), asUserId('u1'))).toBe(id);
    expect(inquiryRoomId(OTHER_KEY, asProductId('p1'), asUserId('u1'))).not.toBe(id);
    expect(inquiryRoomId(KEY, asProductId('u1'), asUserId('p1'))).not.toBe(id);
    expect(groupRoomId(KEY, asUserId('p1'), asClientMessageId('u1'))).not.toBe(id);
    expect(groupRoomId(KEY, asUserId('u1'), asClientMessageId('c1'))).toBe(
      groupRoomId(KEY, asUserId('u1'), asClientMessageId('c1')),
    );
  });

  it('[F25] are ids of rooms, and no two pairs share one', () => {
    fc.assert(
      fc.property(idText, idText, idText, idText, (p1, u1, p2, u2) => {
        const one = inquiryRoomId(KEY, asProductId(p1), asUserId(u1));
        const two = inquiryRoomId(KEY, asProductId(p2), asUserId(u2));
        expect(isRoomId(one)).toBe(true);
        expect(one === two).toBe(p1 === p2 && u1 === u2);
      }),
    );
  });

  it('[F25] are not changed by what is moved from one part to the other', () => {
    const moved = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['a:1', 'c'],
      ['1:ab', 'c'],
      ['a:b', 'c'],
      ['a', 'b:c'],
    ] as const;
    expect(new Set(moved.map(([p, u]) => inquiryRoomId(KEY, asProductId(p), asUserId(u)))).size).toBe(moved.length);
  });
});
