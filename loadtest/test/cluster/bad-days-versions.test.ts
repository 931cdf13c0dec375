/** A bad day of an upgrade: an envelope in a shard that its owner is too old to read. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asRoomId, UNREADABLE_PAUSE_MS, WIRE_VERSION } from '@munova/contracts';
import { shardOf } from '@munova/room-actors';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster } from '../../driver/cluster.js';
import { until } from '../../driver/wait.js';
import type { WireClient } from '../../driver/wire-client.js';
import { say } from '../../driver/wire-shop.js';
import {
  clusterOf,
  contentsIn,
  groupOf,
  linesOf,
  metricOf,
  munova,
  personAt,
  sharedServers,
  streamKeyOf,
  type ClusterBody,
} from './place.js';

const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const SHARDS = 8;
const MINJI = { sub: 'minji', name: '민지' };
const NEWER = 'an envelope is newer than this process reads';
/** Loads an actor node as a later build. */
const LATER = { NODE_OPTIONS: `--import=${new URL('./later-version.ts', import.meta.url).href}` };

let cluster: Cluster;
let admin: Redis;
let client: WireClient;
beforeAll(async () => {
  const servers = await sharedServers();
  admin = new Redis(servers.redis);
  cluster = await Cluster.start({ ...servers, edges: 1, actors: 1, env: { MUNOVA_SHARDS: String(SHARDS) } });
  client = await personAt(cluster, MINJI);
}, SERVERS_TIMEOUT_MS);
afterAll(async () => {
  admin.disconnect();
  await cluster.destroy();
});

const report = async (): Promise<ClusterBody> => (await clusterOf(cluster, cluster.member('edge-1').ready.http)).data;
const shardOfRoom = (room: string): number => shardOf(asRoomId(room), SHARDS);
const shardAt = async (room: string) => (await report()).shards[shardOfRoom(room)];
const ownerOf = async (room: string): Promise<string | undefined> => {
  const { nodes, shards } = await report();
  const owner = shards[shardOfRoom(room)]?.owner;
  return nodes.find(({ node }) => node === owner)?.name;
};

/** The same in each room, at once. */
const sayIn = async (rooms: readonly string[], text: string): Promise<void> => {
  const answers = await Promise.all(rooms.map((room) => say(client, room, text)));
  expect(answers.map(({ command }) => command)).toEqual(rooms.map(() => 'RECEIPT'));
};

/** A new room for whose shard this holds. */
const roomWhere = async (holds: (room: string) => boolean | Promise<boolean>): Promise<string> => {
  for (;;) {
    const room = await groupOf(cluster, MINJI);
    if (await holds(room)) return room;
  }
};

/** Puts a message of minji's into the room's shard, in an envelope of the next version. @returns its place */
const putNewer = async (room: string, content: string): Promise<string> => {
  const actor = { id: MINJI.sub, name: MINJI.name, role: 'buyer', shop: null };
  const body = { type: 'TEXT', content };
  const command = { kind: 'message', room, actor, cmid: `later-${content}`, body, bodyHash: content };
  const frames = [{ frame: 'command', ref: 1, command }];
  const batch = { v: WIRE_VERSION + 1, id: `later-${content}`, edge: 'edge-later', session: 's', attempt: 1, frames };
  const place = await admin.xadd(await keyOf(room), '*', 'id', batch.id, 'batch', JSON.stringify(batch));
  return place ?? '';
};
const keyOf = (room: string): Promise<string> => streamKeyOf(cluster, shardOfRoom(room));

describe('an envelope of a newer version', () => {
  it('[P32, A18] that nobody reads stays and is told, its shard and the others go on, and ends by being taken away', async () => {
    const owner = cluster.member('actors-1');
    const room = await groupOf(cluster, MINJI);
    const beside = await roomWhere((other) => shardOfRoom(other) === shardOfRoom(room));
    const elsewhere = await roomWhere((other) => shardOfRoom(other) !== shardOfRoom(room));
    const before = await shardAt(room);
    const since = performance.now();
    const place = await putNewer(room, 'unread');
    await until('it is met', LIMIT_MS, () => linesOf(owner, NEWER).length > 0);
    expect(linesOf(owner, NEWER)[0]).toMatchObject({ level: 40, shard: shardOfRoom(room), version: WIRE_VERSION + 1 });
    expect(await metricOf(owner, 'munova_unreadable_entries_total')).toBeGreaterThan(0);
    await sayIn([elsewhere, room, beside], 'behind it');
    // Told once a read of its shard, between which there are pauses.
    const pauses = (performance.now() - since) / UNREADABLE_PAUSE_MS;
    expect(linesOf(owner, NEWER).length).toBeLessThanOrEqual(1 + pauses);
    expect(await admin.xrange(await keyOf(room), '-', '+')).toEqual([[place, expect.anything()]]);
    expect(await shardAt(room)).toMatchObject({ owner: before?.owner, epoch: before?.epoch, lag: { entries: 1 } });
    const { stdout } = await munova(cluster.env, 'status', '--once');
    expect(stdout).toContain(`${String(shardOfRoom(room))}/${String(before?.epoch)}+1`);
    expect(await admin.xdel(await keyOf(room), place)).toBe(1);
    await until('nothing waits', LIMIT_MS, async () => (await shardAt(room))?.lag?.entries === 0);
    const met = linesOf(owner, NEWER).length;
    await sayIn([elsewhere, room, beside], 'after it');
    for (const each of [elsewhere, room, beside]) {
      expect(await contentsIn(cluster, MINJI, each)).toEqual(['behind it', 'after it']);
    }
    expect(linesOf(owner, NEWER)).toHaveLength(met);
    expect(owner.running).toBe(true);
  });

  it('[P33, A88] takes its shard to a node that announces to read it, and what it holds is logged', async () => {
    const later = await cluster.add('actors', LATER);
    await until('both have shards', LIMIT_MS, async () => {
      const shares = (await report()).nodes.filter(({ role }) => role === 'actors').map(({ shards }) => shards);
      return shares.every((share) => share > 0) && shares.reduce((sum, share) => sum + share, 0) === SHARDS;
    });
    const room = await roomWhere(async (each) => (await ownerOf(each)) === 'actors-1');
    await putNewer(room, 'read after all');
    await until('it is logged', LIMIT_MS, async () => (await contentsIn(cluster, MINJI, room)).length > 0);
    expect(await contentsIn(cluster, MINJI, room)).toEqual(['read after all']);
    expect(await ownerOf(room)).toBe(later.name);
    expect(await say(client, room, 'there')).toMatchObject({ command: 'RECEIPT' });
    expect(await contentsIn(cluster, MINJI, room)).toEqual(['read after all', 'there']);
    expect(await ownerOf(room)).toBe(later.name);
    expect(linesOf(later, NEWER)).toEqual([]);
  });
});
