/** The reader of client frames against `ws`: its sender writes what ours reads, its receiver reads the same bytes. */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unmask } from '../../src/transports/unmask.js';
import { Utf8Stream } from '../../src/transports/utf8-stream.js';
import {
  BINARY,
  clientFrame,
  CLOSE,
  closePayload,
  CONTINUATION,
  MAX_MESSAGE,
  PING,
  PONG,
  read,
  TEXT,
} from './client-frames.js';
import { Receiver, Sender } from './ws-parts.js';

type Mask = [number, number, number, number];
const byte = fc.integer({ min: 0, max: 255 });
const mask: fc.Arbitrary<Mask> = fc.oneof(fc.tuple(byte, byte, byte, byte), fc.constant<Mask>([0, 0, 0, 0]));
const small = fc.uint8Array({ maxLength: 40 });
const sized = fc.constantFrom(125, 126, 127, 65_535, 65_536, 100_000).map((size) => new Uint8Array(size).fill(0x61));
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 30 }));

/** Some control frame, or none. */
const control = fc.option(
  fc.record({ opcode: fc.constantFrom(PING, PONG), payload: fc.uint8Array({ maxLength: 125 }), mask }),
  { nil: null },
);

/** One message in fragments, control frames among them. */
const message = fc
  .record({
    opcode: fc.constantFrom(TEXT, BINARY),
    payload: fc.oneof({ arbitrary: text.map((t) => Buffer.from(t.toWellFormed())), weight: 4 }, small, sized),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    masks: fc.array(mask, { minLength: 5, maxLength: 5 }),
    controls: fc.array(control, { minLength: 5, maxLength: 5 }),
  })
  .map(({ opcode, payload, cuts, masks, controls }) => {
    const kind = opcode === TEXT && !isUtf8(payload) ? BINARY : opcode;
    const ends = [...cuts.map((cut) => Math.floor(cut * payload.length)).sort((a, b) => a - b), payload.length];
    return ends.flatMap((end, i) => {
      const piece = payload.subarray(ends[i - 1] ?? 0, end);
      const options = { fin: i === ends.length - 1, mask: masks[i] ?? [1, 2, 3, 4] };
      const extra = controls[i] ?? null;
      return [
        ...(extra === null ? [] : [clientFrame(extra.opcode, extra.payload, { mask: extra.mask })]),
        clientFrame(i === 0 ? kind : CONTINUATION, piece, options),
      ];
    });
  });

/** What may go wrong, once, as a last frame. */
const ending = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.constantFrom(1000, 1001, 3000, 4999, 999, 1005, 1006, 1015, 2999, 5000).map((c) => frameOfClose(c)),
  fc.constant(clientFrame(CLOSE)),
  fc.constant(clientFrame(CLOSE, 'x')),
  fc.integer({ min: 1, max: 7 }).map((reserved) => clientFrame(TEXT, 'x', { reserved })),
  fc.constantFrom(3, 7, 11, 15).map((opcode) => clientFrame(opcode, 'x')),
  fc.constant(clientFrame(CONTINUATION, 'x')),
  fc.constant(clientFrame(TEXT, 'x', { mask: null })),
  fc.constant(clientFrame(PING, 'x', { fin: false })),
  fc.constant(clientFrame(PING, 'x'.repeat(126))),
  fc.constant(clientFrame(BINARY, '', { says: MAX_MESSAGE + 1 })),
  small.filter((bytes) => !isUtf8(bytes)).map((bytes) => clientFrame(TEXT, bytes)),
);
const frameOfClose = (code: number): Buffer => clientFrame(CLOSE, closePayload(code, 'why'));

const splitBy = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
};

interface Reference {
  readonly messages: Buffer;
  readonly pings: string[];
  readonly peerClose: number | null | undefined;
  readonly violation: number | null;
}

