import {
  AppendError,
  asClientMessageId,
  asEpoch,
  asNodeId,
  asSeq,
  asShardId,
  type Entry,
  type GroupCommit,
} from '@munova/contracts';
import {
  LONG_AGO,
  ManualRuntime,
  closedEntry,
  commitOf,
  freshRoom,
  messageEntry,
  messages,
  refusal,
} from '@munova/contracts/testing';
import { mongoPortsOver, type Document, type MongoCommands, type MongoPorts } from '@munova/store/mongo-core';
import { describe, expect, it } from 'vitest';
import { FakeMongoClient, FakeReplicaSet, type FakeFault } from '../../src/fakes/mongo/index.js';
import { promptWay } from './support/way.js';

const ELECTION_MS = 11_000;
const SELECTION_MS = 5_000;
const CONFIRM_MS = 5_000;
const SOON_MS = 50;
const ALL = 1_000;
const LINES = 256;
const LOCAL = { read: 'local', after: null } as const;
const MAJORITY = { read: 'majority', after: null } as const;
const DURABLE = { durability: 'majority' } as const;

interface World {
  readonly runtime: ManualRuntime;
  readonly set: FakeReplicaSet;
  readonly commands: MongoCommands;
  readonly ports: MongoPorts;
  /** What the next insert meets. */
  next: FakeFault | null;
}

const newWorld = (): World => {
  const runtime = new ManualRuntime();
  const set = new FakeReplicaSet(runtime);
  const commands = new FakeMongoClient({
    set,
    timers: runtime.timers,
    travel: promptWay(runtime.timers),
    fault: ({ what }) => {
      if (what !== 'insertMany') return null;
      const fault = world.next;
      world.next = null;
      return fault;
    },
  });
  const world: World = { runtime, set, commands, ports: mongoPortsOver(commands, runtime), next: null };
  return world;
};

