import { createServer } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { DISCONNECT_FINISH_MS } from '@munova/contracts';
import type { Timers } from '@munova/contracts';
import { systemRuntime } from '@munova/contracts/memory';
import { encodeFrame } from '@munova/contracts/stomp';
import { ManualRuntime } from '@munova/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/session/transport.js';
import { sharePort } from '../../src/transports/shared-port.js';
import type { AcceptUpgrade } from '../../src/transports/shared-port.js';
import { TcpTransport } from '../../src/transports/tcp-transport.js';
import { agree } from '../../src/transports/websocket-handshake.js';
import { WebSocketTransport } from '../../src/transports/websocket-transport.js';
import { TcpClient, WsClient } from '../stomp/test-client.js';
import type { TestClient } from '../stomp/test-client.js';

const { timers: real } = systemRuntime((name, error) => {
  throw new Error(name, { cause: error });
});

/** What waits for a client that never answers need not wait for real. */
const quick: Timers = { after: (ms, task) => real.after(ms / 100, task) };

/** A server's transport and the client at its other end. */
interface Pair {
  readonly transport: Transport;
  readonly client: TestClient;
  readonly stop: () => Promise<void>;
}

const overTcp = async (timers: Timers = real): Promise<Pair> => {
  const accepted = Promise.withResolvers<Transport>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) =>
    accepted.resolve(new TcpTransport(socket, timers)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = await TcpClient.open((server.address() as AddressInfo).port);
  return { transport: await accepted.promise, client, stop: () => new Promise((r) => server.close(() => r())) };
};

