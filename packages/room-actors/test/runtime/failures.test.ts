import { AppendError, OUTCOME_PATIENCE_MS, asRoomId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { PLAN_MAX_DOCUMENTS_PER_ROOM } from '../../src/runtime/limits.js';
import { GROUP, freshId, jisoo, minji, say } from '../core/people.js';
import { Gate } from './faults.js';
import { join, member, openGroup, storeDown } from './scenes.js';
import { World } from './world.js';

/** One shard with a room that is well and one that cannot be read. */
const tornWorld = async () => {
  const world = await World.started({ shards: 1 });
  const edge = await world.edge();
  const good = await openGroup(world, edge, 'r-good');
  const bad = asRoomId('r-bad');
  world.faults.call = (_call, room) => (room === bad ? Promise.reject(new Error('a page is torn')) : Promise.resolve());
  return { world, edge, good, bad };
};

describe('when the store fails', () => {
  it('[A10] [I3] a lost append reply is found by look-up, and not appended twice', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await world.settle();
    let lost = 0;
    world.faults.append = async (_commit, proceed) => {
      await proceed();
      if ((lost += 1) === 1) throw storeDown('unknown');
    };
    const sent = await edge.send('s1', [say(GROUP, minji), say(GROUP, minji)]);
    await world.pass(1_000);
    expect(sent.map((s) => edge.replyTo(s)?.outcome)).toMatchObject([{ seq: 3 }, { seq: 4 }]);
    expect(edge.seqs(GROUP)).toEqual([3, 4]);
    expect((await world.log(GROUP)).map((e) => e.seq)).toEqual([1, 2, 3, 4]);
    expect(await world.waiting(GROUP)).toBe(0);
  });

  it('[A10] what a failed append did not write is planned again', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let failed = false;
    world.faults.append = async (_commit, proceed) => {
      if (failed) return proceed();
      failed = true;
      throw storeDown('unknown');
    };
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(1_000);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect(await world.log(GROUP)).toHaveLength(3);
  });

  it('[A10] a barrier comes between a failed append and the look-up', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const steps: string[] = [];
    const late = new Gate();
    let appends = 0;
    world.faults.append = async (_commit, proceed) => {
      if ((appends += 1) > 1) return proceed();
      // It is written only after its caller has given up on it.
      void late.pass().then(proceed);
      throw storeDown('unknown');
    };
    world.faults.call = async (call) => {
      steps.push(call);
      if (call === 'barrier') {
        late.open();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(1_000);
    expect(steps.slice(0, 3)).toEqual(['barrier', 'readAfter', 'findOutcomes']);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect(await world.log(GROUP)).toHaveLength(3);
  });

  it('[A10] a state entry whose append reply was lost is projected before it is answered, and its intent settled', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let lost = false;
    world.faults.append = async (_commit, proceed) => {
      await proceed();
      if (lost) return;
      lost = true;
      throw storeDown('unknown');
    };
    const [sent] = await edge.send('s1', [join(GROUP, jisoo)]);
    await world.pass(1_000);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect((await world.store.memberships.get(GROUP, jisoo.id))?.status).toBe('joined');
    expect(await world.store.projection.openIntents()).toEqual([]);
  });

  it('[A2] [A10] what lands between the reading of the log and the look-up is projected before it is answered', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const [late, projection] = [new Gate(), new Gate()];
    let appends = 0;
    world.faults.append = async (_commit, proceed) => {
      if ((appends += 1) > 1) return proceed();
      void late.pass().then(proceed);
      throw storeDown('unknown');
    };
    world.faults.call = async (call) => {
      if (call === 'project') await projection.pass();
      if (call !== 'findOutcomes') return;
      late.open();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const [sent] = await edge.send('s1', [join(GROUP, jisoo)]);
    await world.pass(1_000);
    expect(edge.replyTo(sent)).toBeUndefined();
    projection.open();
    await world.pass(1_000);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect((await world.store.memberships.get(GROUP, jisoo.id))?.status).toBe('joined');
  });

  it('[A2] [A10] a state entry that was found in the log is published once it is projected', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await world.settle();
    world.faults.append = async (_commit, proceed) => {
      await proceed();
      throw storeDown('unknown');
    };
    world.faults.call = (call) => (call === 'project' ? Promise.reject(new Error('no')) : Promise.resolve());
    await edge.send('s1', [join(GROUP, jisoo)]);
    await world.pass(1_000);
    expect((await world.log(GROUP)).map((e) => e.kind)).toEqual(['created', 'joined', 'joined']);
    expect(edge.seqs(GROUP)).toEqual([]);
    world.faults.none();
    await world.pass(5_000);
    expect(edge.seqs(GROUP)).toEqual([3]);
    expect((await world.store.memberships.get(GROUP, jisoo.id))?.status).toBe('joined');
  });

  it('[A11] an old command sent as a new one conflicts once, alone, and is answered with its outcome', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const guilty = await openGroup(world, edge, 'r-a');
    const other = await openGroup(world, edge, 'r-b');
    const old = say(guilty, minji);
    await edge.send('s1', [old]);
    await world.settle();
    await world.crashAndRestart();
    await edge.watch(guilty, minji);
    await edge.watch(other, minji);
    await world.settle();
    const commits: string[][] = [];
    world.faults.append = async (commit, proceed) => {
      commits.push([...new Set(commit.documents.map((d) => d.room))]);
      await proceed();
    };
    const [copy, next] = await edge.send('s2', [old, say(guilty, minji)]);
    const [innocent] = await edge.send('s3', [say(other, minji)]);
    await world.pass(1_000);
    expect(edge.replyTo(copy)).toMatchObject({ outcome: { status: 'logged', seq: 3 }, repeated: true });
    expect(edge.replyTo(next)?.outcome).toMatchObject({ status: 'logged', seq: 4 });
    expect(edge.replyTo(innocent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect(world.counts.conflicts).toBe(1);
    for (const rooms of commits.slice(1)) expect(rooms).toHaveLength(1);
    await edge.send('s2', [old]);
    await world.settle();
    expect(world.counts.conflicts).toBe(1);
  });

  it('[A11] another body under a logged id is a conflict of ids and changes nothing', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const cmid = freshId();
    await edge.send('s1', [say(GROUP, minji, 'one', cmid)]);
    await world.settle();
    const [other] = await edge.send('s1', [say(GROUP, minji, 'two', cmid)]);
    await world.settle();
    expect(edge.replyTo(other)?.outcome).toEqual({ status: 'refused', code: 'cmid-conflict' });
    expect(await world.log(GROUP)).toHaveLength(3);
  });

  it('[A12] repeats are looked up before they are planned', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const sent = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    await world.crashAndRestart();
    await edge.send('warm-up', [say(GROUP, minji)]);
    await world.settle();
    await edge.again('s1', sent, 2);
    await world.settle();
    expect([world.counts.conflicts, world.counts.repeated]).toEqual([0, 1]);
    expect(edge.replyTo(sent[0])).toMatchObject({ outcome: { seq: 3 }, repeated: true });
  });

  it('[A12] what a new owner finds in a stream counts as repeated', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.beforeStreamCommit = () => new Promise(() => undefined);
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect([(await world.log(GROUP)).length, edge.replyTo(sent)]).toEqual([3, undefined]);
    world.beforeStreamCommit = () => Promise.resolve();
    await world.crashAndRestart();
    expect(edge.replyTo(sent)).toMatchObject({ outcome: { seq: 3 }, repeated: true });
    expect(world.counts.conflicts).toBe(0);
    expect(await world.log(GROUP)).toHaveLength(3);
  });

  it('[A13] a store that surely wrote nothing makes every command of the batch `later`', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.faults.append = () => Promise.reject(storeDown('no'));
    const sent = await edge.send('s1', [say(GROUP, minji), say(GROUP, minji)]);
    await world.settle();
    expect(sent.map((s) => edge.replyTo(s)?.outcome)).toMatchObject([
      { status: 'later', code: 'unavailable', retryAfterMs: 1_000 },
      { status: 'later', code: 'unavailable' },
    ]);
    expect(await world.waiting(GROUP)).toBe(0);
    world.faults.none();
    const [again] = await edge.send(
      's1',
      sent.map((s) => s.command),
    );
    await world.settle();
    expect(edge.replyTo(again)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
  });

  it('[A13] [I6] nothing behind a command answered `later` is applied', async () => {
    const world = await World.started({ limits: { commitDocuments: 3 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let appends = 0;
    world.faults.append = (_commit, proceed) => ((appends += 1) === 1 ? Promise.reject(storeDown('no')) : proceed());
    const sent = await edge.send(
      's1',
      Array.from({ length: 7 }, () => say(GROUP, minji)),
    );
    const [other] = await edge.send('s2', [say(GROUP, minji)]);
    await world.settle();
    expect(new Set(sent.map((s) => edge.replyTo(s)?.outcome.status))).toEqual(new Set(['later']));
    expect(edge.replyTo(other)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
  });

  it('[A14] while the store is silent, commands in doubt are kept, tried less and less often, and then resolved', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.faults.append = async (_commit, proceed) => {
      await proceed();
      throw storeDown('unknown');
    };
    world.faults.call = () => Promise.reject(new Error('no connection'));
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(10_000);
    expect([edge.replyTo(sent), await world.waiting(GROUP)]).toEqual([undefined, 1]);
    expect(world.failedSteps.length).toBeLessThan(30);
    world.faults.none();
    await world.pass(3_000);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect(await world.log(GROUP)).toHaveLength(3);
  });

  it('[A14] a room that cannot be read answers `later` at once, and holds nobody up', async () => {
    const { world, edge, good, bad } = await tornWorld();
    const [sent] = await edge.send('s1', [say(bad, minji)]);
    const watching = await edge.watch(bad, minji);
    const [other] = await edge.send('s2', [say(good, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'later', code: 'unavailable' });
    expect(edge.watchReply(watching)).toEqual({ status: 'refused', code: 'unavailable' });
    expect(edge.replyTo(other)?.outcome).toMatchObject({ status: 'logged' });
    expect(await world.waiting(good)).toBe(0);
  });

  it('[A14] a repeat in a room that cannot be read is removed unanswered once its edge has given up', async () => {
    const { world, edge, good, bad } = await tornWorld();
    const [sent] = await edge.send('s1', [say(bad, minji)], 2);
    await world.pass(OUTCOME_PATIENCE_MS / 2);
    expect(await world.waiting(good)).toBe(1);
    await world.pass(OUTCOME_PATIENCE_MS);
    expect([edge.replyTo(sent), await world.waiting(good)]).toEqual([undefined, 0]);
    const [next] = await edge.send('s2', [say(good, minji)]);
    await world.settle();
    expect(edge.replyTo(next)?.outcome.status).toBe('logged');
  });

  it('[A14] one poisoned room does not hold up the others of its commit', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const bad = await openGroup(world, edge, 'r-bad');
    const good = await openGroup(world, edge, 'r-good');
    world.faults.append = (commit, proceed) =>
      commit.documents.some((d) => d.room === bad)
        ? Promise.reject(new AppendError('conflict', 'no', bad, 'always in the way'))
        : proceed();
    const [poisoned] = await edge.send('s1', [say(bad, minji)]);
    const [innocent] = await edge.send('s2', [say(good, minji)]);
    await world.settle();
    expect(edge.replyTo(innocent)?.outcome.status).toBe('logged');
    await world.pass(20_000);
    expect(edge.replyTo(poisoned)?.outcome).toMatchObject({ status: 'later', code: 'unavailable' });
    expect([await world.waiting(bad), (await world.log(bad)).length]).toEqual([0, 2]);
  });

  it('[A14] [I6] of a repeated batch that was looked up in part nothing stays behind what is answered `later`', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP, jisoo);
    world.node.stop();
    let failures = 0;
    world.faults.call = (call) =>
      call === 'memberships' && (failures += 1) === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    // The look-ups of one preparation end within the second batch.
    const before = PLAN_MAX_DOCUMENTS_PER_ROOM - 4;
    const ahead = Array.from({ length: before }, () => say(GROUP, jisoo));
    const across = Array.from({ length: 10 }, () => say(GROUP, jisoo));
    await edge.send('s1', ahead, 2);
    const sent = await edge.send('s2', across, 2);
    await world.restart();
    expect(edge.replyTo(sent[0])?.outcome).toMatchObject({ status: 'later', code: 'unavailable' });
    // Its edge answers all of the batch `later`, and the client sends it again.
    const again = await edge.send('s2', across);
    await world.pass(5_000);
    const order = across.map(({ cmid }) => cmid);
    const logged = (await world.log(GROUP)).map(({ cmid }) => cmid).filter((cmid) => order.includes(cmid));
    expect(logged).toEqual(order);
    expect(again.map((s) => edge.replyTo(s)?.outcome.status)).toEqual(order.map(() => 'logged'));
    expect([failures > 1, await world.waiting(GROUP)]).toEqual([true, 0]);
  });

  it('[A15] a projection that fails is tried until it succeeds, and its command answered then', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.faults.call = (call) => (call === 'project' ? Promise.reject(new Error('no')) : Promise.resolve());
    const [sent] = await edge.send('s1', [join(GROUP, jisoo)]);
    await world.pass(5_000);
    expect(edge.replyTo(sent)).toBeUndefined();
    world.faults.none();
    await world.pass(5_000);
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    expect((await world.store.memberships.get(GROUP, jisoo.id))?.status).toBe('joined');
  });

  it('[A16] a stream commit that fails is repeated: nothing is lost, and nothing is logged twice', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    let failures = 0;
    world.beforeStreamCommit = () => ((failures += 1) <= 3 ? Promise.reject(new Error('no bus')) : Promise.resolve());
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)).toBeUndefined();
    await world.pass(5_000);
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'logged', seq: 3 });
    expect([(await world.log(GROUP)).length, await world.waiting(GROUP)]).toEqual([3, 0]);
  });

  it('[A14] members that could not be loaded are loaded at the next attempt', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', ...Array.from({ length: 5 }, (_, n) => member(n)));
    await world.crashAndRestart();
    world.faults.call = (call) => (call === 'memberships' ? Promise.reject(new Error('no')) : Promise.resolve());
    const [sent] = await edge.send('s1', [say(room, member(2))]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toMatchObject({ status: 'later' });
    world.faults.none();
    const [again] = await edge.send('s1', [say(room, member(2))]);
    await world.settle();
    expect(edge.replyTo(again)?.outcome.status).toBe('logged');
  });
});
