/** A bad day of the clocks: actor nodes whose wall clocks are two minutes apart, and a minute from everybody else's. */
import { isDeepStrictEqual } from 'node:util';
import type { Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster, type ClusterMember } from '../../driver/cluster.js';
import { until } from '../../driver/wait.js';
import type { EntryBody, WireClient } from '../../driver/wire-client.js';
import { say } from '../../driver/wire-shop.js';
import { clusterOf, databaseOf, groupOf, historyOf, personAt, sharedServers, type ClusterBody } from './place.js';

const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const SKEW_MS = 60_000;
const NEAR_MS = 30_000;
/** One every third of a lease's time. */
const RENEWALS = 3;
const ROOMS = 8;
/** So few shards are shared out soon, and these ids fall to both nodes. */
const ALWAYS_THE_SAME = {
  MUNOVA_SHARDS: '8',
  MUNOVA_DEPLOYMENT_KEY: 'a'.repeat(64),
  MUNOVA_JWT_SECRET: 'a'.repeat(48),
};
const MINJI = { sub: 'minji', name: '민지' };

let cluster: Cluster;
let fast: ClusterMember;
let client: WireClient;
let mongo: MongoClient;
let records: Collection<{ _id: string; beat: number }>;
let rooms: readonly string[];
const sent = new Map<string, string[]>();

const skewedBy = (ms: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${new URL('./skewed-clock.ts', import.meta.url).href}`,
  CLOCK_SKEW_MS: String(ms),
});
const report = async (): Promise<ClusterBody> => (await clusterOf(cluster, cluster.member('edge-1').ready.http)).data;
/** By how much the clock that stamped the newest entry is ahead of this one. */
const skewOf = async (room: string): Promise<number> =>
  Date.parse((await historyOf(cluster, MINJI, room)).at(-1)?.createdAt ?? '') - Date.now();
/** One message in each room, in order. */
const sayEverywhere = async (): Promise<void> => {
  for (const room of rooms) {
    const words = sent.get(room) ?? [];
    words.push(`말 ${String(words.length)}`);
    sent.set(room, words);
    expect(await say(client, room, words.at(-1) ?? '')).toMatchObject({ command: 'RECEIPT' });
  }
};

const ownersIn = ({ shards }: ClusterBody): string[] =>
  shards.map(({ owner, epoch }) => `${String(owner)} ${String(epoch)}`);
const beats = async (): Promise<readonly number[]> =>
  (await records.find({}, { sort: { _id: 1 } }).toArray()).map(({ beat }) => beat);
/** Until everybody has renewed its lease for the time of a whole one, messages being sent meanwhile. */
const throughLease = async (): Promise<void> => {
  const from = await beats();
  await until('everybody renews', LIMIT_MS, async () => {
    await sayEverywhere();
    return (await beats()).every((beat, i) => beat >= (from[i] ?? 0) + RENEWALS);
  });
};

beforeAll(async () => {
  cluster = await Cluster.start({ ...(await sharedServers()), edges: 1, actors: 0, env: ALWAYS_THE_SAME });
  [fast] = await Promise.all([cluster.add('actors', skewedBy(SKEW_MS)), cluster.add('actors', skewedBy(-SKEW_MS))]);
  await until('both have shards', LIMIT_MS, async () => {
    const { nodes, shards } = await report();
    const counts = nodes.filter(({ role }) => role === 'actors').map((node) => node.shards);
    return shards.every(({ owner }) => owner !== null) && counts.every((count) => count > 0);
  });
  const store = await databaseOf(cluster);
  mongo = store.client;
  records = store.db.collection('nodes');
  client = await personAt(cluster, MINJI);
  const made: string[] = [];
  for (let i = 0; i < ROOMS; i += 1) made.push(await groupOf(cluster, MINJI));
  rooms = made;
}, SERVERS_TIMEOUT_MS);
afterAll(async () => {
  await mongo.close();
  await cluster.destroy();
});

describe('[P24] clocks that differ', () => {
  it('[P24, A83] break no lease: shards are shared out once and stay, and entries tell each its clock', async () => {
    const joined = (await report()).nodes.map(({ node }) => [node, 'live']);
    await until('shards stay with their owners for the time of a lease', LIMIT_MS, async () => {
      const before = ownersIn(await report());
      await throughLease();
      return isDeepStrictEqual(ownersIn(await report()), before);
    });
    const { nodes, shards } = await report();
    expect(nodes.map(({ node, status }) => [node, status])).toEqual(joined);
    // Claimed by who came first, handed over once at most.
    expect(Math.max(...shards.map(({ epoch }) => epoch))).toBeLessThanOrEqual(2);
    const skews = await Promise.all(rooms.map(skewOf));
    expect(skews.every((ms) => Math.abs(Math.abs(ms) - SKEW_MS) < NEAR_MS)).toBe(true);
    expect(new Set(skews.map(Math.sign))).toEqual(new Set([1, -1]));
  });

  it('[P24, R5] keep the order by seq when a room goes from the fast to the slow one, and its times stand still', async () => {
    const skews = await Promise.all(rooms.map(skewOf));
    const moving = rooms.filter((_, i) => (skews[i] ?? 0) > 0);
    const last = new Map<string, EntryBody | undefined>();
    for (const room of moving) last.set(room, (await historyOf(cluster, MINJI, room)).at(-1));
    await fast.kill();
    await sayEverywhere();
    for (const room of rooms) {
      const entries = await historyOf(cluster, MINJI, room);
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
      expect(entries.filter(({ kind }) => kind === 'message').map(({ content }) => content)).toEqual(sent.get(room));
      const times = entries.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted());
    }
    for (const [room, before] of last)
      expect((await historyOf(cluster, MINJI, room)).at(-1)?.createdAt).toBe(before?.createdAt);
  });

  it('[P24] do not keep a node out that comes back', async () => {
    await fast.start();
    await until('it has its share', LIMIT_MS, async () =>
      (await report()).nodes.some(({ address, shards }) => address === fast.ready.http && shards > 0),
    );
    await sayEverywhere();
    for (const member of cluster.actors) expect(member.log).not.toContain('was taken for dead');
  });
});
