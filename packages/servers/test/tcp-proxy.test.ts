import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '@munova/servers';

const PATIENCE_MS = 20_000;
const eventually = { timeout: PATIENCE_MS, interval: 2 };

/** One end of a connection and everything it has heard. */
class End {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  size = 0;
  hasEnded = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.size += bytes.length;
    });
    socket.on('end', () => (this.hasEnded = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  get heard(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.heard.toString();
  }
}

describe('a proxy', { timeout: 2 * PATIENCE_MS }, () => {
  let listener: Server;
  let proxy: TcpProxy;
  let accepted: End[];
  let opened: End[];

  beforeEach(async () => {
    [accepted, opened] = [[], []];
    listener = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket))).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as { port: number };
    proxy = await TcpProxy.start({ host: '127.0.0.1', port });
  });
  afterEach(async () => {
    await proxy.stop();
    for (const { socket } of [...opened, ...accepted]) socket.destroy();
    listener.close();
  });

  const open = (port = proxy.port): End => {
    const end = new End(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    opened.push(end);
    return end;
  };

  /** A connection and its server's end: through the proxy, or to another port. */
  const pair = async (port?: number): Promise<[client: End, server: End]> => {
    const count = accepted.length;
    const client = open(port);
    await expect.poll(() => accepted.length, eventually).toBe(count + 1);
    return [client, accepted[count]!];
  };

  /** Sends a mark both ways and waits for it: what was sent before has arrived. */
  const exchange = async ([client, server]: [End, End], mark: string): Promise<void> => {
    client.socket.write(mark);
    server.socket.write(mark);
    await expect.poll(() => client.text.endsWith(mark) && server.text.endsWith(mark), eventually).toBe(true);
  };

  /** Some round trips beside the proxy, in which what it does not hold back would have arrived. */
  const meanwhile = async (): Promise<void> => {
    const direct = await pair((listener.address() as { port: number }).port);
    for (const mark of ['one', 'two', 'three']) await exchange(direct, mark);
  };

  it('[Y10] passes megabytes unchanged and in order, both ways at once', async () => {
    const [client, server] = await pair();
    const bytes = (factor: number): Buffer =>
      Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * factor + (index >> 8)) & 0xff));
    const [up, down] = [bytes(7), bytes(11)];
    client.socket.end(up);
    server.socket.end(down);
    await expect.poll(() => client.hasEnded && server.hasEnded, eventually).toBe(true);
    expect(server.heard.equals(up)).toBe(true);
    expect(client.heard.equals(down)).toBe(true);
  });

  it('[Y10] stops reading from one side when the other does not read', async () => {
    const [client, server] = await pair();
    server.socket.pause();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const total = 64;
    let written = 0;
    for (let index = 0; index < total; index += 1) client.socket.write(chunk, () => (written += 1));
    // What moves at all moves within so many round trips.
    for (let still = 0, before = -1; still < 20; before = written) {
      await meanwhile();
      still = written === before ? still + 1 : 0;
    }
    expect(written).toBeLessThan(total);
    server.socket.resume();
    await expect.poll(() => server.size, eventually).toBe(total * chunk.length);
  });

  it('[Y10] passes an end of one way on and leaves the other open', async () => {
    const [client, server] = await pair();
    client.socket.end('last words');
    await expect.poll(() => server.hasEnded, eventually).toBe(true);
    expect(server.text).toBe('last words');
    server.socket.end('answer');
    await expect.poll(() => client.hasEnded, eventually).toBe(true);
    expect(client.text).toBe('answer');
    await expect.poll(() => proxy.connections, eventually).toBe(0);
  });

  it('[Y10] passes a reset on as a reset', async () => {
    const [client, server] = await pair();
    server.socket.resetAndDestroy();
    await expect.poll(() => client.error, eventually).toBe('ECONNRESET');
    await expect.poll(() => proxy.connections, eventually).toBe(0);
  });

  it('[Y10] holds each byte back for the latency, and keeps the order when it changes', async () => {
    const [client, server] = await pair();
    proxy.set({ latencyMs: 3_600_000 });
    client.socket.write('late,');
    server.socket.write('late,');
    await meanwhile();
    expect([client.text, server.text]).toEqual(['', '']);
    proxy.set({ latencyMs: 1 });
    await exchange([client, server], 'now');
    expect([client.text, server.text]).toEqual(['late,now', 'late,now']);
  });

  it('[Y10] lets no more than its rate through', async () => {
    const [client, server] = await pair();
    proxy.set({ bytesPerSecond: 100 });
    const sent = Buffer.alloc(20_000, 'x');
    client.socket.write(sent);
    await expect.poll(() => server.size, eventually).toBeGreaterThan(2);
    await meanwhile();
    expect(server.size).toBeLessThan(sent.length);
    proxy.set({});
    await expect.poll(() => server.size, eventually).toBe(sent.length);
  });

  it.each(['requests', 'replies'] as const)('[Y11] swallows %s and passes the other way', async (way) => {
    const [client, server] = await pair();
    proxy.set({ [way]: 'swallow' });
    client.socket.write('request,');
    server.socket.write('reply,');
    await expect.poll(() => proxy.swallowed[way], eventually).toBe(way === 'requests' ? 8 : 6);
    proxy.set({});
    await exchange([client, server], 'after');
    expect(server.text).toBe(way === 'requests' ? 'after' : 'request,after');
    expect(client.text).toBe(way === 'replies' ? 'after' : 'reply,after');
  });

  it('[Y11] half open, moves nothing and tells nobody, not even of an end; healed, goes on', async () => {
    const [client, server] = await pair();
    proxy.set({ latencyMs: 3_600_000 });
    client.socket.write('under way,');
    await meanwhile();
    proxy.halfOpen();
    server.socket.write('event');
    client.socket.end('request');
    await meanwhile();
    expect([client.text, server.text, server.hasEnded, client.error]).toEqual(['', '', false, undefined]);
    expect(proxy.connections).toBe(1);
    proxy.set({});
    await expect
      .poll(() => [client.text, server.text, server.hasEnded], eventually)
      .toEqual(['event', 'under way,request', true]);
  });

  it('[Y11] holds a new connection, too, while it is half open', async () => {
    proxy.halfOpen();
    const [client, server] = await pair();
    client.socket.write('request');
    await meanwhile();
    expect(server.text).toBe('');
    proxy.set({});
    await expect.poll(() => server.text, eventually).toBe('request');
  });

  it('[Y11] resets both sides of every connection, a held one as well', async () => {
    const ends = [...(await pair()), ...(await pair())];
    proxy.halfOpen();
    proxy.reset();
    await expect.poll(() => ends.map(({ error }) => error), eventually).toEqual(Array(4).fill('ECONNRESET'));
    await expect.poll(() => proxy.connections, eventually).toBe(0);
  });

  it('[Y11] refuses new connections, keeps the open ones, and takes new ones again', async () => {
    const connection = await pair();
    proxy.refuse();
    const refused = open();
    await expect.poll(() => refused.error, eventually).toBe('ECONNREFUSED');
    await exchange(connection, 'still here');
    await proxy.accept();
    await exchange(await pair(), 'again');
  });

  it('[Y11] resets clients while the server cannot be reached', async () => {
    listener.close();
    const client = open();
    await expect.poll(() => client.error, eventually).toBe('ECONNRESET');
    await expect.poll(() => proxy.connections, eventually).toBe(0);
  });
});
