/** Which Redis is opened, how, and which is refused. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { startRedis, type StartedRedis } from '@munova/servers';
import { asShardId } from '@munova/contracts';
import { request } from '@munova/contracts/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRedisCommands, RedisOpenError } from '../src/ioredis/index.js';
import { parseRedisUrl } from '../src/ioredis/redis-url.js';
import { busOver } from './support/bus-over.js';
import { CERTIFICATE, KEY } from './support/certificate.js';
import { startSentinel } from './support/sentinel.js';

const PATIENCE_MS = 30_000;
const SHARD = asShardId(0);

let redis: StartedRedis;
let admin: Redis;
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
}, 60_000);
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});
afterEach(async () => {
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
});

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

describe('opening', () => {
  it('[B12] refuses a Redis that evicts, and says what to set', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refused = openRedisCommands(redis.url);
    await expect(refused).rejects.toBeInstanceOf(RedisOpenError);
    await expect(refused).rejects.toMatchObject({
      reason: 'eviction',
      message: expect.stringContaining('set maxmemory-policy to noeviction') as string,
    });
  });

  it('[B28] an eviction policy that is set later is told with what to do, until it is put right', async () => {
    const bus = await busOver(redis.url);
    expect(await bus.troubles()).toEqual([]);
    await admin.config('SET', 'maxmemory-policy', 'volatile-lru');
    const message = expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ evicts keys \(volatile-lru\): set/) as string;
    expect(await bus.troubles()).toEqual([{ kind: 'evicts', message }]);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await bus.troubles()).toEqual([]);
    bus.close();
  });

  it('[B12] refuses a Redis below 7, naming what it is', async () => {
    const old = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const info = 'redis_version:6.2.14\r\nmaxmemory_policy:noeviction\r\n';
        for (const name of String(data).matchAll(/\r\n(info|client)\r\n/gi)) {
          socket.write(name[1]?.toLowerCase() === 'info' ? `$${String(info.length)}\r\n${info}\r\n` : '+OK\r\n');
        }
      });
    });
    const port = await listening(old);
    await expect(openRedisCommands(`redis://127.0.0.1:${String(port)}`)).rejects.toMatchObject({
      reason: 'version',
      message: `Redis at 127.0.0.1:${String(port)} is 6.2.14; sharded pub/sub needs 7.0 or newer`,
    });
    old.close();
  });

  it('[B12] refuses a wrong password or none, and shows neither; takes the right one', async () => {
    await admin.call('ACL', 'SETUSER', 'shop', 'on', '>p@ss:w/rd', 'allkeys', 'allchannels', '+@all');
    await admin.call('ACL', 'SETUSER', 'default', 'off');
    const { port } = redis.primary;
    try {
      for (const credentials of ['', 'shop:secret@', ':secret@']) {
        const refused = openRedisCommands(`redis://${credentials}127.0.0.1:${String(port)}`);
        await expect(refused).rejects.toMatchObject({ reason: 'credentials' });
        await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') as string });
      }
      const bus = await busOver(`redis://shop:${encodeURIComponent('p@ss:w/rd')}@127.0.0.1:${String(port)}`);
      expect(await bus.inbox.append(SHARD, [request()])).toEqual(['accepted']);
      bus.close();
    } finally {
      await admin.call('ACL', 'SETUSER', 'default', 'on');
    }
  });

  it('[B12] refuses an address where nobody listens, unless another one of the list does', async () => {
    const closed = createServer();
    const port = await listening(closed);
    closed.close();
    const nobody = `127.0.0.1:${String(port)}`;
    await expect(openRedisCommands(`redis://${nobody}`)).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining(`Redis at ${nobody} cannot be reached`) as string,
    });
    const commands = await openRedisCommands(`redis://${nobody},127.0.0.1:${String(redis.primary.port)}`);
    commands.close();
  });

  it('[B16] by TLS trusts who the system or the given authority trusts, and nobody else', async () => {
    const server = createTlsServer({ cert: CERTIFICATE, key: KEY }, (socket) => {
      const to = connect(redis.primary.port, '127.0.0.1');
      for (const end of [socket, to]) end.on('error', () => undefined);
      socket.pipe(to).pipe(socket);
    });
    const port = await listening(server);
    const url = `rediss://127.0.0.1:${String(port)}`;
    await expect(openRedisCommands(url)).rejects.toMatchObject({ reason: 'unreachable' });
    const commands = await openRedisCommands(url, CERTIFICATE);
    expect(await commands.read([{ key: 'none', after: '0-0' }], 1)).toEqual([]);
    commands.close();
    server.close();
  });
});

describe('the URL', () => {
  it('[B16] names servers, sentinels, user, password, database and TLS', () => {
    expect(parseRedisUrl('redis://localhost')).toEqual({
      servers: [{ host: 'localhost', port: 6379, db: 0 }],
      sentinel: false,
    });
    expect(parseRedisUrl('rediss://u:p%40:x@h1:7000,[::1]:7001/2', 'PEM')).toEqual({
      servers: [
        { host: 'h1', port: 7000, db: 2, username: 'u', password: 'p@:x', tls: { ca: 'PEM' } },
        { host: '::1', port: 7001, db: 2, username: 'u', password: 'p@:x', tls: { ca: 'PEM' } },
      ],
      sentinel: false,
    });
    expect(parseRedisUrl('redis+sentinel://:p@s1,s2:5000/shop')).toEqual({
      servers: [
        {
          sentinels: [
            { host: 's1', port: 26379 },
            { host: 's2', port: 5000 },
          ],
          name: 'shop',
          password: 'p',
          enableTLSForSentinelMode: false,
        },
      ],
      sentinel: true,
    });
  });

  it.each(['', 'localhost:6379', 'http://h', 'redis://', 'redis://h:port', 'redis://h/x', 'redis+sentinel://h'])(
    '[B16] that is wrong is refused without its password: %s',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(RedisOpenError);
    },
  );
});

describe('behind Sentinel', () => {
  it(
    '[B14] the primary is found by its name, and its successor when it dies',
    async () => {
      const pair = await startRedis({ replica: true });
      const sentinel = await startSentinel(pair.primary.port);
      try {
        const bus = await busOver(`redis+sentinel://127.0.0.1:${String(sentinel.port)}/shop`, 2);
        const kept = request();
        await bus.inbox.append(SHARD, [kept]);
        const primary = new Redis(pair.url);
        await primary.wait(1, PATIENCE_MS);
        primary.disconnect();
        await pair.primary.kill();
        await vi.waitFor(async () => expect(await bus.inbox.append(SHARD, [kept])).toEqual(['present']), PATIENCE_MS);
        bus.close();
      } finally {
        await sentinel.stop();
        await pair.stop();
      }
    },
    3 * PATIENCE_MS,
  );
});
