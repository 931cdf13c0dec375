import {
  HEAD_BEATS,
  HEARTBEAT_MS,
  ChatError,
  LEASE_TTL_MS,
  asEdgeId,
  asShardId,
  decodeHeartbeat,
  type EdgeId,
  type Heartbeat,
  type ShardId,
} from '@munova/contracts';
import type { MemoryBus } from '@munova/contracts/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/index.js';
import { Cluster } from '../cluster/cluster.js';
import { GROUP, minji, say } from '../core/people.js';
import { Gate } from './faults.js';
import { openGroup } from './scenes.js';
import { World } from './world.js';

/** Every heartbeat that this edge hears, in order. */
const listen = async (bus: MemoryBus, edge: EdgeId = asEdgeId('ear')): Promise<Heartbeat[]> => {
  const heard: Heartbeat[] = [];
  await bus.subscribe(edge, {
    onPacked: () => undefined,
    onHeartbeat: (text) => heard.push(decodeHeartbeat(text)),
    onEphemeral: () => undefined,
    onReconnect: () => undefined,
  });
  return heard;
};

const SHARD = shardOf(GROUP, 4);

describe('heartbeats', () => {
  let world: World;
  let heard: Heartbeat[];
  const of = (shard: ShardId): Heartbeat[] => heard.filter((beat) => beat.shard === shard);

  beforeEach(async () => {
    world = new World();
    heard = await listen(world.bus);
    world.node.start();
    await world.settle();
  });

  it('[A70] are said of every owned shard at once when it is taken over, and every second from then on', async () => {
    expect(heard.map(({ shard, epoch }) => [shard, epoch])).toEqual([0, 1, 2, 3].map((shard) => [shard, 1]));
    await world.pass(3 * HEARTBEAT_MS);
    expect(of(SHARD)).toHaveLength(4);
    await world.crashAndRestart();
    expect(of(SHARD).map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 2]);
  });

  it('[A70] say what waits in the shard', async () => {
    const edge = await world.edge();
    world.faults.holdAppends();
    await edge.send('s', [say(GROUP, minji)]);
    await world.pass(HEARTBEAT_MS);
    expect(of(SHARD).map(({ lag }) => lag.entries)).toEqual([0, 1]);
    expect(of(SHARD).at(-1)?.lag.bytes).toBeGreaterThan(100);
  });

  it('[A71] say where a room ends, in several heartbeats, also where nobody watches it', async () => {
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await world.pass((HEAD_BEATS + 2) * HEARTBEAT_MS);
    const heads = of(SHARD).map((beat) => beat.heads);
    expect(heads).toEqual([[], ...Array.from({ length: HEAD_BEATS }, () => [[GROUP, 2]]), [], []]);
  });

  it('[A71] say a head no sooner than its entries were published', async () => {
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const gate = new Gate();
    world.beforeStreamCommit = () => gate.pass();
    await edge.send('s', [say(GROUP, minji)]);
    await world.pass(2 * HEARTBEAT_MS);
    expect((await world.log(GROUP)).at(-1)?.seq).toBe(3);
    expect(of(SHARD).at(-1)?.heads).toEqual([[GROUP, 2]]);
    gate.open();
    await world.pass(HEARTBEAT_MS);
    expect(of(SHARD).at(-1)?.heads).toEqual([[GROUP, 3]]);
  });

  it('[A72] that fail are dropped, and the next says what they had to say', async () => {
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.beforeBeat = () => Promise.reject(new ChatError('unavailable'));
    await world.pass(10 * HEARTBEAT_MS);
    expect([of(SHARD).length, world.failedSteps.length]).toEqual([1, 40]);
    expect(world.logged.filter((line) => line.startsWith('heartbeats'))).toHaveLength(4);
    world.beforeBeat = () => Promise.resolve();
    await world.pass(HEARTBEAT_MS);
    expect(
      of(SHARD)
        .slice(1)
        .map(({ heads }) => heads),
    ).toEqual([[[GROUP, 2]]]);
  });

  it('[A70] [A72] that hang hold up no other shard, and do not pile up', async () => {
    const gate = new Gate();
    world.beforeBeat = (shard) => (shard === SHARD ? gate.pass() : Promise.resolve());
    await world.pass(5 * HEARTBEAT_MS);
    const other = asShardId((SHARD + 1) % 4);
    expect([of(SHARD).length, of(other).length]).toEqual([1, 6]);
    gate.open();
    await world.settle();
    expect(of(SHARD)).toHaveLength(2);
  });

  it('[A72] end with the shard, also where one was under way', async () => {
    const gate = new Gate();
    world.beforeLag = () => gate.pass();
    await world.pass(HEARTBEAT_MS);
    world.owned.abdicate(SHARD, 'in a test');
    gate.open();
    await world.pass(3 * HEARTBEAT_MS);
    expect(of(SHARD)).toHaveLength(1);
    world.node.stop();
    const before = heard.length;
    await world.pass(3 * HEARTBEAT_MS);
    expect(heard).toHaveLength(before);
  });

  it('[A72] are not said by a node whose lease ran out', async () => {
    const cluster = new Cluster();
    const said = await listen(cluster.bus);
    const [machine] = await cluster.start('a');
    await cluster.pass(HEARTBEAT_MS);
    machine!.cut = true;
    await cluster.pass(LEASE_TTL_MS);
    const before = said.length;
    expect(before).toBeGreaterThan(0);
    await cluster.pass(5 * HEARTBEAT_MS);
    expect(said).toHaveLength(before);
  });
});
