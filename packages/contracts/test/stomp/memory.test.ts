import { MAX_FRAME_BODY_BYTES, MAX_FRAME_HEADER_BYTES } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { Accumulator } from '../../src/stomp/accumulator.js';
import { HeaderScanner } from '../../src/stomp/header-scanner.js';
import { encodeFrame, StompDecoder, type StompFrame } from '../../src/stomp/index.js';
import { byteByByte, decodeAll } from './support.js';

const KIB = 1024;
const SLAB_BYTES = 8 * KIB;
const sendOf = (bodyBytes: number): Buffer =>
  encodeFrame('1.2', 'SEND', { destination: '/x' }, Buffer.alloc(bodyBytes, 'x'));

const collecting = (): { decoder: StompDecoder; frames: StompFrame[] } => {
  const frames: StompFrame[] = [];
  return { decoder: new StompDecoder({ frame: (f) => frames.push(f), heartbeat: () => undefined }), frames };
};

describe('copying', () => {
  it('[F12] bytes that arrive one by one are copied less than three times each on average', () => {
    const accumulator = new Accumulator();
    const byte = Buffer.from('x');
    let copied = 0;
    let capacity = 0;
    for (let i = 0; i < MAX_FRAME_BODY_BYTES; i++) {
      const before = accumulator.length;
      accumulator.append(byte, 0, 1, MAX_FRAME_BODY_BYTES);
      copied += accumulator.capacity === capacity ? 1 : before + 1;
      capacity = accumulator.capacity;
    }
    expect(copied).toBeLessThan(3 * MAX_FRAME_BODY_BYTES);
    expect(capacity).toBe(MAX_FRAME_BODY_BYTES);
  });

  it('[F12] a byte of the headers is read once, however they were cut', () => {
    let reads = 0;
    // Counts element reads: what is looked at again would be counted again.
    const watched = (bytes: Buffer): Buffer =>
      new Proxy(bytes, {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
          const value: unknown = Reflect.get(target, key, target);
          return value;
        },
      });
    const scanner = new HeaderScanner({ maxCommandBytes: 32, maxHeaders: 64, maxHeaderBytes: MAX_FRAME_HEADER_BYTES });
    const section = Buffer.from(`SEND\n${'name:value\r\n'.repeat(60)}\n`);
    const ends = byteByByte(section).map((byte) => scanner.scan(watched(byte), 0));
    expect(ends).toEqual([...Array.from({ length: section.length - 1 }, () => -1), 1]);
    expect(reads).toBe(section.length);
  });

  it('[F12] fifty of the largest frames byte by byte, sized and open, come through whole', () => {
    const sized = sendOf(MAX_FRAME_BODY_BYTES);
    const open = Buffer.concat([Buffer.from('SEND\n\n'), Buffer.alloc(MAX_FRAME_BODY_BYTES, 'y'), Buffer.from([0])]);
    const { decoder, frames } = collecting();
    for (let round = 0; round < 25; round++) {
      for (const frame of [sized, open]) for (let i = 0; i < frame.length; i++) decoder.push(frame.subarray(i, i + 1));
    }
    expect(frames.map((f) => f.body.length)).toEqual(Array.from({ length: 50 }, () => MAX_FRAME_BODY_BYTES));
  });
});

describe('holding', () => {
  it('[F13] a small body out of a large chunk pins a slab at most', () => {
    const frames = Array.from({ length: 500 }, () => sendOf(50));
    const chunk = Buffer.concat([...frames, sendOf(64 * KIB)]);
    const decoded = decodeAll([chunk]).frames;
    expect(decoded).toHaveLength(501);
    for (const { body } of decoded.slice(0, 500)) expect(body.buffer.byteLength).toBeLessThanOrEqual(SLAB_BYTES);
  });

  it('[F13] a large body has memory of its own, whole or in pieces', () => {
    const frame = sendOf(40 * KIB);
    const open = Buffer.concat([Buffer.from('SEND\n\n'), Buffer.alloc(40 * KIB, 'y'), Buffer.from([0])]);
    for (const chunks of [
      [frame],
      [frame.subarray(0, 100), frame.subarray(100)],
      byteByByte(frame),
      byteByByte(open),
    ]) {
      const [body] = decodeAll(chunks).frames.map((f) => f.body);
      expect(body).toHaveLength(40 * KIB);
      expect(body?.buffer.byteLength).toBeLessThanOrEqual(80 * KIB);
    }
  });

  it('[F13] the bytes of a chunk may change once it is decoded', () => {
    const { decoder, frames } = collecting();
    const chunk = Buffer.from('SEND\nid:sub-0\n\nhello\0SEND\nid:sub-1\n\nwor');
    decoder.push(chunk);
    chunk.fill('!');
    decoder.push(Buffer.from('ld\0'));
    expect(frames.map((f) => [f.header('id'), f.text()])).toEqual([
      ['sub-0', 'hello'],
      ['sub-1', 'world'],
    ]);
  });

  it('[F13] between frames, and after an error, a decoder holds nothing', () => {
    const { decoder } = collecting();
    const frame = sendOf(10 * KIB);
    decoder.push(frame.subarray(0, 5000));
    expect(decoder.heldBytes).toBeGreaterThan(0);
    decoder.push(frame.subarray(5000));
    expect(decoder.heldBytes).toBe(0);
    decoder.push(Buffer.from('SEND\nhalf:'));
    expect(() => decoder.push(Buffer.from('\0'))).toThrow();
    expect(decoder.heldBytes).toBe(0);
  });

  it('[F10] [I10] headers and bodies that never end hold no more than their limits', () => {
    for (const [start, limit] of [
      ['SEND\nk:', MAX_FRAME_HEADER_BYTES],
      ['SEND\n\n', MAX_FRAME_BODY_BYTES],
      ['SEND\ncontent-length:65536\n\n', MAX_FRAME_BODY_BYTES],
    ] as const) {
      const { decoder } = collecting();
      decoder.push(Buffer.from(start));
      let most = 0;
      const endless = (): void => {
        for (let i = 0; i < 100; i++) {
          decoder.push(Buffer.alloc(999, 'x'));
          most = Math.max(most, decoder.heldBytes);
        }
      };
      expect(endless).toThrow();
      expect(most).toBeLessThanOrEqual(limit);
    }
  });

  it('[F10] an announced body costs no memory before it comes', () => {
    const { decoder } = collecting();
    decoder.push(Buffer.from('SEND\ncontent-length:65536\n\nx'));
    expect(decoder.heldBytes).toBeLessThanOrEqual(256);
  });

  it('[F10] at the limit exactly all is well', () => {
    const headers = 'k:v\n'.repeat(63);
    const last = `k:${'v'.repeat(MAX_FRAME_HEADER_BYTES - 'A\n'.length - headers.length - 'k:\n\n'.length)}\n`;
    const input = Buffer.from(`A\n${headers}${last}\n${'x'.repeat(MAX_FRAME_BODY_BYTES)}\0`);
    const { frames, error } = decodeAll([input]);
    expect(error).toBeNull();
    expect(frames.map((f) => [f.headers.length / 2, f.body.length])).toEqual([[64, MAX_FRAME_BODY_BYTES]]);
  });
});
