/** The scripts against a real Redis, by what they leave in it. */
import { startRedis, type StartedRedis } from '@munova/servers';
import {
  asBatchId,
  asEdgeId,
  asEpoch,
  asGeneration,
  asShardId,
  INBOX_MAX_BYTES,
  MAX_BATCH_BYTES,
} from '@munova/contracts';
import { fresh, packedListener, request, requests } from '@munova/contracts/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { shardKeys } from '../src/index.js';
import { openRedisBus, type RedisBus } from '../src/ioredis/index.js';
import { runtime } from './support/runtime.js';

const SHARD = asShardId(3);
const PLENTY = 10_000;

let redis: StartedRedis;
let admin: Redis;
let bus: RedisBus;
let generation = asGeneration('g');

beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
}, 60_000);
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  generation = asGeneration(fresh('g'));
  bus = await openRedisBus({ url: redis.url, generation, shards: 8, runtime });
  return () => bus.close();
});

const keys = () => shardKeys(generation, SHARD);
const readAll = () => bus.stream.read([SHARD], PLENTY, INBOX_MAX_BYTES, 0);
const commit = (remove: readonly string[], epoch = 1) =>
  bus.stream.commit({ shard: SHARD, epoch: asEpoch(epoch), publish: [], remove });
/** What `held` must be, by what the stream holds. */
const heldOfStream = async (): Promise<Record<string, string>> => {
  const entries = await admin.xrange(keys().in, '-', '+');
  const bytes = (fields: string[]): number => Buffer.byteLength(fields[3] ?? '');
  const sum = entries.reduce((total, [, fields]) => total + bytes(fields), 0);
  const places = entries.map(([id, fields]): [string, string] => [fields[1] ?? '', `${id} ${String(bytes(fields))}`]);
  return entries.length === 0 ? {} : Object.fromEntries<string>([...places, ['', String(sum)]]);
};

describe('what waits', () => {
  it('[B1] a shard has its keys under its generation, and no others', async () => {
    await bus.inbox.append(SHARD, requests(1));
    await commit([]);
    const prefix = `chat:{3}:g${generation}:`;
    expect((await admin.keys(`*g${generation}*`)).toSorted()).toEqual(
      ['fence', 'held', 'in'].map((name) => prefix + name),
    );
    expect([keys().hb, keys().eph]).toEqual([`${prefix}hb`, `${prefix}eph`]);
  });

  it('[B3] ids and bytes say of exactly the entries of the stream, after every append and removal', async () => {
    await bus.inbox.append(SHARD, [...requests(5), request('신발 👟')]);
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
    const entries = await readAll();
    await commit(entries.slice(1, 4).map(({ entryId }) => entryId));
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
    await commit(entries.map(({ entryId }) => entryId));
    expect(await admin.exists(keys().held)).toBe(0);
    expect(await admin.xlen(keys().in)).toBe(0);
  });

  it('[B3] lost ids are made again from the stream: repeats stay repeats, and the bytes count', async () => {
    const all = [...requests(150), request('x'.repeat(MAX_BATCH_BYTES))];
    await bus.inbox.append(SHARD, all);
    await admin.del(keys().held);
    const lag = { entries: 151, bytes: all.reduce((sum, { batch }) => sum + batch.length, 0) };
    expect((await bus.stream.lag([SHARD])).get(SHARD)).toEqual(lag);
    await admin.del(keys().held);
    expect(await bus.inbox.append(SHARD, all.slice(0, 2))).toEqual(['present', 'present']);
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
  });

  it('[B3] ids that outlived their stream are forgotten, also by a commit', async () => {
    const [first, second] = [request(), request()];
    await bus.inbox.append(SHARD, [first, second]);
    await admin.del(keys().in);
    expect(await bus.inbox.append(SHARD, [first])).toEqual(['accepted']);
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
    await admin.del(keys().in);
    await commit([]);
    expect(await admin.exists(keys().held)).toBe(0);
  });

  it('[B3] an entry added by hand is counted, and a second copy of what waits leaves', async () => {
    const waiting = request();
    await bus.inbox.append(SHARD, [waiting]);
    await admin.xadd(keys().in, '*', 'id', 'by hand', 'batch', 'text');
    await admin.xadd(keys().in, '*', 'id', waiting.id, 'batch', 'a copy');
    await admin.xadd(keys().in, '*', 'no', 'batch');
    expect((await bus.stream.lag([SHARD])).get(SHARD)).toEqual({ entries: 3, bytes: waiting.batch.length + 4 });
    const entries = await readAll();
    expect(entries.map(({ batch }) => batch)).toEqual([waiting.batch, 'text', '']);
    expect(await commit(entries.map(({ entryId }) => entryId))).toBe('committed');
    expect(await readAll()).toEqual([]);
  });

  it('[B27] an entry whose id is empty or no text goes by its place, and is removed as any other', async () => {
    const waiting = request();
    await bus.inbox.append(SHARD, [waiting]);
    await admin.xadd(keys().in, '*', 'id', '', 'batch', 'empty');
    await admin.xadd(keys().in, '*', 'id', Buffer.from([0xff, 0xfe]), 'batch', 'bytes');
    for (const text of ['one', 'two']) await admin.xadd(keys().in, '*', 'some', 'thing', 'else', text);
    const entries = await readAll();
    expect(entries.map(({ batch }) => batch)).toEqual([waiting.batch, 'empty', 'bytes', 'one', 'two']);
    await commit(entries.slice(1).map(({ entryId }) => entryId));
    expect(await readAll()).toEqual(entries.slice(0, 1));
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
  });

  it('[B4] a batch that waits again at another place is not removed by its old one, nor forgotten', async () => {
    const again = request();
    await bus.inbox.append(SHARD, [again]);
    const [old] = await readAll();
    await commit([old?.entryId ?? '']);
    await bus.inbox.append(SHARD, [again, request()]);
    await commit([old?.entryId ?? '']);
    expect(await admin.hgetall(keys().held)).toEqual(await heldOfStream());
    expect(await readAll()).toHaveLength(2);
  });

  it('[B4] a place that another batch has now is not removed under the name of the one that was read', async () => {
    await bus.inbox.append(SHARD, [request()]);
    const [read] = await readAll();
    const [place = ''] = read?.entryId.split(' ') ?? [];
    // As after a failover that lost the entry, by a clock that is behind.
    await admin.del(keys().in, keys().held);
    await admin.xadd(keys().in, place, 'id', asBatchId('another'), 'batch', 'another');
    expect(await commit([read?.entryId ?? ''])).toBe('committed');
    expect((await readAll()).map(({ batch }) => batch)).toEqual(['another']);
    expect(await commit([`${place} another`])).toBe('committed');
    expect(await readAll()).toEqual([]);
  });
});

