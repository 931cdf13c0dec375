import {
  BEFORE_FIRST,
  HANDOVERS_AT_ONCE,
  LEASE_RENEW_MS,
  LEASE_TTL_MS,
  UNREADABLE_PAUSE_MS,
  WIRE_VERSION,
  asRoomId,
  type RoomId,
} from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { shardOf } from '../../src/index.js';
import { minji, say } from '../core/people.js';
import type { SimEdge } from '../runtime/edge.js';
import { groupOf } from '../runtime/scenes.js';
import { ALL_SHARDS, Cluster, SHARDS, type Machine } from './cluster.js';

/** Long enough for a death to be noticed and everything to be taken over. */
const TAKEOVER_MS = 2 * LEASE_TTL_MS + 4 * LEASE_RENEW_MS;

const started = async (...names: readonly string[]): Promise<{ cluster: Cluster; machines: Machine[] }> => {
  const cluster = new Cluster();
  const machines = await cluster.start(...names);
  await cluster.pass(TAKEOVER_MS);
  return { cluster, machines };
};

const sharesOf = async (cluster: Cluster, machines: readonly Machine[]): Promise<number[][]> =>
  Promise.all(machines.map((machine) => cluster.served(machine)));

/** Every shard is served by exactly one of them. */
const expectWhole = async (cluster: Cluster, machines: readonly Machine[]): Promise<void> => {
  const shares = await sharesOf(cluster, machines);
  expect(shares.flat().toSorted((a, b) => a - b)).toEqual(ALL_SHARDS);
};

const ROOMS = Array.from({ length: 12 }, (_, i) => asRoomId(`room-${String(i)}`));

const ROOM = asRoomId('room');

const NEWER = JSON.stringify({ v: WIRE_VERSION + 1, anything: true });

const talk = async (cluster: Cluster, edge: SimEdge, rooms: readonly RoomId[] = ROOMS): Promise<void> => {
  for (const room of rooms) {
    const [sent] = await edge.send('s', [say(room, minji, 'hello')]);
    await cluster.pass(10);
    expect(edge.replyTo(sent)?.outcome.status, room).toBe('logged');
  }
};