/** What became of a call within so much simulated time. */
const within = async <T>(world: World, ms: number, call: Promise<T>): Promise<T | Error | 'waits'> => {
  const ended = call.catch((error: unknown) => error as Error);
  await world.runtime.advance(ms);
  return Promise.race([ended, new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')))]);
};

const soon = async <T>(world: World, call: Promise<T>): Promise<T> => {
  const ended = await within(world, SOON_MS, call);
  if (ended instanceof Error || ended === 'waits') throw new Error('it failed or waits', { cause: ended });
  return ended;
};

const idsSeen = async (world: World, intent: typeof LOCAL | typeof MAJORITY): Promise<readonly Document['_id'][]> =>
  (await soon(world, world.commands.find('messages', {}, { sort: { _id: 1 } }, intent))).map(({ _id }) => _id);

const place = (id: string, seq: number): Document => ({ _id: id, room: 'r', seq });

describe('a fake replica set', () => {
  it('[M6] [M13] an election undoes what no majority had; a majority read never showed it, a local one did', async () => {
    const world = newWorld();
    const { commands, set } = world;
    await soon(world, commands.insertMany('messages', [place('kept', 1)], DURABLE));
    set.holdReplication();
    const lost = commands.insertMany('messages', [place('lost', 2)], DURABLE);
    expect(await within(world, CONFIRM_MS - 1, lost)).toBe('waits');
    expect(await within(world, 1, lost)).toMatchObject({ kind: 'write-concern' });
    expect(await idsSeen(world, LOCAL)).toEqual(['kept', 'lost']);
    expect(await idsSeen(world, MAJORITY)).toEqual(['kept']);
    set.crashPrimary(60_000);
    set.releaseReplication();
    await world.runtime.advance(ELECTION_MS);
    expect(set.undone).toBe(1);
    for (const intent of [LOCAL, MAJORITY]) expect(await idsSeen(world, intent)).toEqual(['kept']);
    await soon(world, commands.insertMany('messages', [place('next', 2)], DURABLE));
    expect(await idsSeen(world, MAJORITY)).toEqual(['kept', 'next']);
  });

  it('[M13] a new primary may not know what its predecessor had committed, but never lacks what its reader was told of', async () => {
    const unaware = newWorld();
    const told: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const world = round === 0 ? unaware : newWorld();
      const { commands, set, runtime } = world;
      for (let i = 0; i < round; i += 1)
        await soon(
          world,
          commands.updateOne('tags', { _id: `${String(i)}` }, { $set: { code: 'x' } }, { upsert: true }, DURABLE),
        );
      const { at } = await soon(world, commands.insertMany('messages', [place('kept', 1)], DURABLE));
      set.holdReplication();
      set.stepDown({ handedOver: true });
      await runtime.advance(1_000);
      told.push((await idsSeen(world, MAJORITY)).length);
      const caused = commands.find('messages', {}, {}, { read: 'majority', after: at });
      set.releaseReplication();
      expect(await soon(world, caused)).toHaveLength(1);
      expect(await idsSeen(world, MAJORITY)).toEqual(['kept']);
    }
    expect(new Set(told)).toEqual(new Set([0, 1]));
  });

  it('[M13] a hand-over keeps what no majority had yet, and its writer is told that nobody knows', async () => {
    const world = newWorld();
    world.set.holdReplication();
    const write = world.commands.insertMany('messages', [place('kept', 1)], DURABLE);
    await world.runtime.advance(1);
    world.set.releaseReplication();
    world.set.stepDown({ handedOver: true });
    expect(await within(world, SOON_MS, write)).toMatchObject({ kind: 'not-primary' });
    await world.runtime.advance(1_000);
    expect(await idsSeen(world, MAJORITY)).toEqual(['kept']);
    expect(world.set.undone).toBe(0);
  });

  it('[M13] without a primary a call waits as long as a driver does, and goes on with the next one', async () => {
    const world = newWorld();
    world.set.crashPrimary(60_000);
    const early = world.commands.updateOne('tags', { _id: 'a' }, { $set: { n: 1 } }, { upsert: true }, DURABLE);
    expect(await within(world, SELECTION_MS, early)).toMatchObject({ kind: 'network' });
    await world.runtime.advance(ELECTION_MS - 2 * SELECTION_MS + 500);
    const late = world.commands.updateOne('tags', { _id: 'a' }, { $set: { n: 1 } }, { upsert: true }, DURABLE);
    expect(await within(world, SELECTION_MS - 100, late)).toMatchObject({ matched: 0, inserted: true });
  });

  it('[M13] two of three are a majority and one is none', async () => {
    const world = newWorld();
    world.set.crashPrimary(1_000_000);
    await world.runtime.advance(ELECTION_MS);
    await soon(world, world.commands.insertMany('messages', [place('a', 1)], DURABLE));
    world.set.crashPrimary(100_000);
    await world.runtime.advance(2 * ELECTION_MS);
    expect(world.set.hasPrimary).toBe(false);
    await world.runtime.advance(100_000);
    expect(world.set.hasPrimary).toBe(true);
    expect(await idsSeen(world, MAJORITY)).toEqual(['a']);
  });

  it('[M13] documents are copied on their way in and out', async () => {
    const world = newWorld();
    const terms = ['a'];
    await soon(world, world.commands.insertMany('rooms', [{ _id: 'r', terms }], DURABLE));
    terms.push('b');
    const find = () => soon(world, world.commands.find('rooms', { _id: 'r' }, {}, MAJORITY));
    const [found] = await find();
    (found?.['terms'] as string[]).push('c');
    expect(await find()).toEqual([{ _id: 'r', terms: ['a'] }]);
  });

  it('[M19] [I7] a new generation has no owners and no nodes, and epochs above all that were, in every shard of either', async () => {
    const world = newWorld();
    const { membership, ownership, deployment } = world.ports;
    const [node, before] = [asNodeId('node-1'), ownership(2)];
    await soon(world, membership.join({ node, role: 'actors', reads: { from: 1, to: 1 }, address: null }));
    let epoch = asEpoch(0);
    for (let i = 0; i < 5; i += 1) {
      const [, seen] = await soon(world, before.shards());
      epoch = (await soon(world, before.claim(seen!, node))) ?? epoch;
    }
    expect(epoch).toBe(5);
    await soon(world, deployment.beginGeneration(3, 'hash'));
    expect((await soon(world, membership.view())).nodes).toEqual([]);
    const after = ownership(3);
    for (const record of await soon(world, after.shards())) {
      expect(record.owner).toBeNull();
      expect(await soon(world, after.claim(record, node))).toBeGreaterThan(1_000);
    }
  });

  it('[M14] the term is another one after each election, and stays otherwise', async () => {
    const world = newWorld();
    const { membership } = world.ports;
    const node = asNodeId('node-1');
    await soon(world, membership.join({ node, role: 'actors', reads: { from: 1, to: 1 }, address: null }));
    const { term } = await soon(world, membership.view());
    await soon(world, membership.renew(node));
    expect((await soon(world, membership.view())).term).toBe(term);
    world.set.stepDown({ handedOver: true });
    await world.runtime.advance(1_000);
    const after = await soon(world, membership.view());
    expect(after.term).not.toBe(term);
    expect(after.nodes).toMatchObject([{ node, beat: 2 }]);
  });

  it('[V30] a restore brings everything back as it was, and what was asked for before it never lands behind it', async () => {
    const world = newWorld();
    const { commands, set } = world;
    await soon(world, commands.insertMany('messages', [place('kept', 1)], DURABLE));
    const backup = set.committed.backup();
    await soon(world, commands.deleteMany('messages', { _id: 'kept' }, DURABLE));
    await soon(world, commands.insertMany('messages', [place('lost', 1)], DURABLE));
    world.next = { kind: 'late', ms: 2 * SOON_MS };
    const late = commands.insertMany('messages', [place('late', 2)], DURABLE);
    expect(await within(world, 0, late)).toMatchObject({ kind: 'network' });
    await soon(world, set.restore(backup));
    await world.runtime.advance(10 * SOON_MS);
    for (const intent of [LOCAL, MAJORITY]) expect(await idsSeen(world, intent)).toEqual(['kept']);
  });

  it('[M14] a claim whose answer was lost is not known to be made, and the shard shows who has it', async () => {
    const world = newWorld();
    const ownership = world.ports.ownership(1);
    const free = { shard: asShardId(0), owner: null, epoch: asEpoch(0), needs: 1 };
    world.set.holdReplication();
    const claim = ownership.claim(free, asNodeId('one'));
    expect(await within(world, CONFIRM_MS, claim)).toMatchObject({ code: 'unavailable' });
    world.set.releaseReplication();
    await world.runtime.advance(SOON_MS);
    expect(await soon(world, ownership.shards())).toEqual([{ shard: 0, owner: 'one', epoch: 1, needs: 1 }]);
  });
});

describe('appends over a fake replica set', () => {
  const appended = async (world: World, commit: GroupCommit): Promise<AppendError | null> => {
    const ended = await within(world, SOON_MS, world.ports.log.append(commit));
    if (ended instanceof AppendError) return ended;
    if (ended !== undefined) throw new Error('it waits', { cause: ended });
    return null;
  };

  it.each([
    ['without a barrier it lands', false],
    ['behind a barrier it never lands', true],
  ])('[M5] [S11] an append that arrives late: %s', async (_, isFenced) => {
    const world = newWorld();
    const { log } = world.ports;
    const room = freshRoom();
    world.next = { kind: 'late', ms: 3_000 };
    expect(await appended(world, commitOf(messages(room, 1, 2)))).toMatchObject({ applied: 'unknown' });
    if (isFenced) await soon(world, log.barrier());
    await world.runtime.advance(4_000);
    const heads = await soon(world, log.heads([room]));
    expect(heads.get(room)?.seq).toBe(isFenced ? undefined : 2);
  });

  it('[M5] a number stays behind through an election: the new primary refuses the late append too', async () => {
    const world = newWorld();
    const room = freshRoom();
    world.next = { kind: 'late', ms: 30_000 };
    await appended(world, commitOf(messages(room, 1, 1)));
    await soon(world, world.ports.log.barrier());
    world.set.crashPrimary(5_000);
    await world.runtime.advance(40_000);
    expect((await soon(world, world.ports.log.heads([room]))).size).toBe(0);
  });

  it('[M6] no read of a log shows what an election may undo, and one behind a barrier shows all before it', async () => {
    const world = newWorld();
    const { log } = world.ports;
    const room = freshRoom();
    await appended(world, commitOf(messages(room, 1, 1)));
    world.set.holdReplication();
    const second = log.append(commitOf(messages(room, 2, 2)));
    await world.runtime.advance(SOON_MS);
    const outcomes = log.findOutcomes(messages(room, 2, 2), 0);
    expect((await soon(world, log.heads([room]))).get(room)?.seq).toBe(1);
    expect(await soon(world, log.readAfter(room, asSeq(1), ALL))).toEqual([]);
    expect((await soon(world, outcomes)).size).toBe(0);
    const barrier = log.barrier();
    expect(await within(world, SOON_MS, barrier)).toBe('waits');
    world.set.releaseReplication();
    await soon(world, Promise.all([second, barrier]));
    expect((await soon(world, log.heads([room]))).get(room)?.seq).toBe(2);
  });

  it('[M17] lines in doubt are bounded: more appends are refused until a barrier has decided', async () => {
    const world = newWorld();
    for (let i = 0; i < LINES; i++) {
      world.next = { kind: 'half', documents: 0 };
      expect(await appended(world, commitOf(messages(freshRoom(), 1, 1)))).toMatchObject({ applied: 'unknown' });
    }
    const one = commitOf(messages(freshRoom(), 1, 1));
    expect(await appended(world, one)).toMatchObject({ reason: 'unavailable', applied: 'no' });
    await soon(world, world.ports.log.barrier());
    expect(await appended(world, one)).toBeNull();
  });

  it('[M1] [S3] wherever an insert is interrupted, of a command all entries are there or none', async () => {
    for (let cut = 0; cut <= 4; cut++) {
      const world = newWorld();
      const [before, made, behind] = [freshRoom(), freshRoom(), freshRoom()];
      const created = closedEntry({ room: made, seq: 1 });
      const joined = [1, 2].map((i) =>
        closedEntry({ room: made, seq: 1 + i, cmid: asClientMessageId(`${created.cmid}~${String(i)}`) }),
      );
      const documents: readonly Entry[] = [...messages(before, 1, 1), created, ...joined, ...messages(behind, 1, 2)];
      world.next = { kind: 'half', documents: cut };
      const failure = await appended(world, commitOf(documents));
      if (cut < 4) expect(failure).toMatchObject({ reason: 'unavailable', applied: 'unknown' });
      await soon(world, world.ports.log.barrier());
      const read = await Promise.all(
        [before, made, behind].map((room) => soon(world, world.ports.log.readAfter(room, asSeq(0), ALL))),
      );
      expect(read.map((entries) => entries.length)).toEqual([
        cut >= 1 ? 1 : 0,
        cut >= 2 ? 3 : 0,
        cut >= 4 ? 2 : cut === 3 ? 1 : 0,
      ]);
    }
  });

  it('[M2] a place behind a gap, or behind what another process has written, is refused', async () => {
    const world = newWorld();
    const room = freshRoom();
    await appended(world, commitOf(messages(room, 1, 2)));
    const elsewhere = mongoPortsOver(
      new FakeMongoClient({ set: world.set, timers: world.runtime.timers, travel: promptWay(world.runtime.timers) }),
      world.runtime,
    );
    const gap = within(world, SOON_MS, elsewhere.log.append(commitOf([messageEntry({ room, seq: 4 })])));
    expect(await gap).toMatchObject({ reason: 'conflict', applied: 'no', room });
    expect(await soon(world, elsewhere.log.append(commitOf([messageEntry({ room, seq: 3 })])))).toBeUndefined();
    // The first process knows of 2 alone, and learns of 3 by the store.
    expect(await appended(world, commitOf([messageEntry({ room, seq: 3 })]))).toMatchObject({ reason: 'conflict' });
    expect(await appended(world, commitOf([messageEntry({ room, seq: 4 })]))).toBeNull();
  });

  it('[M18] [S4] an expired outcome gives way in the middle of a batch, swept or not', async () => {
    for (const isSwept of [false, true]) {
      const world = newWorld();
      const room = freshRoom();
      const expired = refusal({ room, expires: LONG_AGO });
      const kept = refusal({ room });
      await appended(world, commitOf([expired, kept]));
      if (isSwept) world.set.sweepExpired(world.runtime.clock.now());
      await world.runtime.advance(SOON_MS);
      expect(await idsSeen(world, MAJORITY)).toHaveLength(isSwept ? 1 : 2);
      const { sender, cmid } = expired;
      const all = [
        messageEntry({ room, seq: 1 }),
        messageEntry({ room, seq: 2, sender, cmid }),
        messageEntry({ room, seq: 3 }),
      ];
      expect(await appended(world, commitOf(all))).toBeNull();
      expect(await soon(world, world.ports.log.readAfter(room, asSeq(0), ALL))).toEqual(all);
    }
  });
});
