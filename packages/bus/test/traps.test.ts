/** What networks and ioredis do to calls, against a real Redis behind a proxy. */
import { startRedis, TcpProxy, type StartedRedis } from '@munova/servers';
import { asEdgeId, asEpoch, asGeneration, asShardId, REDIS_COMMAND_TIMEOUT_MS } from '@munova/contracts';
import { fresh, request } from '@munova/contracts/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisUnknownError, shardKeys, type RedisCommands } from '../src/index.js';
import { openRedisBus, openRedisCommands, type RedisBus } from '../src/ioredis/index.js';
import { runtime } from './support/runtime.js';

const START_MS = 60_000;
/** Beyond every time limit that is at work here together. */
const PATIENCE_MS = 15_000;
const SHARD = asShardId(0);
const CAPS = ['100', '100000'];

let redis: StartedRedis;
let admin: Redis;
let proxy: TcpProxy;
let commands: RedisCommands & { close(): void };
let keys = shardKeys(asGeneration('g'), SHARD);

const append = (id = fresh('id-')) => commands.run('append', [keys.in, keys.held], [...CAPS, id, 'text']);
const url = (): string => `redis://${proxy.host}:${String(proxy.port)}`;
/** How many scripts have run to their end since the last reset. */
const scriptsRun = async (): Promise<number> =>
  Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);

beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
}, START_MS);
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  keys = shardKeys(asGeneration(fresh('g')), SHARD);
  proxy = await TcpProxy.start(redis.primary);
  commands = await openRedisCommands(url());
  await append('first');
  await admin.config('RESETSTAT');
  return async () => {
    commands.close();
    await proxy.stop();
  };
});

describe('a call', () => {
  it(
    '[B5] whose reply is lost has happened once, is of unknown outcome, and is never sent again',
    async () => {
      proxy.set({ replies: 'swallow' });
      await expect(append()).rejects.toBeInstanceOf(RedisUnknownError);
      expect(await admin.xlen(keys.in)).toBe(2);
      proxy.set({});
      proxy.reset();
      await vi.waitFor(() => append('second'), PATIENCE_MS);
      expect(await scriptsRun()).toBe(2);
      expect(await admin.xlen(keys.in)).toBe(3);
    },
    PATIENCE_MS,
  );

  it('[B5] whose connection is reset is of unknown outcome at once, and is never sent again', async () => {
    proxy.set({ replies: 'hold' });
    const call = append();
    await vi.waitFor(async () => expect(await admin.xlen(keys.in)).toBe(2));
    proxy.reset();
    await expect(call).rejects.toBeInstanceOf(RedisUnknownError);
    proxy.set({});
    await vi.waitFor(() => append('second'), PATIENCE_MS);
    expect(await scriptsRun()).toBe(2);
  });

  it(
    '[B6] over a half-open connection fails in time, and the next one goes over another',
    async () => {
      proxy.halfOpen();
      const calls = await Promise.allSettled([append(), append(), append()]);
      expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      const stuck = proxy.connections;
      await vi.waitFor(() => {
        void append().catch(() => undefined);
        expect(proxy.connections).toBe(stuck + 1);
      }, PATIENCE_MS);
      proxy.reset();
      proxy.set({});
      await vi.waitFor(() => append(), PATIENCE_MS);
    },
    PATIENCE_MS,
  );

  it('[B6] where nobody listens is refused as unsent', async () => {
    proxy.refuse();
    proxy.reset();
    await vi.waitFor(() => expect(append()).rejects.toMatchObject({ code: 'UNSENT' }));
    await proxy.accept();
    await vi.waitFor(() => append(), PATIENCE_MS);
  });

  it('[B6] that is slow succeeds, and calls stay in order', async () => {
    proxy.set({ latencyMs: 100 });
    const ids = Array.from({ length: 10 }, () => fresh('id-'));
    await Promise.all(ids.map((id) => append(id)));
    const [reply] = await commands.read([{ key: keys.in, after: '0-0' }], 100);
    expect(reply?.entries.map(({ fields }) => fields[1])).toEqual(['first', ...ids]);
  });
});

describe('a blocking read', () => {
  const emptyKeys = () => [{ key: shardKeys(asGeneration(fresh('g')), SHARD).in, after: '0-0' }];

  it(
    '[B7] may wait for longer than any other call may take',
    async () => {
      const reader = commands.openReader();
      const longer = REDIS_COMMAND_TIMEOUT_MS + 500;
      const streams = emptyKeys();
      expect(await reader.read(streams, 1, longer)).toEqual([]);
      // Over the same connection as before: it was not given up.
      const connections = proxy.connections;
      expect(await reader.read(streams, 1, 1)).toEqual([]);
      expect(proxy.connections).toBe(connections);
      reader.close();
    },
    PATIENCE_MS,
  );

  it('[B7] leaves all else its time', async () => {
    const reader = commands.openReader();
    const streams = emptyKeys();
    const waiting = reader.read(streams, 1, 1_500);
    expect(await append()).toEqual(['accepted']);
    await vi.waitFor(async () => expect(await reader.unblock()).toBe(true));
    expect(await waiting).toEqual([]);
    reader.close();
  });

  it(
    '[B7] over a half-open connection fails in time, and the next one goes over another',
    async () => {
      const reader = commands.openReader();
      await reader.read(emptyKeys(), 1, 1);
      proxy.halfOpen();
      await expect(reader.read(emptyKeys(), 1, 500)).rejects.toBeInstanceOf(RedisUnknownError);
      proxy.reset();
      proxy.set({});
      await vi.waitFor(() => reader.read(emptyKeys(), 1, 1), PATIENCE_MS);
      reader.close();
    },
    PATIENCE_MS,
  );
});

