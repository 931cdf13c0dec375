/** The reader of client frames, case by case in the order of the Autobahn suite. */
import { describe, expect, it } from 'vitest';
import { WebSocketReader } from '../../src/transports/websocket-reader.js';
import {
  BINARY,
  clientFrame,
  CLOSE,
  closePayload,
  CONTINUATION,
  Heard,
  MAX_MESSAGE,
  PING,
  PONG,
  read,
  TEXT,
} from './client-frames.js';

const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, MAX_MESSAGE];
const EURO = Buffer.from('€');

describe('messages', () => {
  it.each(LENGTHS)('[E42] of %i bytes arrive, text and binary', (length) => {
    expect(read(clientFrame(TEXT, 'x'.repeat(length))).text).toBe('x'.repeat(length));
    const bytes = Buffer.alloc(length, 0xfe);
    expect(read(clientFrame(BINARY, bytes)).payload.equals(bytes)).toBe(true);
  });

  it('[E42] arrive in fragments, empty ones too, and one behind the other', () => {
    const heard = read(
      clientFrame(TEXT, 'one', { fin: false }),
      clientFrame(CONTINUATION, '', { fin: false }),
      clientFrame(CONTINUATION, ' two', { fin: false }),
      clientFrame(CONTINUATION),
      clientFrame(BINARY, ' three'),
      clientFrame(TEXT, '', { fin: false }),
      clientFrame(CONTINUATION, ' four'),
    );
    expect(heard.text).toBe('one two three four');
    expect(heard.violation).toBeNull();
  });

  it('[E43] are 1009 from the frame on that announces a byte too many', () => {
    const whole = read(clientFrame(BINARY, '', { says: MAX_MESSAGE + 1 }).subarray(0, 10));
    expect(whole).toMatchObject({ violation: 1009, payloadBytes: 0 });
    const fragments = read(
      clientFrame(BINARY, Buffer.alloc(MAX_MESSAGE - 1), { fin: false }),
      clientFrame(CONTINUATION, 'a', { fin: false }),
      clientFrame(CONTINUATION, 'b'),
      clientFrame(BINARY, 'c'),
    );
    expect(fragments).toMatchObject({ violation: 1009, payloadBytes: MAX_MESSAGE });
  });

  it('[E43] are 1009 whatever the eight bytes of a length say', () => {
    const head = Buffer.from('82ffffffffffffffffff', 'hex');
    expect(read(head)).toMatchObject({ violation: 1009, payloadBytes: 0 });
  });

  it('[E43] have the whole bound again behind one that used it up', () => {
    const full = clientFrame(BINARY, Buffer.alloc(MAX_MESSAGE));
    expect(read(full, full)).toMatchObject({ violation: null, payloadBytes: 2 * MAX_MESSAGE });
  });
});

describe('pings and pongs', () => {
  it.each([0, 1, 125])('[E46] a ping of %i bytes is heard with its payload', (length) => {
    expect(read(clientFrame(PING, 'p'.repeat(length))).pings).toEqual(['p'.repeat(length)]);
  });

  it('[E46] come between the fragments of a message, whole, and pongs that nobody asked for are nothing', () => {
    const heard = read(
      clientFrame(TEXT, 'one', { fin: false }),
      clientFrame(PING, 'first'),
      clientFrame(PONG, 'unasked'),
      clientFrame(CONTINUATION, 'two', { fin: false }),
      clientFrame(PING, 'second'),
      clientFrame(CONTINUATION, 'three'),
    );
    expect(heard).toMatchObject({ text: 'onetwothree', pings: ['first', 'second'], pingsAt: [3, 6], violation: null });
  });
});

describe('[E42] a violation is 1002, and nothing behind it is read:', () => {
  const behind = clientFrame(TEXT, 'behind');
  it.each<[string, Buffer[]]>([
    ...[1, 2, 3, 4, 5, 6, 7].map((reserved): [string, Buffer[]] => [
      `reserved bits ${String(reserved)}`,
      [clientFrame(TEXT, 'x', { reserved })],
    ]),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[]] => [
      `opcode ${String(opcode)}`,
      [clientFrame(opcode, 'x')],
    ]),
    ['reserved bits on a ping', [clientFrame(PING, 'x', { reserved: 4 })]],
    ['a text that is not masked', [clientFrame(TEXT, 'x', { mask: null })]],
    ['a ping that is not masked', [clientFrame(PING, '', { mask: null })]],
    ['a ping of 126 bytes', [clientFrame(PING, 'x'.repeat(126))]],
    ['a ping whose length takes eight bytes', [clientFrame(PING, 'x', { lengthBytes: 8 })]],
    ['a ping in fragments', [clientFrame(PING, 'x', { fin: false })]],
    ['a close in fragments', [clientFrame(CLOSE, '', { fin: false })]],
    ['a continuation of nothing', [clientFrame(CONTINUATION, 'x')]],
    ['a continuation of what has ended', [clientFrame(TEXT, ''), clientFrame(CONTINUATION, 'x')]],
    ['a text within a text', [clientFrame(TEXT, '', { fin: false }), clientFrame(TEXT, 'x')]],
    ['a binary within a text', [clientFrame(TEXT, '', { fin: false }), clientFrame(BINARY, 'x', { fin: false })]],
  ])('[E42] %s', (_what, frames) => {
    expect(read(...frames, behind)).toMatchObject({ violation: 1002, text: '', pings: [], peerClose: undefined });
  });

  it('[E42] what stood before it is heard', () => {
    const bytes = Buffer.concat([clientFrame(TEXT, 'before'), clientFrame(PING, 'p'), clientFrame(7, 'x'), behind]);
    expect(read(bytes)).toMatchObject({ violation: 1002, text: 'before', pings: ['p'] });
  });
});

