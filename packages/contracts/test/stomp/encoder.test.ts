import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, HEARTBEAT, STOMP_VERSIONS, type StompVersion } from '../../src/stomp/index.js';
import { cut, decodeAll, decodeText, type PlainFrame } from './support.js';

const UNESCAPED = ['CONNECT', 'STOMP', 'CONNECTED'];

/** Characters that matter to the codec, and some that should not. */
const character = fc.constantFrom(
  '\\',
  ':',
  '\n',
  '\r',
  'n',
  'c',
  'r',
  ' ',
  '\t',
  'a',
  'Z',
  '0',
  '한',
  'é',
  '👟',
  '\ufeff',
);
const anyText = fc.oneof(fc.string({ unit: character, maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }));

/** Text that the version can carry in such a frame. */
const expressible = (version: StompVersion, command: string, text: string): string => {
  const noNul = text.replaceAll('\0', '0');
  if (version === '1.2' && !UNESCAPED.includes(command)) return noNul;
  if (version === '1.1' && !UNESCAPED.includes(command)) return noNul.replaceAll('\r', 'r');
  const flat = noNul.replace(/[\r\n]/g, '-');
  return version === '1.0' ? flat.replace(/^[ \t]+|[ \t]+$/g, '') : flat;
};

const command = fc.oneof(
  fc.constantFrom('SEND', 'MESSAGE', 'RECEIPT', 'ERROR', ...UNESCAPED),
  fc.string({ unit: fc.constantFrom('A', 'M', 'Z'), minLength: 1, maxLength: 32 }),
);

interface Outgoing {
  readonly command: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
}

const outgoing = (version: StompVersion): fc.Arbitrary<Outgoing> =>
  fc
    .record({
      command,
      headers: fc.array(fc.tuple(anyText, anyText), { maxLength: 6 }),
      body: fc.option(
        fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b)),
        { nil: undefined },
      ),
    })
    .map((parts) => {
      const fit = (text: string): string => expressible(version, parts.command, text);
      const plainName = version === '1.0' || UNESCAPED.includes(parts.command);
      const entries = parts.headers.map(
        ([name, value]) => [`x${fit(plainName ? name.replaceAll(':', '') : name)}x`, fit(value)] as const,
      );
      return { command: parts.command, headers: Object.fromEntries(entries), body: parts.body };
    });

const expected = ({ command: name, headers, body }: Outgoing): PlainFrame => ({
  command: name,
  headers: [...Object.entries(headers).flat(), ...(body === undefined ? [] : ['content-length', String(body.length)])],
  body: (body ?? Buffer.alloc(0)).toString('latin1'),
});

const encode = (version: StompVersion, f: Outgoing): Buffer => encodeFrame(version, f.command, f.headers, f.body);

describe.each(STOMP_VERSIONS)('round trips in %s', (version) => {
  it('[F15] what is encoded is decoded the same', () => {
    fc.assert(
      fc.property(outgoing(version), (frame) => {
        const { events, error } = decodeAll([encode(version, frame)], { version });
        expect({ events, error }).toEqual({ events: [expected(frame)], error: null });
      }),
      { numRuns: 500 },
    );
  });

  it('[F2] any frames and heart-beats, cut anywhere, come out the same', () => {
    const piece = fc.oneof(
      { weight: 4, arbitrary: outgoing(version) },
      { weight: 1, arbitrary: fc.constant('heartbeat' as const) },
    );
    const places = fc.array(fc.nat({ max: 5000 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), places, (pieces, at) => {
        const bytes = Buffer.concat(pieces.map((p) => (p === 'heartbeat' ? HEARTBEAT : encode(version, p))));
        const { events, error } = decodeAll(cut(bytes, at), { version });
        expect(error).toBeNull();
        expect(events).toEqual(pieces.map((p) => (p === 'heartbeat' ? p : expected(p))));
      }),
      { numRuns: 300 },
    );
  });

  it('[F16] whatever a header value holds, it stays one header of one frame', () => {
    fc.assert(
      fc.property(command, anyText, (name, value) => {
        const { frames, error } = decodeAll([encodeFrame(version, name, { hostile: value, last: 'here' })], {
          version,
        });
        expect(error).toBeNull();
        expect(frames.map((f) => f.header('last'))).toEqual(['here']);
        expect(frames[0]?.headers).toHaveLength(4);
      }),
      { numRuns: 500 },
    );
  });
});