describe('a Redis that loses things', () => {
  it('[B13] after a restart with nothing everything goes on', async () => {
    const kept = request();
    const heard: string[] = [];
    await bus.inbox.append(SHARD, [kept, ...requests(3)]);
    await commit([], 7);
    const edge = asEdgeId(fresh('edge-'));
    const subscription = await bus.fanOut.subscribe(
      edge,
      packedListener((packed) => heard.push(packed)),
    );
    await redis.primary.kill();
    await redis.primary.start();
    await vi.waitFor(async () => expect(await bus.inbox.append(SHARD, [kept])).toEqual(['accepted']), 10_000);
    await vi.waitFor(async () => expect(await readAll()).toHaveLength(1), 10_000);
    expect(await commit([], 1)).toBe('committed');
    await vi.waitFor(async () => {
      await bus.stream.commit({
        shard: SHARD,
        epoch: asEpoch(1),
        publish: [{ edge, packed: 'heard' }],
        remove: [],
      });
      expect(heard).toContain('heard');
    }, 10_000);
    await subscription.end();
  });

  it('[B2] out of memory an append is `busy` and does nothing, and a commit goes through and makes room', async () => {
    const [large, small] = [request('x'.repeat(MAX_BATCH_BYTES)), request()];
    await bus.inbox.append(SHARD, [large]);
    const entries = await readAll();
    await admin.config('SET', 'maxmemory', '1');
    expect(await bus.inbox.append(SHARD, [small])).toEqual(['busy']);
    expect(await readAll()).toEqual(entries);
    expect(
      await commit(
        entries.map(({ entryId }) => entryId),
        2,
      ),
    ).toBe('committed');
    expect(await admin.get(keys().fence)).toBe('2');
    expect(await readAll()).toEqual([]);
    await admin.config('SET', 'maxmemory', '0');
    expect(await bus.inbox.append(SHARD, [small])).toEqual(['accepted']);
  });

  it('[B2] a script that Redis has forgotten is given to it again', async () => {
    await bus.inbox.append(SHARD, requests(1));
    await admin.script('FLUSH');
    expect(await bus.inbox.append(SHARD, requests(1))).toEqual(['accepted']);
    expect((await bus.stream.lag([SHARD])).get(SHARD)?.entries).toBe(2);
  });
});
