/** The WebSocket transport before peers that do not keep to the protocol, or not to its manners. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { CLOSE_HANDSHAKE_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketTransport } from '../../src/transports/websocket-transport.js';
import { clientFrame, CLOSE, closePayload, PING, TEXT } from './client-frames.js';

const WAIT = { timeout: 5_000, interval: 2 };
const NOTHING = Buffer.alloc(0);

describe('a WebSocket transport', () => {
  let manual: ManualRuntime;
  let server: net.Server;
  let peer: net.Socket;
  let transport: WebSocketTransport;
  /** What the peer got. */
  let got: Buffer;
  let peerEnded: boolean;
  let said: string;
  let closes: number;

  beforeEach(async () => {
    manual = new ManualRuntime();
    [got, peerEnded, said, closes] = [NOTHING, false, '', 0];
    const accepted = Promise.withResolvers<net.Socket>();
    server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, accepted.resolve);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    peer = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    peer
      .on('data', (chunk: Buffer) => (got = Buffer.concat([got, chunk])))
      .on('end', () => (peerEnded = true))
      .on('error', () => undefined);
    transport = new WebSocketTransport(await accepted.promise, clientFrame(TEXT, 'first '), manual.timers);
    transport.open({
      onData: (chunk) => (said += Buffer.from(chunk).toString()),
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => closes++,
    });
  });
  afterEach(async () => {
    peer.destroy();
    transport.destroy();
    await new Promise((resolve) => server.close(resolve));
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(0);
    await expect.poll(() => closes, WAIT).toBe(1);
  });
  const gets = async (hex: string): Promise<void> => {
    await expect.poll(() => got.toString('hex'), WAIT).toBe(hex);
  };
  const hasEnded = async (): Promise<void> => {
    await expect.poll(() => peerEnded, WAIT).toBe(true);
  };
  const isClosed = async (): Promise<void> => {
    await expect.poll(() => closes, WAIT).toBe(1);
  };
  const closeOf = (code: number, reason = ''): string =>
    Buffer.concat([Buffer.of(0x88, 2 + reason.length), closePayload(code, reason)]).toString('hex');

  it('[E40] [E44] reads what came with the upgrade before anything else', async () => {
    peer.write(clientFrame(TEXT, 'second'));
    await expect.poll(() => said, WAIT).toBe('first second');
  });

  it('[E46] answers a ping with its payload, between two fragments too', async () => {
    peer.write(clientFrame(TEXT, 'one', { fin: false }));
    peer.write(clientFrame(PING, 'are you there?'));
    await gets(Buffer.from('\x8a\x0eare you there?', 'latin1').toString('hex'));
  });

  it.each([1000, 1001, 4321])('[E45] answers a close of %i with its code, and ends first', async (code) => {
    peer.write(Buffer.concat([clientFrame(CLOSE, closePayload(code, 'bye')), clientFrame(TEXT, 'behind')]));
    await gets(closeOf(code));
    await hasEnded();
    transport.write(transport.framing.wrap(Buffer.from('late')));
    expect(closes).toBe(0);
    peer.end();
    await isClosed();
    expect(said).toBe('first ');
    expect(got.toString('hex')).toBe(closeOf(code));
  });

  it('[E45] answers a close without a code with none', async () => {
    peer.write(clientFrame(CLOSE));
    await gets('8800');
    peer.end();
    await isClosed();
  });

  it('[E45] waits for the answer to its own close, and ends behind it', async () => {
    transport.end({ frame: Buffer.from('ERROR'), code: 4008, reason: 'why' });
    await gets(`8105${Buffer.from('ERROR').toString('hex')}${closeOf(4008, 'why')}`);
    expect(peerEnded).toBe(false);
    peer.write(clientFrame(TEXT, 'still under way'));
    peer.write(clientFrame(CLOSE, closePayload(4008)));
    await hasEnded();
    peer.end();
    await isClosed();
    expect(said).toBe('first ');
  });

  it('[E45] [I10] waits for a close no longer than CLOSE_HANDSHAKE_MS, whoever began it', async () => {
    transport.end({ frame: null, code: 1000, reason: '' });
    await gets(closeOf(1000));
    await manual.advance(CLOSE_HANDSHAKE_MS - 1);
    expect(closes).toBe(0);
    await manual.advance(1);
    await isClosed();
  });

  it.each<[string, Buffer, string]>([
    ['a frame that is not masked', clientFrame(TEXT, 'x', { mask: null }), closeOf(1002, 'a frame is not masked')],
    ['a text that is no UTF-8', clientFrame(TEXT, Buffer.of(0xff)), closeOf(1007, 'a text is no UTF-8')],
    ['a message that is too long', clientFrame(TEXT, '', { says: 1e6 }), closeOf(1009, 'too-large')],
  ])('[E42, E43] answers %s with a close, then ends and reads nothing', async (_what, bytes, close) => {
    peer.write(Buffer.concat([clientFrame(TEXT, 'before'), bytes, clientFrame(TEXT, 'behind')]));
    await gets(close);
    await hasEnded();
    peer.write(Buffer.alloc(1_000_000, 0xff));
    await expect.poll(() => peer.writableLength, WAIT).toBe(0);
    expect(said).toBe('first before');
    await manual.advance(CLOSE_HANDSHAKE_MS);
    await isClosed();
  });

  it('[E42] [I10] a violation is answered and over in time though reading is paused', async () => {
    peer.write(clientFrame(TEXT, 'x', { mask: null }));
    transport.pause();
    transport.resume();
    await hasEnded();
    transport.pause();
    peer.end(Buffer.alloc(1_000_000));
    await isClosed();
  });

  it('[E45] a peer that ends its side without a close gets what is under way, then the end', async () => {
    const last = transport.framing.wrap(Buffer.alloc(100_000, 0x61));
    transport.write(last);
    peer.end();
    await hasEnded();
    await isClosed();
    expect(got.length).toBe(last.length);
  });

  it('[E45] [I10] a peer that ends its side and does not read is dropped in time', async () => {
    peer.pause();
    while (transport.queuedBytes < 1_000_000) transport.write(Buffer.alloc(500_000));
    peer.end();
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(1);
    await manual.advance(CLOSE_HANDSHAKE_MS);
    await isClosed();
  });
});
