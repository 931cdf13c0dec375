/** WebSockets and HTTP on one port, with a real HTTP server behind the first look. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { UPGRADE_HEAD_MAX_PIECES, UPGRADE_LOOK_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharePort } from '../../src/transports/shared-port.js';
import { agree } from '../../src/transports/websocket-handshake.js';
import { WebSocketTransport } from '../../src/transports/websocket-transport.js';
import { clientFrame, TEXT } from './client-frames.js';

const UPGRADE = [
  'GET /ws HTTP/1.1',
  'Host: a',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const WAIT = { timeout: 5_000, interval: 2 };

/** Bytes to the port, and all that came back. */
class Peer {
  readonly socket: net.Socket;
  readonly #chunks: Buffer[] = [];
  hasEnded = false;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.socket
      .on('data', (chunk: Buffer) => this.#chunks.push(chunk))
      .on('end', () => (this.hasEnded = true))
      .on('error', () => undefined);
  }

  get heard(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  say(...parts: readonly (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  async hears(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.heard, WAIT).toMatch(pattern);
  }
}

describe('a port for WebSockets and HTTP', () => {
  let manual: ManualRuntime;
  let server: Server;
  let peers: Peer[];
  /** What WebSocket clients said. */
  let said: string;
  let upgrades: number;
  /** Begins to read a connection to `/ws?later`. */
  let later: () => void;
  /** Sockets that the HTTP server was given. */
  let served: number;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => response.end(`[${String(request.url)} ${Buffer.concat(chunks).toString()}]`));
  };
  beforeEach(async () => {
    manual = new ManualRuntime();
    [said, upgrades, served, peers] = ['', 0, 0, []];
    server = createServer(answer);
    server.on('connection', () => served++);
    sharePort(
      server,
      (request, socket, head) => {
        const handshake = agree(request);
        if (!handshake.agreed) throw new Error(handshake.text);
        upgrades++;
        socket.write(handshake.answer);
        const transport = new WebSocketTransport(socket, head, manual.timers);
        const begin = (): void =>
          transport.open({
            onData: (chunk) => (said += Buffer.from(chunk).toString()),
            onEnd: () => undefined,
            onDrain: () => undefined,
            onClose: () => undefined,
          });
        if (request.url === '/ws?later') later = begin;
        else begin();
      },
      manual.timers,
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const { socket } of peers) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // Nothing is left behind by a look, whatever came of it.
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(0);
  });
  const connect = async (): Promise<Peer> => {
    const peer = new Peer((server.address() as AddressInfo).port);
    peers.push(peer);
    await new Promise((resolve) => peer.socket.once('connect', resolve));
    return peer;
  };
  const frame = (text: string): Buffer => clientFrame(TEXT, text);
  const saidAll = async (text: string): Promise<void> => {
    await expect.poll(() => said, WAIT).toBe(text);
  };

  it('[E40] answers an upgrade without the HTTP server, frames in the same packet included', async () => {
    const peer = await connect();
    peer.say(UPGRADE, frame('one'), frame('two').subarray(0, 4));
    await peer.hears(/^HTTP\/1\.1 101 /);
    peer.say(frame('two').subarray(4));
    await saidAll('onetwo');
    expect([upgrades, served]).toEqual([1, 0]);
  });

  it('[E40] keeps what comes before its new owner begins to read', async () => {
    const peer = await connect();
    peer.say(UPGRADE.replace('/ws', '/ws?later'), frame('one '));
    await peer.hears(/^HTTP\/1\.1 101 /);
    peer.say(frame('two'));
    await roundTrip();
    later();
    await saidAll('one two');
  });

  it('[E40] answers an upgrade that comes in a few pieces', async () => {
    const peer = await connect();
    for (const piece of [UPGRADE.slice(0, 3), UPGRADE.slice(3, 40)]) {
      peer.say(piece);
      await roundTrip();
    }
    peer.say(UPGRADE.slice(40), frame('hello'));
    await peer.hears(/^HTTP\/1\.1 101 /);
    await saidAll('hello');
    expect([upgrades, served]).toEqual([1, 0]);
  });

  it('[E40] leaves an upgrade in more pieces to HTTP, which hands it back', async () => {
    const peer = await connect();
    for (let i = 0; i < UPGRADE_HEAD_MAX_PIECES; i++) {
      expect(served).toBe(0);
      peer.say(UPGRADE.slice(i, i + 1));
      await roundTrip();
    }
    expect(served).toBe(1);
    peer.say(UPGRADE.slice(UPGRADE_HEAD_MAX_PIECES), frame('late'));
    await peer.hears(/^HTTP\/1\.1 101 /);
    await saidAll('late');
    expect(upgrades).toBe(1);
  });

  /** What was written before has been read by then: the loopback keeps the order of its wake-ups. */
  const roundTrip = async (): Promise<void> => {
    const other = await connect();
    other.say(get('/ping'));
    await other.hears(/\[\/ping \]/);
    other.socket.destroy();
    served--;
  };

  it('[E40] [I10] leaves a slow upgrade to HTTP after UPGRADE_LOOK_MS, and loses nothing of it', async () => {
    const peer = await connect();
    peer.say(UPGRADE.slice(0, 50));
    await roundTrip();
    expect(served).toBe(0);
    await manual.advance(UPGRADE_LOOK_MS);
    expect(served).toBe(1);
    peer.say(UPGRADE.slice(50), frame('slow'));
    await peer.hears(/^HTTP\/1\.1 101 /);
    await saidAll('slow');
  });

  it('[E40] [I10] a slow upgrade has HTTP’s time for its head, and no more', async () => {
    // Settled when the server begins to listen, so this one listens again.
    await new Promise((resolve) => server.close(resolve));
    server.headersTimeout = 20;
    (server as unknown as { connectionsCheckingInterval: number }).connectionsCheckingInterval = 10;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const peer = await connect();
    peer.say(UPGRADE.slice(0, 50));
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(1);
    await manual.advance(UPGRADE_LOOK_MS);
    await peer.hears(/^HTTP\/1\.1 408 /);
    await expect.poll(() => peer.hasEnded, WAIT).toBe(true);
    expect(upgrades).toBe(0);
  });

  it('[E40] [I10] leaves a silent connection to HTTP after UPGRADE_LOOK_MS', async () => {
    const peer = await connect();
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(1);
    await manual.advance(UPGRADE_LOOK_MS - 1);
    expect(served).toBe(0);
    await manual.advance(1);
    expect(served).toBe(1);
    peer.say(get('/late'));
    await peer.hears(/\[\/late \]/);
  });

  it('[E40] leaves requests to HTTP: one after the other, pipelined, and cut anywhere', async () => {
    const peer = await connect();
    peer.say(get('/one'));
    await peer.hears(/\[\/one \]/);
    peer.say(get('/two'), get('/three'), get('/fo').slice(0, 7));
    await peer.hears(/\[\/two \][^]*\[\/three \]/);
    peer.say(get('/fo').slice(7));
    await peer.hears(/\[\/fo \]/);
    const pipelined = await connect();
    pipelined.say(get('/a'), get('/b'), get('/c'));
    await pipelined.hears(/\[\/a \][^]*\[\/b \][^]*\[\/c \]/);
    const bytewise = await connect();
    for (const letter of get('/ws-not')) bytewise.say(letter);
    await bytewise.hears(/\[\/ws-not \]/);
  });

  it('[E40] leaves bodies to HTTP, by length and in chunks, in the first packet and behind it', async () => {
    const peer = await connect();
    peer.say('POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    await roundTrip();
    peer.say('def', 'POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await peer.hears(/\[\/ws abcdef\]/);
    peer.say('2\r\nde\r\n0\r\n\r\n');
    await peer.hears(/\[\/chunks abcde\]/);
    const large = await connect();
    const body = 'x'.repeat(3_000_000);
    large.say(`POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(body.length)}\r\n\r\n`, body);
    await large.hears(/\[\/large x+\]$/);
    expect(large.heard.length).toBeGreaterThan(body.length);
  });

  it('[E40] answers an upgrade behind requests on the same connection', async () => {
    const peer = await connect();
    peer.say(get('/one'));
    await peer.hears(/\[\/one \]/);
    peer.say(UPGRADE, frame('after'));
    await peer.hears(/HTTP\/1\.1 101 /);
    await saidAll('after');
  });

  it('[E40] leaves what is no HTTP to HTTP, which refuses it', async () => {
    const peer = await connect();
    peer.say('HELO there\r\n\r\n');
    await peer.hears(/^HTTP\/1\.1 400 /);
    const head = await connect();
    head.say(UPGRADE.replace('Host: a', 'broken'));
    await head.hears(/^HTTP\/1\.1 400 /);
    expect(upgrades).toBe(0);
  });

  it('[E40] a client that ends its side before it has asked is let go', async () => {
    const silent = await connect();
    silent.socket.end();
    await expect.poll(() => silent.hasEnded, WAIT).toBe(true);
    const broken = await connect();
    broken.say(UPGRADE.slice(0, 60));
    broken.socket.end();
    await expect.poll(() => broken.hasEnded || broken.socket.destroyed, WAIT).toBe(true);
    const reset = await connect();
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(1);
    reset.say(UPGRADE.slice(0, 60));
    await roundTrip();
    reset.socket.resetAndDestroy();
    await expect.poll(() => manual.pendingTimers, WAIT).toBe(0);
    expect([upgrades, served]).toEqual([0, 0]);
  });

  it('[E40] a half-open client is answered what it asked', async () => {
    const peer = await connect();
    peer.say(get('/half'));
    peer.socket.end();
    await peer.hears(/\[\/half \]/);
  });
});
