import {
  ACTIVATION_MAX_TAIL,
  PASSIVATE_AFTER_MS,
  PROJECT_MESSAGES_MS,
  PROJECT_REST_MS,
  asEpoch,
  asSeq,
  asShardId,
  type Entry,
} from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { closedEntry, commitOf, messages } from '@munova/contracts/testing';
import { GROUP, commandOf, haneul, jisoo, minji, say } from '../core/people.js';
import { Gate } from './faults.js';
import { groupOf, join, member, openGroup } from './scenes.js';
import { World } from './world.js';

describe('activation', () => {
  it('[A20] a room goes on behind its projection and the whole tail, however long that is', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const tail = messages(GROUP, 3, ACTIVATION_MAX_TAIL + 500);
    for (let at = 0; at < tail.length; at += 200) {
      await world.store.log.append({ documents: tail.slice(at, at + 200), intents: [] });
    }
    await world.crashAndRestart();
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: ACTIVATION_MAX_TAIL + 501 });
    expect(world.counts.conflicts).toBe(0);
  });

  it('[I7] a stale owner sees its successor in a room that the successor has projected to the end', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, GROUP);
    const record = await world.store.directory.get(room);
    if (record === null) throw new Error('the room was not projected');
    const seq = asSeq(record.stateSeq + 1);
    await world.store.log.append(commitOf([closedEntry({ room, seq, epoch: asEpoch(99) })]));
    const closed = { ...record, status: 'CLOSED' as const, stateSeq: seq };
    await world.store.projection.project([{ record: closed, members: [], redactions: [] }], []);
    await world.crashAndRestart();
    const [sent] = await edge.send('s1', [commandOf('open', room, minji, {})]);
    await world.settle();
    expect(edge.replyTo(sent)).toBeUndefined();
    expect((await world.log(room)).at(-1)?.epoch).toBe(99);
    expect(world.counts.abdicated).toBe(1);
  });

  it('[A21] only members that act are loaded, and once', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo, haneul);
    await world.crashAndRestart();
    const loads: (string | null)[] = [];
    world.faults.call = async (call, id) => {
      if (call === 'memberships') loads.push(id);
    };
    await edge.send('s1', [say(room, jisoo)]);
    await world.settle();
    await edge.send('s1', [say(room, jisoo)]);
    await edge.send('s2', [say(room, minji)]);
    await world.settle();
    expect(loads).toEqual([room]);
    expect(await world.log(room)).toHaveLength(7);
  });

  it('[A22] an idle room leaves memory, wholly projected, and goes on where it was', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.send('s1', [say(GROUP, minji), say(GROUP, minji)]);
    await world.settle();
    expect(world.counts.activeRooms).toBe(1);
    await world.pass(PASSIVATE_AFTER_MS * 1.5);
    expect(world.counts.activeRooms).toBe(0);
    expect(await world.store.directory.get(GROUP)).toMatchObject({ stateSeq: 4, n: 2 });
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ seq: 5 });
  });

  it('[A22] a command that meets a room which is leaving is not lost', async () => {
    const world = await World.started({ shards: 1, limits: { activeRooms: 1 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await world.pass(PROJECT_MESSAGES_MS);
    const gate = new Gate();
    world.faults.call = async (call) => {
      if (call === 'project') await gate.pass();
    };
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    // It is ahead of the directory, so it must be projected before another room takes its place.
    const [refused] = await edge.send('s2', [groupOf('r-other' as typeof GROUP)]);
    await world.settle();
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    gate.open();
    await world.settle();
    expect(edge.replyTo(refused)?.outcome).toMatchObject({ status: 'later', code: 'busy' });
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 4 });
  });

  it('[A23] [I10] beyond the bound on rooms in memory, those that rest longest make way', async () => {
    const world = await World.started({ limits: { activeRooms: 3 } });
    const edge = await world.edge();
    for (let n = 0; n < 10; n += 1) {
      await openGroup(world, edge, `r-${String(n)}`);
      expect(world.counts.activeRooms).toBeLessThanOrEqual(3);
    }
    const [sent] = await edge.send('s1', [say('r-0' as typeof GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
  });
});

describe('projection', () => {
  it('[A24] messages are projected at once, and then at most once in PROJECT_MESSAGES_MS a room', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let projections = 0;
    world.faults.call = async (call) => {
      if (call === 'project') projections += 1;
    };
    const n = async (): Promise<number | undefined> => (await world.store.directory.get(GROUP))?.n;
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect([projections, await n()]).toEqual([1, 1]);
    for (let i = 0; i < 9; i += 1) {
      await edge.send('s1', [say(GROUP, minji)]);
      await world.pass(50);
    }
    expect([projections, await n()]).toEqual([1, 1]);
    await world.pass(PROJECT_MESSAGES_MS);
    expect([projections, await n()]).toEqual([2, 10]);
    await world.pass(10 * PROJECT_MESSAGES_MS);
    expect(projections).toBe(2);
  });

  it('[A24] rooms that begin to talk shortly behind a projection share the next one', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const rooms = await Promise.all(['a', 'b', 'c'].map((id) => openGroup(world, edge, `r-${id}`)));
    await world.pass(PROJECT_REST_MS);
    let projections = 0;
    world.faults.call = async (call) => {
      if (call === 'project') projections += 1;
    };
    const shown = async (): Promise<number[]> => (await world.store.directory.getMany(rooms)).map(({ n }) => n);
    for (const room of rooms) {
      await edge.send(`s-${room}`, [say(room, minji)]);
      await world.pass(PROJECT_REST_MS / 4);
    }
    expect([projections, await shown()]).toEqual([1, [1, 0, 0]]);
    await world.pass(PROJECT_REST_MS / 4);
    expect([projections, await shown()]).toEqual([2, [1, 1, 1]]);
  });

  it('[A24] a tail that grows fast is projected before it is longer than an activation replays', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let longest = 0;
    world.faults.append = async (_commit, proceed) => {
      await proceed();
      const head = (await world.log(GROUP)).length;
      longest = Math.max(longest, head - ((await world.store.directory.get(GROUP))?.stateSeq ?? 0));
    };
    for (let i = 0; i < 30; i += 1) {
      await edge.send(
        's1',
        Array.from({ length: 64 }, () => say(GROUP, minji)),
      );
      await world.settle();
    }
    expect((await world.log(GROUP)).length).toBe(2 + 30 * 64);
    expect(longest).toBeLessThanOrEqual(ACTIVATION_MAX_TAIL);
  });

  it('[A24] what failed to be projected is projected later, and holds no message up', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.faults.call = (call) => (call === 'project' ? Promise.reject(new Error('no')) : Promise.resolve());
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    world.faults.none();
    await world.pass(2 * PROJECT_MESSAGES_MS);
    expect((await world.store.directory.get(GROUP))?.n).toBe(1);
  });

  it('[A25] a new owner projects what its predecessor committed and did not, before it reads', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    const stuck = new Gate();
    world.faults.call = (call) => (call === 'project' ? stuck.pass() : Promise.resolve());
    await edge.send('s1', [commandOf('kick', room, minji, { userId: jisoo.id })]);
    await edge.send('s2', [groupOf('r-new' as typeof GROUP)]);
    await edge.send('s3', [join(room, haneul)]);
    await world.settle();
    expect(await world.store.projection.openIntents()).not.toEqual([]);
    expect((await world.store.memberships.get(room, jisoo.id))?.status).toBe('joined');
    world.faults.none();
    await world.crashAndRestart();
    expect((await world.store.memberships.get(room, jisoo.id))?.status).toBe('kicked');
    expect(await world.store.directory.get('r-new' as typeof GROUP)).toMatchObject({ memberCount: 1 });
    expect((await world.store.directory.get(room))?.stateSeq).toBe((await world.log(room)).length);
  });

  it('[A96] shards that are taken over at once read the open intents once, behind one barrier', async () => {
    const world = new World({ shards: 16 });
    const calls: string[] = [];
    world.faults.call = async (call) => void calls.push(call);
    world.node.start();
    await world.settle();
    expect(calls).toEqual(['barrier', 'openIntents']);
  });

  it('[A25] intents that cannot be read keep their shard waiting, not lost', async () => {
    const world = new World();
    world.faults.call = (call) => (call === 'openIntents' ? Promise.reject(new Error('no')) : Promise.resolve());
    const edge = await world.edge();
    world.node.start();
    const [sent] = await edge.send('s1', [groupOf(GROUP)]);
    await world.pass(3_000);
    expect(edge.replyTo(sent)).toBeUndefined();
    world.faults.none();
    await world.pass(3_000);
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
  });
});

