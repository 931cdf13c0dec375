import { describe, expect, it } from 'vitest';
import { StompDecoder, type StompFrame } from '../../src/stomp/index.js';
import { byteByByte, decodeAll, decodeText } from './support.js';

describe('frames', () => {
  it('[F1] a frame has command, headers and body, with LF and with CRLF', () => {
    const frame = { command: 'SEND', headers: ['destination', '/rooms/a', 'empty', ''], body: 'hi\r\n' };
    expect(decodeText('SEND\ndestination:/rooms/a\nempty:\n\nhi\r\n\0').events).toEqual([frame]);
    expect(decodeText('SEND\r\ndestination:/rooms/a\r\nempty:\r\n\r\nhi\r\n\0').events).toEqual([frame]);
    expect(decodeText('SEND\r\ndestination:/rooms/a\nempty:\r\n\nhi\r\n\0').events).toEqual([frame]);
  });

  it('[F3] line ends between frames are heart-beats, in their place', () => {
    const a = { command: 'A', headers: [], body: '' };
    expect(decodeText('\n\r\nA\n\n\0\n\nA\n\n\0').events).toEqual([
      'heartbeat',
      'heartbeat',
      a,
      'heartbeat',
      'heartbeat',
      a,
    ]);
  });

  it('[F4] a command nobody knows is passed on', () => {
    expect(decodeText(`${'Z'.repeat(32)}\n\n\0`).events).toEqual([{ command: 'Z'.repeat(32), headers: [], body: '' }]);
  });

  it('[F5] of repeated headers the first one counts, and all are there', () => {
    const [frame] = decodeText('MESSAGE\nfoo:World\nfoo:Hello\n\n\0').frames;
    expect(frame?.header('foo')).toBe('World');
    expect(frame?.header('bar')).toBeUndefined();
    expect(frame?.headers).toEqual(['foo', 'World', 'foo', 'Hello']);
  });

  it('[F8] a value may hold colons and any UTF-8, a byte order mark included', () => {
    const [frame] = decodeText('SEND\na:b:c:\n신발:👟 첼시부츠\nbom:\ufeffx\n\n\0', { version: '1.2' }).frames;
    expect(frame?.headers).toEqual(['a', 'b:c:', '신발', '👟 첼시부츠', 'bom', '\ufeffx']);
  });

  it('[F8] the text of a body is told apart from broken UTF-8', () => {
    const text = (bytes: Buffer): string | null | undefined =>
      decodeAll([Buffer.from('A\n\n'), bytes, Buffer.from([0])]).frames[0]?.text();
    expect(text(Buffer.from('사이즈 270'))).toBe('사이즈 270');
    expect(text(Buffer.from('a real \ufffd'))).toBe('a real \ufffd');
    expect(text(Buffer.from([0x61, 0xff]))).toBeNull();
    expect(text(Buffer.alloc(0))).toBe('');
  });
});

describe('escaping', () => {
  const escaped = 'SEND\na\\cb:1\\n2\\c3\\\\4\\\\n\n\n\0';

  it('[F6] 1.1 and 1.2 undo it in names and values, 1.0 does not', () => {
    expect(decodeText(escaped, { version: '1.0' }).frames[0]?.headers).toEqual(['a\\cb', '1\\n2\\c3\\\\4\\\\n']);
    expect(decodeText(escaped, { version: '1.1' }).frames[0]?.headers).toEqual(['a:b', '1\n2:3\\4\\n']);
    expect(decodeText(escaped, { version: '1.2' }).frames[0]?.headers).toEqual(['a:b', '1\n2:3\\4\\n']);
    expect(decodeText('SEND\na:1\\r2\n\n\0', { version: '1.2' }).frames[0]?.headers).toEqual(['a', '1\r2']);
  });

  it.each(['CONNECT', 'STOMP', 'CONNECTED'])('[F6] %s is never unescaped, whatever the version', (command) => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      expect(decodeText(`${command}\npasscode:a\\c\\t\n\n\0`, { version }).frames[0]?.headers).toEqual([
        'passcode',
        'a\\c\\t',
      ]);
    }
  });

  it('[F7] padding is trimmed in 1.0 and before a version is set, and counts from 1.1 on', () => {
    const padded = 'SEND\n destination\t:\t /rooms/a b \u00a0 \r\n\n\0';
    expect(decodeText(padded).frames[0]?.headers).toEqual(['destination', '/rooms/a b \u00a0']);
    expect(decodeText(padded, { version: '1.0' }).frames[0]?.headers).toEqual(['destination', '/rooms/a b \u00a0']);
    for (const version of ['1.1', '1.2'] as const) {
      expect(decodeText(padded, { version }).frames[0]?.headers).toEqual([' destination\t', '\t /rooms/a b \u00a0 ']);
    }
  });

  it('[F7] a version set with the CONNECT in hand holds for the next frame of the same chunk', () => {
    const seen: (readonly string[])[] = [];
    const decoder: StompDecoder = new StompDecoder({
      frame: (frame: StompFrame) => {
        seen.push(frame.headers);
        decoder.setVersion('1.2');
      },
      heartbeat: () => undefined,
    });
    decoder.push(Buffer.from('CONNECT\nlogin: a\\c\n\n\0SEND\nid: a\\c\n\n\0'));
    expect(seen).toEqual([
      ['login', 'a\\c'],
      ['id', ' a:'],
    ]);
  });
});

