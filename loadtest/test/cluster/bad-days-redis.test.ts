/** Bad days of Redis while the cluster serves: no memory left, and things in its streams that nobody of ours wrote. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { asRoomId } from '@munova/contracts';
import { shardOf } from '@munova/room-actors';
import { startRedis, type StartedRedis } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster } from '../../driver/cluster.js';
import { until } from '../../driver/wait.js';
import { refusalIn } from '../../driver/wire-client.js';
import { say, subscribe } from '../../driver/wire-shop.js';
import { clusterOf, contentsIn, groupOf, linesOf, metricOf, personAt, sharedServers, streamKeyOf } from './place.js';

const LIMIT_MS = 90_000;
/** How long a SEND is tried again for want of room, and some more. */
const BUSY_MS = 45_000;
const EMPTY_MS = 30_000;
/** Until every process has looked at Redis again. */
const LOOK_MS = 15_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const MINJI = { sub: 'minji', name: '민지' };
const SHARDS = 64;

let redis: StartedRedis;
let admin: Redis;
let cluster: Cluster;
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
  cluster = await Cluster.start({ redis: redis.url, mongo: (await sharedServers()).mongo, edges: 1, actors: 1 });
}, SERVERS_TIMEOUT_MS);
afterAll(async () => {
  await cluster.destroy();
  admin.disconnect();
  await redis.stop();
});

const contentsOf = (room: string): Promise<readonly unknown[]> => contentsIn(cluster, MINJI, room);
const metric = (name: string, member = 'actors-1'): Promise<number> => metricOf(cluster.member(member), name);

const roomsOfTwoShards = async (): Promise<readonly [string, string]> => {
  const first = await groupOf(cluster, MINJI);
  for (;;) {
    const second = await groupOf(cluster, MINJI);
    if (shardOf(asRoomId(first), SHARDS) !== shardOf(asRoomId(second), SHARDS)) return [first, second];
  }
};

describe('[P22] a Redis without memory', () => {
  it('[P22, B2] answers sends `later` once nothing had room for long, loses nothing, and all goes on with memory', async () => {
    const room = await groupOf(cluster, MINJI);
    const client = await personAt(cluster, MINJI);
    const listener = await personAt(cluster, MINJI);
    await subscribe(listener, room);
    expect(await say(client, room, 'before')).toMatchObject({ command: 'RECEIPT' });
    onTestFinished(async () => void (await admin.config('SET', 'maxmemory', '0')));
    await admin.config('SET', 'maxmemory', '1');
    const ids = ['one', 'two', 'three'];
    const seen = client.frames.length;
    for (const id of ids) {
      const headers = { destination: `/rooms/${room}/messages`, 'client-message-id': id, receipt: id };
      client.send('SEND', headers, JSON.stringify({ type: 'TEXT', content: id }));
    }
    const answers = () => client.frames.slice(seen).filter(({ command }) => command === 'MESSAGE');
    await until('an answer to each', BUSY_MS, () => answers().length === ids.length);
    expect(answers().map((frame) => refusalIn(frame))).toEqual(
      ids.map((id) => expect.objectContaining({ code: 'busy', retry: 'later', clientMessageId: id }) as unknown),
    );
    expect(await contentsOf(room)).toEqual(['before']);
    // What is sent now waits, and finds room.
    const waiting = say(client, room, 'one', { 'client-message-id': 'one' });
    await admin.config('SET', 'maxmemory', '0');
    expect(await waiting).toMatchObject({ command: 'RECEIPT' });
    for (const id of ['two', 'three']) {
      expect(await say(client, room, id, { 'client-message-id': id })).toMatchObject({ command: 'RECEIPT' });
    }
    expect(await contentsOf(room)).toEqual(['before', ...ids]);
    expect((await listener.bodiesOf('s', 4)).map(({ content }) => content)).toEqual(['before', ...ids]);
    const { data } = await clusterOf(cluster, cluster.member('edge-1').ready.http);
    expect(data.nodes.map(({ status }) => status)).toEqual(['live', 'live']);
  });
});