/** @param path `/ws` is answered ahead of the HTTP server; any other upgrade comes by way of it */
const overWebSocket = async (timers: Timers = real, path = '/ws'): Promise<Pair> => {
  const accepted = Promise.withResolvers<Transport>();
  const server = createServer();
  const accept: AcceptUpgrade = (request, socket, head) => {
    const handshake = agree(request);
    if (!handshake.agreed) throw new Error(handshake.text);
    socket.write(handshake.answer);
    accepted.resolve(new WebSocketTransport(socket, head, timers));
  };
  sharePort(server, accept, real);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = await WsClient.open(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`);
  return { transport: await accepted.promise, client, stop: () => new Promise((r) => server.close(() => r())) };
};

const until = async (holds: () => boolean, what: string): Promise<void> => {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};

/** What the handler heard. */
class Heard {
  readonly #chunks: Uint8Array[] = [];
  length = 0;
  ends = 0;
  drains = 0;
  closes = 0;

  constructor(transport: Transport) {
    transport.open({
      onData: (chunk) => (this.length += this.#chunks.push(chunk) && chunk.length),
      onEnd: () => this.ends++,
      onDrain: () => this.drains++,
      onClose: () => this.closes++,
    });
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

const frame = (n: number, size = 5): Uint8Array => encodeFrame('1.2', 'MESSAGE', { n }, 'x'.repeat(size));

describe.each([
  ['tcp', 'tcp', overTcp],
  ['websocket', 'websocket', overWebSocket],
  ['websocket, upgraded by HTTP', 'websocket', (timers: Timers) => overWebSocket(timers, '/')],
] as const)('[E20] a transport over %s', (_title, name, make) => {
  let pair: Pair | null = null;
  const start = async (timers = real): Promise<Pair & { heard: Heard }> => {
    pair = await make(timers);
    return { ...pair, heard: new Heard(pair.transport) };
  };
  afterEach(async () => {
    pair?.client.drop();
    pair?.transport.destroy();
    await pair?.stop();
  });

  it('[E20] hands on what the client sent, in order', async () => {
    const { client, heard } = await start();
    client.raw('SE');
    client.raw('ND\n\n');
    client.raw(Buffer.from([0, 10]));
    await until(() => heard.length === 8, 'all has arrived');
    expect(heard.text).toBe('SEND\n\n\0\n');
  });

  it('[E20] delivers frames of every size in order, many of them in one write', async () => {
    const { client, transport } = await start();
    const sizes = [0, 1, 90, 125, 126, 127, 60_000, 65_535, 65_536, 70_000];
    transport.write(Buffer.concat(sizes.map((size, i) => transport.framing.wrap(frame(i, size)))));
    await until(() => client.frames.length === sizes.length, 'all frames have arrived');
    expect(client.frames.map((f) => [Number(f.header('n')), f.body.length])).toEqual(sizes.map((s, i) => [i, s]));
    if (client instanceof WsClient) expect(client.messages).toHaveLength(sizes.length);
    expect(transport.framing.name).toBe(name);
  });

  it('[E16] [E20] stops reading when paused, and loses nothing', async () => {
    const { client, heard, transport } = await start();
    client.raw('one');
    await until(() => heard.length === 3, 'the first has arrived');
    transport.pause();
    transport.pause();
    const flood = 'x'.repeat(64 * 1024);
    for (let i = 0; i < 200; i++) client.raw(flood);
    const backlog = (): number =>
      client instanceof WsClient ? client.ws.bufferedAmount : (client as TcpClient).socket.writableLength;
    // 12.5 MB are more than the kernel takes for a reader that does not read.
    await until(() => backlog() > 0, 'the client is held up');
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(heard.length).toBeLessThan(1024 * 1024);
    transport.resume();
    await until(() => heard.length === 3 + 200 * flood.length, 'everything has arrived');
  });

  it('[D11] [E20] counts what the client does not read, and says when it has', async () => {
    const { client, heard, transport } = await start();
    client.pause();
    const big = transport.framing.wrap(frame(1, 1024 * 1024 - 100));
    await until(() => {
      transport.write(big);
      return transport.queuedBytes > 0;
    }, 'the queue grows');
    await new Promise((resolve) => setImmediate(resolve));
    expect(transport.queuedBytes).toBeGreaterThan(0);
    client.resume();
    await until(() => heard.drains > 0, 'it has drained');
    expect(transport.queuedBytes).toBe(0);
  });

  it('[E20] delivers a last frame before it closes, with the code and reason where there are such', async () => {
    const { client, heard, transport } = await start();
    transport.write(transport.framing.wrap(frame(1)));
    transport.end({ frame: frame(2), code: 4008, reason: 'protocol-error' });
    transport.end({ frame: frame(3), code: 1000, reason: '' });
    transport.write(transport.framing.wrap(frame(4)));
    const closed = await client.untilClosed();
    expect(client.frames.map((f) => f.header('n'))).toEqual(['1', '2']);
    if (name === 'websocket') expect(closed).toEqual({ code: 4008, reason: 'protocol-error' });
    await until(() => heard.closes === 1, 'the close is known');
  });

  it('[E20] loses no last frame to a reset while the client floods, and hands nothing on any more', async () => {
    const { client, heard, transport } = await start();
    client.raw('a');
    await until(() => heard.length === 1, 'the first has arrived');
    transport.pause();
    for (let i = 0; i < 20; i++) client.raw('x'.repeat(10_000));
    transport.end({ frame: frame(2), code: 4008, reason: 'protocol-error' });
    for (let i = 0; i < 20; i++) client.raw('x'.repeat(10_000));
    const closed = await client.untilClosed();
    expect(closed.reason).not.toBe('reset');
    expect(client.frames.map((f) => f.header('n'))).toEqual(['2']);
    expect(heard.text).toBe('a');
  });

  it('[E20] closes even if the client never answers', async () => {
    const { client, heard, transport } = await start(quick);
    client.pause();
    transport.end({ frame: frame(1), code: 4009, reason: 'slow-consumer' });
    await until(() => heard.closes === 1, 'it is closed');
  });

  it('[E8] [E20] knows a client that has said its last, and can answer it', async () => {
    const { client, heard, transport } = await start();
    if (!(client instanceof TcpClient)) return;
    client.socket.end('bye');
    await until(() => heard.ends === 1, 'the end is known');
    expect(heard.text).toBe('bye');
    transport.write(frame(1));
    transport.end({ frame: frame(2), code: 1000, reason: '' });
    await client.untilClosed();
    expect(client.frames.map((f) => f.header('n'))).toEqual(['1', '2']);
  });

  it('[E20] says once that the client is gone', async () => {
    const { client, heard, transport } = await start();
    // A reset: an orderly end of a TCP client's side alone closes nothing.
    if (client instanceof TcpClient) client.socket.resetAndDestroy();
    else client.drop();
    await until(() => heard.closes === 1, 'the close is known');
    transport.write(transport.framing.wrap(frame(1)));
    transport.end({ frame: frame(2), code: 1000, reason: '' });
    transport.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.closes).toBe(1);
  });
});

describe('[E8] the end of a TCP connection without an ERROR', () => {
  it('[E8] [E20] leaves a slow reader the time to get what it is owed', async () => {
    const manual = new ManualRuntime();
    const { client, transport, stop } = await overTcp(manual.timers);
    const heard = new Heard(transport);
    client.pause();
    let written = 0;
    while (transport.queuedBytes < 1024 * 1024) transport.write(frame(++written, 512 * 1024));
    transport.end({ frame: null, code: 1000, reason: 'bye' });
    await manual.advance(DISCONNECT_FINISH_MS - 1);
    expect(heard.closes).toBe(0);
    client.resume();
    await client.untilClosed();
    expect(client.frames).toHaveLength(written);
    await stop();
  });

  it('[E8] [I10] is not waited for longer than that', async () => {
    const manual = new ManualRuntime();
    const { client, transport, stop } = await overTcp(manual.timers);
    const heard = new Heard(transport);
    client.pause();
    while (transport.queuedBytes < 1024 * 1024) transport.write(frame(1, 512 * 1024));
    transport.end({ frame: null, code: 1000, reason: 'bye' });
    await manual.advance(DISCONNECT_FINISH_MS);
    await until(() => heard.closes === 1, 'it is closed');
    client.drop();
    await stop();
  });
});

describe('[I10] pings', () => {
  it('[I10] [E20] are answered, but not to a peer that does not read', async () => {
    const { client, transport, stop } = await overWebSocket();
    const heard = new Heard(transport);
    const { ws } = client as WsClient;
    let pongs = 0;
    ws.on('pong', () => pongs++);
    ws.ping('one');
    await until(() => pongs === 1, 'the pong has come');
    client.pause();
    await until(() => {
      transport.write(transport.framing.wrap(frame(1, 1024 * 1024 - 100)));
      return transport.queuedBytes > 2 * 1024 * 1024;
    }, 'the queue is full');
    const before = transport.queuedBytes;
    for (let i = 0; i < 1_000; i++) ws.ping('x'.repeat(100));
    ws.send('end');
    await until(() => heard.length === 3, 'what came behind the pings has arrived');
    expect(transport.queuedBytes).toBeLessThanOrEqual(before);
    client.drop();
    transport.destroy();
    await stop();
  });
});