describe('bodies', () => {
  it('[F9] a body with content-length holds NULs', () => {
    expect(decodeText('SEND\ncontent-length:5\n\na\0b\0c\0\n').events).toEqual([
      { command: 'SEND', headers: ['content-length', '5'], body: 'a\0b\0c' },
      'heartbeat',
    ]);
  });

  it('[F9] a body without it ends at the first NUL', () => {
    expect(decodeText('SEND\n\nab\0A\n\n\0').events).toEqual([
      { command: 'SEND', headers: [], body: 'ab' },
      { command: 'A', headers: [], body: '' },
    ]);
  });

  it('[F9] a length of nothing, and one with leading zeros, are plain decimals', () => {
    expect(
      decodeText('SEND\ncontent-length:0\n\n\0SEND\ncontent-length:007\n\n1234567\0').frames.map((f) => f.text()),
    ).toEqual(['', '1234567']);
  });
});

describe('life of a decoder', () => {
  it('[F11] after an error nothing more comes out, and nothing more is thrown', () => {
    const decoded = decodeAll([Buffer.from('A\n\n\0b'), Buffer.from('A\n\n\0')]);
    expect(decoded.events).toEqual([{ command: 'A', headers: [], body: '' }]);
    expect(decoded.error?.code).toBe('protocol-error');
    const decoder = new StompDecoder({ frame: () => undefined, heartbeat: () => undefined });
    expect(() => decoder.push(Buffer.from('b'))).toThrow();
    expect(() => decoder.push(Buffer.from('b'))).not.toThrow();
  });

  it('[F11] stopped by a frame, it leaves the rest of the chunk alone', () => {
    const seen: string[] = [];
    const decoder: StompDecoder = new StompDecoder({
      frame: (frame) => {
        seen.push(frame.command);
        if (frame.command === 'DISCONNECT') decoder.stop();
      },
      heartbeat: () => undefined,
    });
    decoder.push(Buffer.from('SEND\n\n\0DISCONNECT\n\n\0SEND\n\n\0rubbish'));
    decoder.push(Buffer.from('SEND\n\n\0'));
    expect(seen).toEqual(['SEND', 'DISCONNECT']);
    expect(decoder.midFrame).toBe(false);
  });

  it('[F11] what its owner throws comes out of push, and the decoder is done', () => {
    const decoder = new StompDecoder({
      frame: () => {
        throw new RangeError('from the owner');
      },
      heartbeat: () => undefined,
    });
    expect(() => decoder.push(Buffer.from('A\n\n\0'))).toThrow(RangeError);
    expect(() => decoder.push(Buffer.from('A\n\n\0'))).not.toThrow();
  });

  it('[F14] a frame begun and not complete is seen, byte by byte', () => {
    const decoder = new StompDecoder({ frame: () => undefined, heartbeat: () => undefined });
    for (const frame of ['SEND\na:b\n\nbody\0', 'SEND\r\ncontent-length:4\r\n\r\nbody\0']) {
      const seen = byteByByte(Buffer.from(`\r\n${frame}\r\n`)).map((byte) => {
        decoder.push(byte);
        return decoder.midFrame;
      });
      const inside = frame.length - 1;
      expect(seen).toEqual([false, false, ...Array.from({ length: inside }, () => true), false, false, false]);
    }
  });
});
