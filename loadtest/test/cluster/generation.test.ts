/** What an operator changes while nothing runs: the number of shards, or all data for an older backup of it. */
import { MongoClient } from 'mongodb';
import { describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../driver/cluster.js';
import { refusalIn, type EntryBody } from '../../driver/wire-client.js';
import { say, subscribe } from '../../driver/wire-shop.js';
import { callAs, groupOf, munova, personAt, startCluster } from './place.js';

const LIMIT_MS = 120_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const MINJI = { sub: 'minji', name: '민지' };
const FEWER = { MUNOVA_SHARDS: '5' };

const stopAll = async (cluster: Cluster): Promise<void> => {
  for (const member of [...cluster.edges, ...cluster.actors]) expect((await member.terminate()).code).toBe(0);
};

const contentsOf = async (cluster: Cluster, room: string, edge: string): Promise<readonly (string | null)[]> => {
  const path = `/api/chat/messages/${room}?after=0&limit=200`;
  const { items } = await callAs<{ items: EntryBody[] }>(cluster, MINJI, 'GET', path, { edge });
  expect(items.map(({ seq }) => seq)).toEqual(items.map((_, i) => i + 1));
  return items.filter(({ kind }) => kind === 'message').map(({ content }) => content);
};

/** Of its last start, as clients are told. */
const generationAt = async (cluster: Cluster, edge: string): Promise<string> =>
  (await callAs<{ generation: string }>(cluster, { sub: 'root', role: 'admin' }, 'GET', '/admin/cluster', { edge }))
    .generation;

describe('[P50] munova migrate --new-generation', () => {
  it('[P50] names the processes that run, and changes nothing', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const before = await generationAt(cluster, 'edge-1');
    const { code, stderr } = await munova(cluster.env, 'migrate', '--new-generation');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/while no process runs; stop actors-1, edge-1 first\n$/)]);
    expect(await cluster.munova('migrate')).toContain(`64 shards, generation ${before}`);
  });

  it('[P50, P3, I3, I4] changes the number of shards: every message stays, once, in its place', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const room = await groupOf(cluster, MINJI);
    const client = await personAt(cluster, MINJI);
    const [first, second] = [
      await say(client, room, '하나', { 'client-message-id': 'm1' }),
      await say(client, room, '둘'),
    ];
    const former = await generationAt(cluster, 'edge-1');
    client.close();
    await stopAll(cluster);

    const env = { ...cluster.env, ...FEWER };
    const mistaken = await munova(env, 'edge');
    expect([mistaken.code, mistaken.stderr]).toEqual([78, expect.stringContaining('munova migrate --new-generation')]);
    const { stdout } = await munova(env, 'migrate', '--new-generation');
    expect(stdout).toMatch(/^migrated: schema \d+, 5 shards, generation \S+\n$/);
    await cluster.add('actors', FEWER);
    await cluster.add('edge', FEWER);

    const again = await personAt(cluster, MINJI, 'edge-2');
    const generation = await generationAt(cluster, 'edge-2');
    expect(generation).not.toBe(former);
    const repeated = await say(again, room, '하나', { 'client-message-id': 'm1' });
    expect(repeated.headers['seq']).toBe(first.headers['seq']);
    const resumed = await subscribe(again, room, { 'last-seq': second.headers['seq'] ?? '', generation: former });
    expect(refusalIn(resumed)).toMatchObject({ code: 'reset', generation });
    const next = await say(again, room, '셋');
    expect(Number(next.headers['seq'])).toBe(Number(second.headers['seq']) + 1);
    expect(await contentsOf(cluster, room, 'edge-2')).toEqual(['하나', '둘', '셋']);
  });

  it('[P50, I1, I7] after an older backup was restored, what it has not is sent again, and nothing of before stands in the way', async () => {
    const cluster = await startCluster({ edges: 1, actors: 1 });
    const url = new URL(cluster.env['MUNOVA_MONGO_URL'] ?? '');
    await using mongo = await new MongoClient(url.href).connect();
    const [data, backup] = [mongo.db(url.pathname.slice(1)), mongo.db(`${url.pathname.slice(1)}_backup`)];
    const room = await groupOf(cluster, MINJI);
    const client = await personAt(cluster, MINJI);
    await say(client, room, '하나');
    const collections = await data.listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of collections)
      await data
        .collection(name)
        .aggregate([{ $out: { db: backup.databaseName, coll: name } }])
        .toArray();
    const lost = await say(client, room, '둘', { 'client-message-id': 'm2' });
    await say(client, room, '셋');
    client.close();
    await stopAll(cluster);
    for (const { name } of collections) {
      await data.collection(name).deleteMany({});
      await backup
        .collection(name)
        .aggregate([{ $merge: { into: { db: data.databaseName, coll: name } } }])
        .toArray();
    }
    await backup.dropDatabase();
    await cluster.munova('migrate', '--new-generation');
    await Promise.all([...cluster.actors, ...cluster.edges].map((member) => member.start()));

    const again = await personAt(cluster, MINJI);
    expect(await contentsOf(cluster, room, 'edge-1')).toEqual(['하나']);
    const other = await say(again, room, '넷');
    expect(other.headers['seq']).toBe(lost.headers['seq']);
    const resent = await say(again, room, '둘', { 'client-message-id': 'm2' });
    expect(Number(resent.headers['seq'])).toBe(Number(lost.headers['seq']) + 1);
    expect(await contentsOf(cluster, room, 'edge-1')).toEqual(['하나', '넷', '둘']);
  });
});

describe('[P51] the deployment key', () => {
  it('[P51] of an edge has to be the one that the data was made with', async () => {
    const cluster = await startCluster({ edges: 1, actors: 0 });
    const { code, stderr } = await munova({ ...cluster.env, MUNOVA_DEPLOYMENT_KEY: 'k'.repeat(43) }, 'edge');
    expect([code, stderr]).toEqual([
      78,
      expect.stringMatching(/MUNOVA_DEPLOYMENT_KEY was given another key; allowed is the key/),
    ]);
    expect(stderr).not.toContain('kkk');
  });
});