/** What `ws` makes of the bytes. */
const reference = (bytes: Buffer): Promise<Reference> =>
  new Promise((resolve) => {
    const receiver = new Receiver({ isServer: true, maxPayload: MAX_MESSAGE });
    const messages: Buffer[] = [];
    const pings: string[] = [];
    const seen = { peerClose: undefined as number | null | undefined, violation: null as number | null };
    const done = (): void => resolve({ messages: Buffer.concat(messages), pings, ...seen });
    receiver
      .on('message', (data: Buffer) => messages.push(data))
      .on('ping', (data: Buffer) => pings.push(data.toString('latin1')))
      // A code of 1005 stands for none.
      .on('conclude', (code: number) => (seen.peerClose = code === 1005 ? null : code))
      .on('error', (error: Error) => {
        const [code] = Object.getOwnPropertySymbols(error).map((key) => (error as never)[key] as number);
        seen.violation = code ?? null;
        done();
      });
    receiver.write(Buffer.from(bytes), (error) => {
      if (error === null || error === undefined) done();
    });
  });

it('[E42, E43, E44, E45, E46] any cutting of any frames is read as `ws` reads them', async () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 5 }), ending, cuts, async (messages, last, splits) => {
      const bytes = Buffer.concat([...messages.flat(), last]);
      const ours = read(...splitBy(bytes, splits));
      const theirs = await reference(bytes);
      expect(ours.pings).toEqual(theirs.pings);
      expect(ours.violation).toBe(theirs.violation);
      expect(ours.peerClose).toBe(theirs.peerClose);
      // Ours hands on what a message begins with, though its end is broken.
      expect(ours.payload.subarray(0, theirs.messages.length).equals(theirs.messages)).toBe(true);
      if (theirs.violation === null) expect(ours.payloadBytes).toBe(theirs.messages.length);
    }),
    { numRuns: 400 },
  );
});

it('[E44] fed byte by byte it is the same', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 3 }), ending, (messages, last) => {
      const bytes = Buffer.concat([...messages.flat(), last]).subarray(0, 20_000);
      const [bytewise, whole] = [read(...[...bytes].map((b) => Uint8Array.of(b))), read(bytes)];
      // Where a text is no UTF-8 is found earlier or later.
      const most = bytewise.violation === 1007 ? whole.payloadBytes : bytewise.payloadBytes;
      expect(bytewise.payload.subarray(0, most).equals(whole.payload)).toBe(true);
      expect(bytewise.facts).toEqual({ ...whole.facts, payload: expect.any(String) as unknown });
    }),
    { numRuns: 100 },
  );
});

it('[E42, E46] what the sender of `ws` writes is read as it was meant', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(TEXT, PING), text), { maxLength: 10 }), (said) => {
      const meant = said.map(([opcode, t]) => [opcode, Buffer.from(t.toWellFormed()).subarray(0, 120)] as const);
      const sent = meant.filter(([opcode, data]) => opcode === PING || isUtf8(data));
      const frames = sent.flatMap(([opcode, data]) =>
        Sender.frame(Buffer.from(data), { opcode, fin: true, rsv1: false, mask: true, readOnly: false }),
      );
      const heard = read(...frames);
      const of = (opcode: number): Buffer[] => sent.filter(([o]) => o === opcode).map(([, data]) => data);
      expect(heard.payload.equals(Buffer.concat(of(TEXT)))).toBe(true);
      expect(heard.pings).toEqual(of(PING).map((data) => data.toString('latin1')));
      expect(heard.violation).toBeNull();
    }),
  );
});

it('[E42] a mask comes off in place whatever the place, the length and the phase', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(9), mask, fc.nat(7), (payload, before, bits, phase) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 9), payload, Buffer.alloc(3, 9)]);
      unmask(bytes, before, before + payload.length, Buffer.from(bits).readInt32BE(), phase);
      const expected = payload.map((b, i) => b ^ (bits[(i + phase) % 4] ?? 0));
      expect(bytes.equals(Buffer.concat([Buffer.alloc(before, 9), expected, Buffer.alloc(3, 9)]))).toBe(true);
    }),
  );
});

it('[E43] UTF-8 in pieces is judged as in one', () => {
  const piece = fc.oneof(
    text.map((t) => Buffer.from(t)),
    small,
    fc.constantFrom('e2', '82', 'ac', 'f0', '9f', '91', '9f', 'c3', 'ed', 'a0').map((hex) => Buffer.from(hex, 'hex')),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const stream = new Utf8Stream();
      const judged = pieces.every((p) => stream.push(p)) && stream.end();
      expect(judged).toBe(isUtf8(Buffer.concat(pieces)));
    }),
    { numRuns: 2_000 },
  );
});