describe('text', () => {
  it.each(['안녕하세요 👟', 'κόσμε', '\u{10ffff}\u0000\u07ff\u0800\uffff', 'Hello-µ@ßöäüàá-UTF-8!!'])(
    '[E43] in UTF-8 arrives, cut anywhere, over fragments too: %j',
    (text) => {
      const bytes = Buffer.from(text);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const [one, two] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        const frames = [clientFrame(TEXT, one, { fin: false }), clientFrame(CONTINUATION, two)];
        expect(read(...frames)).toMatchObject({ text, violation: null });
      }
    },
  );

  it.each<[string, string]>([
    ['a stray continuation', '80'],
    ['a lead without its continuation', 'c341'],
    ['an overlong form', 'c0af'],
    ['an overlong form of three bytes', 'e080af'],
    ['a surrogate', 'eda080'],
    ['more than U+10FFFF', 'f4908080'],
    ['a byte that never stands in UTF-8', 'ff'],
    ['the beginning of a character', 'e282'],
    ['the beginning of four bytes', 'f09f91'],
  ])('[E43] that is none is 1007, cut anywhere, over fragments too: %s', (_what, hex) => {
    const bytes = Buffer.concat([Buffer.from('before '), Buffer.from(hex, 'hex')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const [one, two] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const frames = [clientFrame(TEXT, one, { fin: false }), clientFrame(PING, 'p'), clientFrame(CONTINUATION, two)];
      expect(read(...frames).violation).toBe(1007);
      expect(read(Buffer.concat(frames)).violation).toBe(1007);
    }
  });

  it('[E43] that ends within a character is 1007, though the next message would complete it', () => {
    const frames = [clientFrame(TEXT, EURO.subarray(0, 2)), clientFrame(TEXT, EURO.subarray(2))];
    expect(read(...frames)).toMatchObject({ violation: 1007, payloadBytes: 2 });
  });

  it('[E43] is not looked for in binary messages', () => {
    const frames = [clientFrame(BINARY, 'a\xff', { fin: false }), clientFrame(CONTINUATION, Buffer.from([0x80]))];
    expect(read(...frames, clientFrame(TEXT, '€')).violation).toBeNull();
  });
});

describe('the peer’s close', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    '[E45] with %i is heard, and nothing behind it is read',
    (code) => {
      const heard = read(clientFrame(CLOSE, closePayload(code, 'good-bye 👋')), clientFrame(TEXT, 'behind'));
      expect(heard).toMatchObject({ peerClose: code, violation: null, text: '' });
    },
  );

  it('[E45] may say no code', () => {
    expect(read(clientFrame(CLOSE))).toMatchObject({ peerClose: null, violation: null });
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    '[E45] with %i, which may not be said, is 1002',
    (code) => {
      expect(read(clientFrame(CLOSE, closePayload(code)))).toMatchObject({ violation: 1002, peerClose: undefined });
    },
  );

  it('[E45] with one byte is 1002, with a reason that is no UTF-8 1007, and may have 123 bytes of it', () => {
    expect(read(clientFrame(CLOSE, 'x')).violation).toBe(1002);
    expect(read(clientFrame(CLOSE, closePayload(1000, Buffer.from([0xce, 0xba, 0xe1])))).violation).toBe(1007);
    expect(read(clientFrame(CLOSE, closePayload(1000, 'x'.repeat(123)))).peerClose).toBe(1000);
    expect(read(clientFrame(CLOSE, closePayload(1000, 'x'.repeat(124)))).violation).toBe(1002);
  });

  it('[E45] in the midst of a message ends it', () => {
    const heard = read(clientFrame(TEXT, 'half', { fin: false }), clientFrame(CLOSE, closePayload(1001)));
    expect(heard).toMatchObject({ text: 'half', peerClose: 1001, violation: null });
  });
});

describe('[E44] what a reader holds and copies', () => {
  it('[E44] payload is handed on where it lay', () => {
    const chunk = clientFrame(BINARY, Buffer.alloc(60_000, 7));
    const heard = new Heard();
    const reader = new WebSocketReader(heard, MAX_MESSAGE);
    reader.push(chunk.subarray(0, 20_000));
    reader.push(chunk.subarray(20_000));
    expect(heard.pieces.map(({ buffer }) => buffer === chunk.buffer)).toEqual([true, true]);
    expect(heard.payload.equals(Buffer.alloc(60_000, 7))).toBe(true);
  });

  it('[E44] bytes fed one by one are handed on one by one, of data without a copy', () => {
    const heard = new Heard();
    const reader = new WebSocketReader(heard, MAX_MESSAGE);
    const bytes = Buffer.from(clientFrame(TEXT, '안녕'.repeat(5_000)));
    let copied = 0;
    for (const byte of bytes) {
      const chunk = Uint8Array.of(byte);
      const before = heard.pieces.length;
      reader.push(chunk);
      for (const piece of heard.pieces.slice(before)) if (piece.buffer !== chunk.buffer) copied += piece.length;
    }
    expect(copied).toBe(0);
    expect(heard).toMatchObject({ text: '안녕'.repeat(5_000), violation: null });
    expect(heard.pieces).toHaveLength(30_000);
  });
});