describe('actor nodes among others', () => {
  it('[A80] [A84] [A87] share the shards out, each with one owner', async () => {
    const { cluster, machines } = await started('a', 'b', 'c');
    await expectWhole(cluster, machines);
    for (const share of await sharesOf(cluster, machines)) expect(share.length).toBeGreaterThan(0);
  });

  it('[A87] a lone node has everything at its first look, and serves it', async () => {
    const cluster = new Cluster();
    const machines = await cluster.start('a');
    await expectWhole(cluster, machines);
    const edge = await cluster.edge();
    for (const room of ROOMS) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(10);
    await talk(cluster, edge);
  });

  it('[A85] [A87] a joining node gets its share, a few shards at a time, and nothing is refused meanwhile', async () => {
    const { cluster, machines } = await started('a');
    const edge = await cluster.edge();
    for (const room of ROOMS) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(10);
    machines.push(...(await cluster.start('b')));
    let most = 0;
    for (let before = cluster.changes.length, i = 0; i < 40; i += 1, before = cluster.changes.length) {
      await talk(cluster, edge, [ROOMS[i % ROOMS.length] ?? asRoomId('none')]);
      await cluster.pass(LEASE_RENEW_MS / 4);
      most = Math.max(most, cluster.changes.slice(before).filter((change) => change.includes('- a')).length);
    }
    await expectWhole(cluster, machines);
    for (const share of await sharesOf(cluster, machines)) expect(share.length).toBeGreaterThan(SHARDS / 8);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(HANDOVERS_AT_ONCE);
    await talk(cluster, edge);
  });

  it('[A83] [A84] [A87] the shards of a node that died are taken over, under greater epochs', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    const lost = await cluster.served(a);
    const node = a.cluster.node;
    a.cluster.stop();
    await cluster.pass(LEASE_TTL_MS - 1);
    expect(await cluster.served(b)).not.toEqual(ALL_SHARDS);
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [b]);
    expect((await cluster.members()).get(node)).toBe('dead');
    for (const { shard, epoch } of await cluster.ownership.shards()) {
      if (lost.includes(shard)) expect(epoch).toBeGreaterThan(1);
    }
  });

  it('[A82] [A87] a restarted process takes its shards again at once its former incarnation is dead', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    const share = await cluster.served(a);
    a.cluster.stop();
    const [again] = (await cluster.start('a')) as [Machine];
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [again, b]);
    expect(await cluster.served(again)).toEqual(share);
  });

  it('[A83] a store that stalls for all, however long, causes no take-over by another', async () => {
    const { cluster, machines } = await started('a', 'b', 'c');
    const before = await sharesOf(cluster, machines);
    for (const ms of [LEASE_TTL_MS - 500, 11_000, 60_000]) {
      cluster.stalled = true;
      await cluster.pass(ms);
      cluster.stalled = false;
      await cluster.pass(TAKEOVER_MS);
      expect(await sharesOf(cluster, machines)).toEqual(before);
      expect([...(await cluster.members()).values()]).toEqual(['live', 'live', 'live']);
      expect(machines.map(({ dead }) => dead)).toEqual([false, false, false]);
    }
  });

  it('[A81] [A82] [A83] a node cut off gives everything up when its lease ends, is taken for dead, and exits once it hears', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    a.cut = true;
    await cluster.pass(LEASE_TTL_MS);
    expect(a.cluster.owned.shards()).toEqual([]);
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [b]);
    expect(a.dead).toBe(false);
    a.cut = false;
    await cluster.pass(LEASE_RENEW_MS);
    expect(a.dead).toBe(true);
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [b]);
  });

  it('[A81] [A82] a node without a lease begins nothing, and as its next incarnation does what waited', async () => {
    const { cluster, machines } = await started('a');
    const [a] = machines as [Machine];
    const edge = await cluster.edge();
    await edge.send('s', [groupOf(ROOM, minji, 10, '모임')]);
    await cluster.pass(10);
    a.cut = true;
    cluster.runtime.standStill(LEASE_TTL_MS);
    const [sent] = await edge.send('s', [say(ROOM, minji, '늦었어요')]);
    await cluster.runtime.settle();
    expect(edge.replyTo(sent)).toBeUndefined();
    expect(await cluster.store.log.readAfter(ROOM, BEFORE_FIRST, 10)).toHaveLength(2);
    a.cut = false;
    await cluster.pass(TAKEOVER_MS);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect(a.dead).toBe(false);
  });

  it('[A86] a draining node hands everything over, projects its rooms, and leaves', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    const edge = await cluster.edge();
    for (const room of ROOMS) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(10);
    await talk(cluster, edge);
    let drained = false;
    void a.cluster.drain().then(() => (drained = true));
    await cluster.pass(TAKEOVER_MS);
    expect(drained).toBe(true);
    await expectWhole(cluster, [b]);
    expect([...(await cluster.members()).keys()]).toEqual([b.cluster.node]);
    for (const room of ROOMS) expect(await cluster.store.directory.get(room)).toMatchObject({ stateSeq: 3 });
    await talk(cluster, edge);
  });

  it('[P10] a node marked as draining hands everything to others and stays; the last one keeps what it has', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    const edge = await cluster.edge();
    for (const room of ROOMS) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(10);
    await cluster.membership.markDraining(a.cluster.node);
    await cluster.pass(TAKEOVER_MS);
    expect(a.cluster.retiring).toBe(true);
    await expectWhole(cluster, [b]);
    expect([...(await cluster.members()).values()]).toEqual(['draining', 'live']);
    await talk(cluster, edge);
    await cluster.membership.markDraining(b.cluster.node);
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [b]);
    await talk(cluster, edge);
  });

  it('[P10] a node that was marked stays so as its next incarnation', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a] = machines as [Machine, Machine];
    const former = a.cluster.node;
    await cluster.membership.markDraining(former);
    await cluster.pass(TAKEOVER_MS);
    cluster.stalled = true;
    await cluster.pass(TAKEOVER_MS);
    cluster.stalled = false;
    await cluster.pass(TAKEOVER_MS);
    expect(a.cluster.node).not.toBe(former);
    expect((await cluster.members()).get(a.cluster.node)).toBe('draining');
    expect(await cluster.served(a)).toEqual([]);
  });

  it('[A88] a shard that holds a newer envelope goes to a node that reads it, and not back', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [newer] = await cluster.startReading(WIRE_VERSION + 1, 'c');
    await cluster.pass(TAKEOVER_MS);
    const edge = await cluster.edge();
    const shares = await Promise.all(machines.slice(0, 2).map((machine) => cluster.served(machine)));
    const rooms = shares.map((share) => ROOMS.find((room) => share.includes(shardOf(room, SHARDS))));
    for (const room of rooms) if (room) await edge.raw(room, NEWER);
    await cluster.pass(TAKEOVER_MS);
    const gone = rooms.map((room) => shardOf(room ?? ROOM, SHARDS));
    expect(await cluster.served(newer as Machine)).toEqual(expect.arrayContaining(gone));
    await expectWhole(cluster, cluster.machines);
    const before = cluster.changes.length;
    await cluster.pass(10 * TAKEOVER_MS);
    expect(cluster.changes.length).toBe(before);
    (newer as Machine).cluster.stop();
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, machines.slice(0, 2));
  });

  it('[A18] [A88] a newer envelope that nobody reads moves no shard', async () => {
    const { cluster } = await started('a', 'b');
    const edge = await cluster.edge();
    const before = cluster.changes.length;
    for (const room of ROOMS) await edge.raw(room, NEWER);
    await cluster.pass(10 * TAKEOVER_MS);
    expect(cluster.changes.length).toBe(before);
    for (const room of ROOMS) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(UNREADABLE_PAUSE_MS + 10);
    for (const room of ROOMS) expect(await cluster.store.directory.get(room)).not.toBeNull();
  });

  it('[A84] what a dead owner left in the streams is resolved by its successor, once', async () => {
    const { cluster, machines } = await started('a', 'b');
    const [a, b] = machines as [Machine, Machine];
    const share = await cluster.served(a);
    const rooms = ROOMS.filter((room) => share.includes(shardOf(room, SHARDS)));
    expect(rooms.length).toBeGreaterThan(0);
    const edge = await cluster.edge();
    for (const room of rooms) await edge.send('s', [groupOf(room, minji, 10, room)]);
    await cluster.pass(10);
    a.cluster.stop();
    const sent = await Promise.all(rooms.map(async (room) => (await edge.send('s', [say(room, minji, '안녕')]))[0]));
    await cluster.pass(10);
    expect(sent.map((one) => edge.replyTo(one))).toEqual(sent.map(() => undefined));
    await cluster.pass(TAKEOVER_MS);
    await expectWhole(cluster, [b]);
    expect(sent.map((one) => edge.replyTo(one)?.outcome.status)).toEqual(sent.map(() => 'logged'));
  });
});