describe('any bytes', () => {
  it('[F2] arbitrary near-frames, cut anywhere, give the same frames and the same error', () => {
    const token = fc.constantFrom(
      'SEND',
      '\n',
      '\r\n',
      '\r',
      ':',
      'a',
      '\\n',
      '\\t',
      '\0',
      'content-length:3',
      ' ',
      '한',
      '\n\n',
      'A\n\n\0',
    );
    const input = fc.array(token, { maxLength: 30 }).map((tokens) => Buffer.from(tokens.join('')));
    const version = fc.constantFrom(...STOMP_VERSIONS);
    const limits = fc.record({ maxHeaders: fc.nat(3), maxHeaderBytes: fc.nat(30), maxBodyBytes: fc.nat(6) });
    fc.assert(
      fc.property(input, fc.array(fc.nat({ max: 200 })), version, limits, (bytes, at, v, l) => {
        const options = { version: v, limits: l };
        expect(decodeAll(cut(bytes, at), options)).toEqual(decodeAll([bytes], options));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('the bytes of a frame', () => {
  const text = (frame: Buffer): string => frame.toString();

  it('[F15] content-length counts bytes, is there for an empty body, and not without one', () => {
    expect(text(encodeFrame('1.2', 'MESSAGE', { seq: 7, ack: undefined }, '안녕'))).toBe(
      'MESSAGE\nseq:7\ncontent-length:6\n\n안녕\0',
    );
    expect(text(encodeFrame('1.2', 'MESSAGE', {}, ''))).toBe('MESSAGE\ncontent-length:0\n\n\0');
    expect(text(encodeFrame('1.2', 'RECEIPT', { 'receipt-id': 'r1' }))).toBe('RECEIPT\nreceipt-id:r1\n\n\0');
    expect(text(encodeFrame('1.2', 'SEND', { 'content-length': 99 }, 'ab'))).toBe('SEND\ncontent-length:2\n\nab\0');
  });

  it('[F15] text and its bytes give the same frame, small and large', () => {
    for (const body of ['', 'x', '한'.repeat(2000)]) {
      expect(encodeFrame('1.2', 'SEND', {}, body)).toEqual(
        encodeFrame('1.2', 'SEND', {}, new TextEncoder().encode(body)),
      );
    }
  });

  it('[F6] a colon is escaped from 1.1 on, a carriage return in 1.2, and nothing in CONNECTED', () => {
    const id = { 'message-id': 'r1:7\r\\\n' };
    expect(text(encodeFrame('1.0', 'MESSAGE', id))).toBe('MESSAGE\nmessage-id:r1:7 \\ \n\n\0');
    expect(text(encodeFrame('1.1', 'MESSAGE', id))).toBe('MESSAGE\nmessage-id:r1\\c7 \\\\\\n\n\n\0');
    expect(text(encodeFrame('1.2', 'MESSAGE', id))).toBe('MESSAGE\nmessage-id:r1\\c7\\r\\\\\\n\n\n\0');
    expect(text(encodeFrame('1.2', 'CONNECTED', id))).toBe('CONNECTED\nmessage-id:r1:7 \\ \n\n\0');
  });

  it('[F16] line ends in the name of a user forge no header', () => {
    const { frames } = decodeText(
      text(encodeFrame('1.2', 'CONNECTED', { 'user-name': 'x\nrole:admin\0', version: '1.2' })),
    );
    expect(frames.map((f) => f.headers)).toEqual([['user-name', 'x role:admin', 'version', '1.2']]);
  });

  it('[F16] a header name that cannot be expressed is refused', () => {
    expect(() => encodeFrame('1.0', 'SEND', { 'a:b': 'c' })).toThrow(RangeError);
    expect(() => encodeFrame('1.2', 'CONNECTED', { 'a:b': 'c' })).toThrow(RangeError);
    expect(() => encodeFrame('1.2', 'SEND', { '': 'c' })).toThrow(RangeError);
    expect(text(encodeFrame('1.2', 'SEND', { 'a:b': 'c' }))).toBe('SEND\na\\cb:c\n\n\0');
  });

  it('[F13] an encoded frame keeps a slab of 8 KiB alive at most, and no other frame changes it', () => {
    const frames = Array.from({ length: 100 }, (_, i) =>
      encodeFrame('1.2', 'MESSAGE', { seq: i }, `body ${String(i)}`),
    );
    frames.forEach((frame, i) => {
      expect(frame.buffer.byteLength).toBeLessThanOrEqual(8 * 1024);
      expect(text(frame)).toContain(`seq:${String(i)}\n`);
      expect(text(frame)).toContain(`\n\nbody ${String(i)}\0`);
    });
  });

  it('[F3] the heart-beat is one line end', () => {
    expect(decodeAll([HEARTBEAT]).events).toEqual(['heartbeat']);
  });
});