describe('ownership', () => {
  it('[A26] [I7] an entry of a greater epoch makes its reader give the shard up, and change nothing', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const foreign: Entry[] = messages(GROUP, 3, 4).map((e) => ({ ...e, epoch: asEpoch(9) }));
    await world.store.log.append({ documents: foreign, intents: [] });
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(1_000);
    expect([world.counts.abdicated, world.owned.shards()]).toEqual([1, []]);
    expect(edge.replyTo(sent)).toBeUndefined();
    expect([(await world.log(GROUP)).length, await world.waiting(GROUP)]).toEqual([4, 1]);
  });

  it('[A26] a fenced owner gives the shard up', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await world.bus.commit({ shard: asShardId(0), epoch: asEpoch(7), publish: [], remove: [] });
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect([world.counts.abdicated, edge.replyTo(sent)]).toEqual([1, undefined]);
    expect(await world.waiting(GROUP)).toBe(1);
  });

  it('[A27] a shard can be given up and taken over while the node runs', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const [shard] = world.owned.shards();
    if (shard === undefined) throw new Error('no shard is owned');
    world.owned.abdicate(shard, 'test');
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)).toBeUndefined();
    expect(() => world.owned.acquire(shard, asEpoch(1))).toThrow(RangeError);
    world.owned.acquire(shard, asEpoch(2));
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect((await world.log(GROUP)).map((e) => e.epoch)).toEqual([1, 1, 2]);
  });

  it('[A27] what is under way when a shard is lost is let go of', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a');
    const gate = world.faults.holdAppends();
    const [sent] = await edge.send('s1', [join(room, member(1))]);
    await world.settle();
    world.owned.abdicate(asShardId(0), 'test');
    gate.open();
    await world.settle();
    expect([edge.replyTo(sent), await world.waiting(room)]).toEqual([undefined, 1]);
    expect(await world.store.projection.openIntents()).toHaveLength(1);
    world.owned.acquire(asShardId(0), asEpoch(5));
    await world.settle();
    expect(edge.replyTo(sent)).toMatchObject({ outcome: { status: 'logged', seq: 3 }, repeated: true });
    expect((await world.store.memberships.get(room, member(1).id))?.status).toBe('joined');
  });
});
