import {
  INTENT_SWEEP_MS,
  asRoomId,
  asShardId,
  type Actor,
  type Entry,
  type Intent,
  type RoomId,
} from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { GROUP, jisoo, minji, say } from '../core/people.js';
import { openGroup } from './scenes.js';
import { World } from './world.js';

/** What opening such a group wrote elsewhere: its `created`, its owner's `joined`, and those of whoever joined. */
const opened = async (room: RoomId, ...joiners: readonly Actor[]): Promise<readonly Entry[]> => {
  const elsewhere = await World.started();
  await openGroup(elsewhere, await elsewhere.edge(), room, ...joiners);
  return elsewhere.log(room);
};

/** A commit of nobody who lives lands, while the world goes on. */
const land = async (world: World, documents: readonly Entry[], shard = 0): Promise<void> => {
  const rooms = [...new Set(documents.map(({ room }) => room))];
  await world.store.log.append({ documents, intents: [{ id: 'late', shard: asShardId(shard), rooms }] });
};

const openIn = (world: World): Promise<readonly Intent[]> => world.store.projection.openIntents();

describe('intents that nobody settled', () => {
  it('[A28] are settled when the directory shows their rooms, whatever shards these were of', async () => {
    const world = await World.started({ shards: 4 });
    const rooms = ['r-a', 'r-b', 'r-c', 'r-d'].map(asRoomId);
    await land(world, (await Promise.all(rooms.map((room) => opened(room)))).flat(), 77);
    const shown = async (): Promise<number> => (await world.store.directory.getMany(rooms)).length;
    await world.pass(1.5 * INTENT_SWEEP_MS);
    expect([await shown(), await openIn(world)]).toMatchObject([0, [{ id: 'late' }]]);
    await world.pass(2 * INTENT_SWEEP_MS);
    expect([await shown(), await openIn(world)]).toEqual([4, []]);
  });

  it('[A28] show a room in memory what landed behind its last reading', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const [asked] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(asked)?.outcome).toMatchObject({ status: 'refused' });
    await land(world, await opened(GROUP));
    await world.pass(2.5 * INTENT_SWEEP_MS);
    expect(await world.store.directory.get(GROUP)).toMatchObject({ stateSeq: 2, memberCount: 1 });
  });

  it('[A2] [A28] publish what landed once it is projected, however late that is and though nobody else asks', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await land(world, (await opened(GROUP, jisoo)).slice(2));
    world.faults.call = (call) => (call === 'project' ? Promise.reject(new Error('no')) : Promise.resolve());
    await world.pass(2.5 * INTENT_SWEEP_MS);
    expect([edge.seqs(GROUP), world.failedSteps.includes('prepare')]).toEqual([[], true]);
    world.faults.none();
    await world.pass(2 * INTENT_SWEEP_MS);
    expect(edge.seqs(GROUP)).toEqual([3]);
    expect(await openIn(world)).toEqual([]);
  });

  it('[A28] have nothing to show of a room that was abandoned', async () => {
    const world = await World.started();
    const [created] = await opened(GROUP);
    if (created === undefined) throw new Error('no group was opened');
    await land(world, [{ ...created, kind: 'abandoned', data: null }]);
    await world.pass(2.5 * INTENT_SWEEP_MS);
    expect(await openIn(world)).toEqual([]);
  });

  it('[A28] wait for the next sweep where one fails', async () => {
    const world = await World.started();
    await land(world, await opened(GROUP));
    world.faults.call = (call) => (call === 'openIntents' ? Promise.reject(new Error('no')) : Promise.resolve());
    await world.pass(2.5 * INTENT_SWEEP_MS);
    expect(world.failedSteps).toEqual(['intent-sweep', 'intent-sweep']);
    world.faults.none();
    await world.pass(4 * INTENT_SWEEP_MS);
    expect(await openIn(world)).toEqual([]);
  });
});