describe('a subscription', () => {
  const edge = asEdgeId('edge');
  let bus: RedisBus;
  let heard: string[];
  let reconnects: number;
  let generation = asGeneration('g');
  const listener = {
    onPacked: (packed: string) => void heard.push(packed),
    onHeartbeat: () => undefined,
    onEphemeral: (text: string) => void heard.push(`whisper ${text}`),
    onReconnect: () => void (reconnects += 1),
  };
  /** By a connection of its own, so that the proxy's faults concern the ear alone. */
  const publish = (text: string) => admin.spublish(shardKeys(generation, SHARD).to(edge), text);

  beforeEach(async () => {
    [heard, reconnects, generation] = [[], 0, asGeneration(fresh('g'))];
    bus = await openRedisBus({ url: url(), generation, shards: 4, runtime });
    return async () => {
      await admin.call('ACL', 'SETUSER', 'default', 'allchannels');
      bus.close();
    };
  });

  it(
    '[B10] that is lost is asked for again until it is there, and its edge is told',
    async () => {
      await bus.fanOut.subscribe(edge, listener);
      proxy.refuse();
      proxy.reset();
      await vi.waitFor(async () => expect(await publish('nobody')).toBe(0));
      await proxy.accept();
      await vi.waitFor(() => expect(reconnects).toBeGreaterThan(0), PATIENCE_MS);
      await publish('again');
      await vi.waitFor(() => expect(heard).toEqual(['again']));
    },
    PATIENCE_MS,
  );

  it(
    '[B10] whose renewal after a loss is refused is asked for again: ioredis alone would swallow that',
    async () => {
      await bus.fanOut.subscribe(edge, listener);
      await admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
      proxy.reset();
      // Each of the four shards more than once.
      await vi.waitFor(async () => {
        const [, refused] = /cmdstat_ssubscribe:.*rejected_calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
        expect(Number(refused)).toBeGreaterThan(8);
      }, PATIENCE_MS);
      await expect(bus.fanOut.subscribe(asEdgeId('other'), listener)).rejects.toMatchObject({ code: 'unavailable' });
      expect(reconnects).toBe(0);
      await admin.call('ACL', 'SETUSER', 'default', 'allchannels');
      await vi.waitFor(() => expect(reconnects).toBeGreaterThan(0), PATIENCE_MS);
      await publish('again');
      await vi.waitFor(() => expect(heard).toEqual(['again']));
    },
    PATIENCE_MS,
  );

  it(
    '[B30] hears no whisper from while Redis was away, and those after it again',
    async () => {
      await bus.fanOut.subscribe(edge, listener);
      proxy.refuse();
      proxy.reset();
      for (const voice of [bus.fanOut, bus.stream]) {
        await expect(voice.whisper(SHARD, 'lost')).rejects.toMatchObject({ code: 'unavailable' });
      }
      await proxy.accept();
      await vi.waitFor(() => expect(reconnects).toBeGreaterThan(0), PATIENCE_MS);
      await vi.waitFor(() => bus.fanOut.whisper(SHARD, 'again'), PATIENCE_MS);
      await vi.waitFor(() => expect(heard).toContain('whisper again'));
      expect(heard).not.toContain('whisper lost');
    },
    PATIENCE_MS,
  );

  it(
    '[B11] that is silent for good is found out by its renewal, and made anew',
    async () => {
      const subscription = await bus.fanOut.subscribe(edge, listener);
      proxy.halfOpen();
      await expect(subscription.renew()).rejects.toMatchObject({ code: 'unavailable' });
      proxy.reset();
      proxy.set({});
      await vi.waitFor(() => expect(reconnects).toBeGreaterThan(0), PATIENCE_MS);
      await subscription.renew();
      await publish('again');
      await vi.waitFor(() => expect(heard).toEqual(['again']));
    },
    PATIENCE_MS,
  );

  it('[B11] that is renewed is asked for at Redis, whatever is believed here', async () => {
    const subscription = await bus.fanOut.subscribe(edge, listener);
    await admin.config('RESETSTAT');
    await subscription.renew();
    expect(await admin.info('commandstats')).toContain('cmdstat_ssubscribe:calls=4,');
    await bus.stream.commit({ shard: SHARD, epoch: asEpoch(1), publish: [{ edge, packed: 'once' }], remove: [] });
    await bus.inbox.append(SHARD, [request()]);
    await vi.waitFor(() => expect(heard).toEqual(['once']));
  });
});