describe('[P30] an eviction policy that is set while the cluster serves', () => {
  it('[P30, B28] is told by every process, which serve on and stay ready, and so is its end', async () => {
    const members = ['edge-1', 'actors-1'];
    const shown = (count: number) => async (): Promise<boolean> => {
      const values = members.map((member) => metric('munova_redis_troubles{kind="evicts"}', member));
      return (await Promise.all(values)).every((value) => value === count);
    };
    onTestFinished(async () => void (await admin.config('SET', 'maxmemory-policy', 'noeviction')));
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await until('both show it', LOOK_MS, shown(1));
    for (const member of members) {
      expect(linesOf(cluster.member(member), 'evicts keys')).toEqual([
        expect.objectContaining({ level: 50, alert: true }),
      ]);
      expect((await fetch(`${cluster.member(member).ready.http}/readyz`)).status).toBe(200);
    }
    const client = await personAt(cluster, MINJI);
    expect(await say(client, await groupOf(cluster, MINJI), 'all the same')).toMatchObject({ command: 'RECEIPT' });
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await until('both show that it is over', LOOK_MS, shown(0));
    for (const member of members) expect(linesOf(cluster.member(member), 'a trouble of Redis is over')).toHaveLength(1);
  });
});

describe('[P31] a shard whose key in Redis holds no stream', () => {
  it('[P31, B29] waits alone, is told by its key, and is served on once the key is gone', async () => {
    const [broken, sound] = await roomsOfTwoShards();
    const client = await personAt(cluster, MINJI);
    for (const room of [broken, sound]) expect(await say(client, room, 'before')).toMatchObject({ command: 'RECEIPT' });
    const key = await streamKeyOf(cluster, shardOf(asRoomId(broken), SHARDS));
    onTestFinished(async () => void (await admin.del(key)));
    await admin.set(key, 'by hand');
    const waiting = say(client, broken, 'while it is broken');
    await until('it is shown', LOOK_MS, async () => (await metric('munova_redis_troubles{kind="no-stream"}')) === 1);
    const other = await personAt(cluster, MINJI);
    for (const text of ['one', 'two', 'three']) {
      expect(await say(other, sound, text)).toMatchObject({ command: 'RECEIPT' });
    }
    expect(linesOf(cluster.member('actors-1'), 'holds no stream')).toEqual([
      expect.objectContaining({ level: 50, alert: true, msg: expect.stringContaining(key) as string }),
    ]);
    const { data } = await clusterOf(cluster, cluster.member('edge-1').ready.http);
    expect(data.shards.filter(({ lag }) => lag === null).map(({ shard }) => shard)).toEqual([
      shardOf(asRoomId(broken), SHARDS),
    ]);
    await admin.del(key);
    expect(await waiting).toMatchObject({ command: 'RECEIPT' });
    expect(await contentsOf(broken)).toEqual(['before', 'while it is broken']);
    expect(await contentsOf(sound)).toEqual(['before', 'one', 'two', 'three']);
  });
});

describe('[P23] entries of a shard that nobody of ours wrote', () => {
  const GARBAGE: readonly (readonly (string | Buffer)[])[] = [
    ['id', 'by-hand', 'batch', 'no JSON'],
    ['id', 'by-hand-too', 'batch', '{"v":1,"id":"x"}'],
    ['id', 'deep', 'batch', '['.repeat(100_000)],
    ['some', 'thing'],
    ['id', '', 'batch', 'nobody'],
    ['id', Buffer.from([0xff, 0xfe]), 'batch', Buffer.from([0x80, 0x00, 0xff])],
  ];

  it('[P23, A17, B27] are set aside once each, with an alert and a count, and every room is served on', async () => {
    const room = await groupOf(cluster, MINJI);
    const client = await personAt(cluster, MINJI);
    const before = await metric('munova_poisoned_entries_total');
    const keys = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => streamKeyOf(cluster, shard)));
    await Promise.all(keys.flatMap((key) => GARBAGE.map((fields) => admin.xadd(key, '*', ...fields))));
    expect(await say(client, room, 'on and on')).toMatchObject({ command: 'RECEIPT' });
    await until('the streams are empty', EMPTY_MS, async () => {
      const lengths = await Promise.all(keys.map((key) => admin.xlen(key)));
      return lengths.every((length) => length === 0);
    });
    const all = SHARDS * GARBAGE.length;
    expect((await metric('munova_poisoned_entries_total')) - before).toBe(all);
    const alerts = linesOf(cluster.member('actors-1'), 'is no batch');
    expect(alerts).toHaveLength(all);
    expect(alerts[0]).toMatchObject({ level: 50, alert: true, shard: expect.any(Number) as number });
    expect(await contentsOf(room)).toEqual(['on and on']);
    expect(await say(client, room, 'the same node')).toMatchObject({ command: 'RECEIPT' });
    expect(cluster.member('actors-1').running).toBe(true);
  });
});
