/** Over a real Redis Cluster: slots, and what happens when servers change. */
import { startRedisCluster, type StartedRedisCluster } from '@munova/servers';
import { asEdgeId, asEpoch, asGeneration, asShardId, type Generation, type ShardId } from '@munova/contracts';
import { fresh, packedListener, request, requests } from '@munova/contracts/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { shardKeys, slotOf, type RedisCommands } from '../src/index.js';
import { openRedisBus, openRedisCommands, type RedisBus } from '../src/ioredis/index.js';
import { runtime } from './support/runtime.js';

const PATIENCE_MS = 30_000;
const SHARDS = 16;
const EDGE = asEdgeId('edge');
const PLENTY = 10_000;

let cluster: StartedRedisCluster;
let url: string;
let bus: RedisBus;
let generation: Generation;

beforeAll(async () => {
  cluster = await startRedisCluster();
  url = `redis://${cluster.nodes.map(({ host, port }) => `${host}:${String(port)}`).join(',')}`;
}, 60_000);
afterAll(() => cluster.stop());
beforeEach(async () => {
  generation = asGeneration(fresh('g'));
  bus = await openRedisBus({ url, generation, shards: SHARDS, runtime });
  return () => bus.close();
});

const at = async <T>({ port }: { readonly port: number }, ask: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(port, '127.0.0.1');
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
};

/** The shards that the server with this index keeps. */
const shardsOf = (master: number): readonly ShardId[] =>
  Array.from({ length: SHARDS }, (_, shard) => asShardId(shard)).filter(
    (shard) => Math.floor((slotOf(shardKeys(generation, shard).in) * 3) / 16_384) === master,
  );

const readAll = (shard: ShardId) => bus.stream.read([shard], PLENTY, PLENTY * 1_000, 0);

/** Publishes until the edge hears of this shard again: what was said in between is lost. */
const hearsAgain = (shard: ShardId, heard: readonly string[]) =>
  vi.waitFor(async () => {
    const text = fresh('said-');
    await bus.stream.commit({ shard, epoch: asEpoch(1), publish: [{ edge: EDGE, packed: text }], remove: [] });
    await vi.waitFor(() => expect(heard).toContain(text), 200);
  }, PATIENCE_MS);

describe('slots', () => {
  it('[B1] are computed as Redis does', async () => {
    const keys = [
      'chat:{0}:g1:in',
      '{}x',
      'a{b',
      'a{b}c{d}',
      '신발{부츠}',
      'foo{{bar}}zap',
      ...requests(20).map(({ id }) => id),
    ];
    for (const key of keys) {
      expect(await at(cluster.masters[0]!, (redis) => redis.cluster('KEYSLOT', key))).toBe(slotOf(key));
    }
  });

  it('[B9] of several shards cannot be named in one call; the bus never does', async () => {
    const commands: RedisCommands & { close(): void } = await openRedisCommands(url);
    const [a, b] = [shardKeys(generation, asShardId(0)), shardKeys(generation, asShardId(1))];
    expect(commands.crossSlot).toBe(false);
    const streams = [a, b].map((keys) => ({ key: keys.in, after: '0-0' }));
    await expect(commands.read(streams, 1)).rejects.toMatchObject({ code: 'CROSSSLOT' });
    await expect(commands.run('lag', [a.in, b.held], [])).rejects.toMatchObject({ code: 'CROSSSLOT' });
    const reader = commands.openReader();
    await expect(reader.read(streams, 1, 10)).rejects.toMatchObject({ code: 'CROSSSLOT' });
    reader.close();
    commands.close();
    const all = Array.from({ length: SHARDS }, (_, shard) => asShardId(shard));
    for (const shard of all) await bus.inbox.append(shard, requests(1));
    expect(await bus.stream.read(all, PLENTY, PLENTY * 1_000, 0)).toHaveLength(SHARDS);
    expect((await bus.stream.lag(all)).size).toBe(SHARDS);
  });
});

it('[B29] a shard whose key holds no stream keeps nobody from reading the others', async () => {
  const [[bad = asShardId(0)], [good = asShardId(0)]] = [shardsOf(0), shardsOf(1)];
  await at(cluster.masters[0]!, (redis) => redis.set(shardKeys(generation, bad).in, 'by hand'));
  const waiting = bus.stream.read([bad, good], PLENTY, PLENTY * 1_000, PATIENCE_MS);
  const sent = request();
  await bus.inbox.append(good, [sent]);
  expect((await waiting).map(({ batch }) => batch)).toEqual([sent.batch]);
});

describe('servers that change', () => {
  it(
    '[B14] a slot that moves takes its shard along: calls, waits and subscriptions follow',
    async () => {
      const [shard = asShardId(0)] = shardsOf(0);
      const [from, to] = [cluster.masters[0]!, cluster.masters[1]!];
      const heard: string[] = [];
      await bus.fanOut.subscribe(
        EDGE,
        packedListener((packed) => heard.push(packed)),
      );
      const kept = request();
      await bus.inbox.append(shard, [kept]);
      await moveSlot(slotOf(shardKeys(generation, shard).in), from, to);
      expect(await bus.inbox.append(shard, [kept, request()])).toEqual(['present', 'accepted']);
      expect(await readAll(shard)).toHaveLength(2);
      await hearsAgain(shard, heard);
      const waiting = bus.stream.read([shard], PLENTY, PLENTY * 1_000, PATIENCE_MS);
      await bus.inbox.append(shard, [request()]);
      expect((await waiting).length).toBeGreaterThan(0);
    },
    2 * PATIENCE_MS,
  );

  it(
    '[B14] a master that dies is replaced: calls, waits and subscriptions find its successor',
    async () => {
      const [shard = asShardId(0)] = shardsOf(2);
      const heard: string[] = [];
      await bus.fanOut.subscribe(
        EDGE,
        packedListener((packed) => heard.push(packed)),
      );
      await bus.inbox.append(shard, requests(1));
      await at(cluster.masters[2]!, (redis) => redis.wait(1, PATIENCE_MS));
      await cluster.masters[2]!.kill();
      const late = request();
      await vi.waitFor(
        async () => expect(['accepted', 'present']).toContain((await bus.inbox.append(shard, [late]))[0]),
        PATIENCE_MS,
      );
      await vi.waitFor(async () => expect(await readAll(shard)).toHaveLength(2), PATIENCE_MS);
      await hearsAgain(shard, heard);
      const waiting = await vi.waitFor(
        () => bus.stream.read([shard], PLENTY, PLENTY * 1_000, PATIENCE_MS),
        PATIENCE_MS,
      );
      expect(waiting.at(-1)?.batch).toBe(late.batch);
    },
    3 * PATIENCE_MS,
  );
});

/** As `redis-cli --cluster reshard` does it. */
const moveSlot = async (slot: number, from: { port: number }, to: { port: number }): Promise<void> => {
  const idOf = (node: { port: number }) => at(node, async (redis) => String(await redis.cluster('MYID')));
  const [source, target] = [await idOf(from), await idOf(to)];
  await at(to, (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source));
  await at(from, async (redis) => {
    await redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
    const keys = (await redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    if (keys.length > 0) await redis.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys);
  });
  for (const node of [to, from]) await at(node, (redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', target));
};
