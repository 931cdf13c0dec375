import { once } from 'node:events';
import { createRequire } from 'node:module';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { FrameImpl, Parser } from '@stomp/stompjs';
import { describe, expect, it } from 'vitest';
import { encodeFrame, HEARTBEAT, type StompVersion } from '../../src/stomp/index.js';
import { byteByByte, decodeAll, type Decoded } from './support.js';

/** What is used of stompit, which has no types of its own. */
interface Stompit {
  readonly OutgoingFrameStream: new (destination: Writable) => {
    setVersion(version: string): boolean;
    heartbeat(): void;
    frame(command: string, headers: Record<string, string>): Writable;
  };
  readonly IncomingFrameStream: new () => Writable & Readable & { setVersion(version: string): boolean };
}
const stompit = createRequire(import.meta.url)('stompit') as Stompit;

const HEADERS = { destination: '/rooms/r-1/messages', receipt: 'r:1', note: '첼시부츠: a\\b\nnext' };
const BODY = '{"type":"TEXT","content":"사이즈 270 있나요? 👟"}';
const PLAIN = { destination: '/rooms/r-1/messages', note: '첼시부츠' };

const named = (decoded: Decoded): unknown[] =>
  decoded.frames.map((f) => ({ command: f.command, ...Object.fromEntries(pairs(f.headers)), text: f.text() }));
const pairs = (flat: readonly string[]): (readonly [string, string])[] =>
  flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []));

const bytesOf = (serialized: string | ArrayBuffer): Buffer =>
  typeof serialized === 'string' ? Buffer.from(serialized) : Buffer.from(serialized);
const bodyBytes = String(Buffer.byteLength(BODY));

describe('@stomp/stompjs', () => {
  const marshall = (
    command: string,
    headers: Record<string, string>,
    escapeHeaderValues: boolean,
    body?: string,
  ): Buffer => bytesOf(FrameImpl.marshall({ command, headers, body, escapeHeaderValues }));

  it.each(['1.1', '1.2'] as const)('[F19] its frames are decoded in %s', (version) => {
    const stream = Buffer.concat([
      marshall('CONNECT', { 'accept-version': '1.2,1.1', passcode: 'a:b\\c' }, true),
      HEARTBEAT,
      marshall('SEND', HEADERS, true, BODY),
      marshall('DISCONNECT', { receipt: 'bye' }, true),
    ]);
    for (const chunks of [[stream], byteByByte(stream)]) {
      expect(named(decodeAll(chunks, { version }))).toEqual([
        { command: 'CONNECT', 'accept-version': '1.2,1.1', passcode: 'a:b\\c', text: '' },
        { command: 'SEND', ...HEADERS, 'content-length': bodyBytes, text: BODY },
        { command: 'DISCONNECT', receipt: 'bye', text: '' },
      ]);
    }
  });

  it('[F19] its frames are decoded in 1.0, without content-length, and with a binary body', () => {
    const unsized = FrameImpl.marshall({ command: 'SEND', headers: PLAIN, body: BODY, skipContentLengthHeader: true });
    const binary = FrameImpl.marshall({ command: 'SEND', headers: PLAIN, binaryBody: new Uint8Array([0, 255, 0]) });
    expect(named(decodeAll([bytesOf(unsized)]))).toEqual([{ command: 'SEND', ...PLAIN, text: BODY }]);
    expect(decodeAll([bytesOf(binary)]).frames[0]?.body).toEqual(Buffer.from([0, 255, 0]));
  });

  it.each(['1.0', '1.1', '1.2'] as const)('[F19] it decodes ours in %s', (version: StompVersion) => {
    const headers = version === '1.0' ? PLAIN : { ...PLAIN, 'message-id': 'r-1:7', note: 'two\nlines' };
    const seen: unknown[] = [];
    const parser = new Parser(
      (raw) => {
        const frame = FrameImpl.fromRawFrame(raw, version !== '1.0');
        seen.push({ command: frame.command, headers: { ...frame.headers }, body: frame.body });
      },
      () => seen.push('heartbeat'),
    );
    const connected = encodeFrame(version, 'CONNECTED', { 'user-name': 'a:b', version });
    const message = encodeFrame(version, 'MESSAGE', headers, BODY);
    for (const bytes of [connected, HEARTBEAT, message]) parser.parseChunk(new Uint8Array(bytes).buffer);
    expect(seen).toEqual([
      { command: 'CONNECTED', headers: { 'user-name': 'a:b', version }, body: '' },
      'heartbeat',
      { command: 'MESSAGE', headers: { ...headers, 'content-length': bodyBytes }, body: BODY },
    ]);
  });
});

describe('stompit', () => {
  it.each(['1.0', '1.1', '1.2'] as const)('[F19] its frames are decoded in %s', async (version) => {
    const headers = version === '1.0' ? PLAIN : HEADERS;
    const socket = new PassThrough();
    const outgoing = new stompit.OutgoingFrameStream(socket);
    outgoing.setVersion(version);
    outgoing.heartbeat();
    for (const sent of [{ ...headers, 'content-length': bodyBytes }, headers]) {
      const frame = outgoing.frame('SEND', sent);
      frame.end(BODY);
      await once(frame, 'finish');
    }
    const stream = socket.read() as Buffer;
    const expected = [
      { command: 'SEND', ...headers, 'content-length': bodyBytes, text: BODY },
      { command: 'SEND', ...headers, text: BODY },
    ];
    for (const chunks of [[stream], byteByByte(stream)]) {
      const decoded = decodeAll(chunks, { version });
      expect(named(decoded)).toEqual(expected);
      expect(decoded.events.filter((e) => e === 'heartbeat')).toHaveLength(3);
    }
  });

  it.each(['1.0', '1.1', '1.2'] as const)('[F19] it decodes ours in %s', async (version: StompVersion) => {
    const headers = version === '1.0' ? PLAIN : HEADERS;
    const incoming = new stompit.IncomingFrameStream();
    incoming.setVersion(version);
    incoming.write(encodeFrame(version, 'MESSAGE', headers, BODY));
    const [frame] = (await once(incoming, 'data')) as [
      Readable & { command: string; headers: Record<string, unknown> },
    ];
    const parts: Buffer[] = [];
    for await (const part of frame) parts.push(part as Buffer);
    expect(frame.command).toBe('MESSAGE');
    expect(frame.headers).toEqual({ ...headers, 'content-length': Number(bodyBytes) });
    expect(Buffer.concat(parts).toString()).toBe(BODY);
  });
});
