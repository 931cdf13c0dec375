import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints, decodeNumberCursor, decodeTextCursor, encodeCursor } from '../src/cursor.js';
import { MAX_CURSOR_LENGTH, MAX_ROOM_NAME_CODE_POINTS } from '../src/limits.js';
import { anyRoomId, anyRoomName, anyText } from '../src/testing/index.js';

const anyKey = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

describe('cursors', () => {
  it('[S20] a cursor gives back what it was made of, in a URL as it is', () => {
    fc.assert(
      fc.property(anyRoomName, anyRoomId, (key, id) => {
        const cursor = encodeCursor('name', key, id);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeTextCursor('name', cursor)).toEqual({ key, id });
      }),
    );
    fc.assert(
      fc.property(anyKey, anyRoomId, (key, id) => {
        const position = decodeNumberCursor('latest', encodeCursor('latest', key, id));
        expect(position).toEqual({ key: key === 0 ? 0 : key, id });
      }),
    );
  });

  it('[S20] the longest name fits into a cursor', () => {
    const longest = '\u{1f45f}'.repeat(MAX_ROOM_NAME_CODE_POINTS);
    expect(encodeCursor('name', longest, 'r'.repeat(64)).length).toBeLessThanOrEqual(MAX_CURSOR_LENGTH);
  });

  it('[S20] what was not made for this sort is refused', () => {
    const cursor = encodeCursor('latest', 7, 'r1');
    const foreign = [
      ...[
        '',
        '.',
        'x',
        '한글',
        'bnVsbA',
        `${cursor}A`,
        `${cursor}=`,
        `${cursor}\n`,
        cursor.slice(1),
        cursor.slice(0, -1),
      ],
      ...[{}, 'text', 7, null, [], ['latest', 7], ['latest', 7, 'r1', 1], ['latest', 7, 1], ['latest', '7', 'r1']].map(
        (value) => Buffer.from(JSON.stringify(value)).toString('base64url'),
      ),
      Buffer.from('["latest", 7, "r1"]').toString('base64url'),
      Buffer.from('["latest",1e999,"r1"]').toString('base64url'),
      encodeCursor('latest', 7, 'x'.repeat(MAX_CURSOR_LENGTH)),
      encodeCursor('members', 7, 'r1'),
    ];
    for (const bad of foreign) {
      expect(() => decodeNumberCursor('latest', bad), bad).toThrowError(
        expect.objectContaining({ code: 'bad-request' }),
      );
    }
    expect(() => decodeTextCursor('latest', cursor)).toThrowError(expect.objectContaining({ code: 'bad-request' }));
  });

  it('[S20] no text at all breaks the decoding', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(() => decodeTextCursor('name', text)).toThrowError(expect.objectContaining({ code: 'bad-request' }));
      }),
    );
  });

  it('[S16] the order by code point is that of UTF-8 bytes', () => {
    const anyPair = fc.tuple(anyText(6), anyText(6));
    fc.assert(
      fc.property(anyPair, ([a, b]) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(bytes);
        expect(compareCodePoints(a, a)).toBe(0);
      }),
      { numRuns: 300, examples: [[['\uffee', '\u{1f45f}']], [['\ue000', '\u{10000}']], [['\ud7ff', '\u{10000}']]] },
    );
  });
});
