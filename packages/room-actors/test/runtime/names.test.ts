import { RESERVATION_GRACE_MS, asRoomId, type Command, type RoomId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { commandOf, jisoo, minji } from '../core/people.js';
import { Gate } from './faults.js';
import { groupOf, openGroup, storeDown } from './scenes.js';
import { World } from './world.js';

const A = asRoomId('r-a');
const B = asRoomId('r-b');
const rename = (room: RoomId, name: string, actor = minji): Command =>
  commandOf('update', room, actor, { name, maxParticipants: null });

/** Long enough for one sweep behind the grace. */
const SWEPT = RESERVATION_GRACE_MS * 2;

/** Appends fail with nothing written, and names cannot be given back either. */
const failAllWrites = (world: World): void => {
  world.faults.append = () => Promise.reject(storeDown('no'));
  world.faults.call = (call) => (call === 'release' ? Promise.reject(new Error('no')) : Promise.resolve());
};

describe('group names', () => {
  it('[A36] of several creations of one name exactly one succeeds', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const sent = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) => (await edge.send(`s${String(n)}`, [groupOf(asRoomId(`r-${String(n)}`), minji, 10, '부츠')]))[0],
      ),
    );
    await world.settle();
    const outcomes = sent.map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.filter((o) => o?.status === 'logged')).toHaveLength(1);
    expect(outcomes.filter((o) => o?.status === 'refused' && o.code === 'CHAT_09')).toHaveLength(19);
  });

  it('[A36] a rename takes the new name and frees the old one', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await edge.send('s1', [groupOf(A, minji, 10, 'one')]);
    await world.settle();
    const sent = await edge.send('s1', [rename(A, 'two'), rename(A, 'three'), rename(A, 'two')]);
    await world.settle();
    expect(sent.map((s) => edge.replyTo(s)?.outcome.status)).toEqual(['logged', 'logged', 'logged']);
    const outcomes = [];
    for (const name of ['one', 'two', 'three']) {
      const [created] = await edge.send('s2', [groupOf(asRoomId(`r-${name}`), jisoo, 10, name)]);
      await world.settle();
      outcomes.push(edge.replyTo(created)?.outcome.status);
    }
    expect(outcomes).toEqual(['logged', 'refused', 'logged']);
  });

  it('[A36] a name that was given up meanwhile is reserved anew', async () => {
    const world = await World.started({ limits: { commitDocuments: 2 } });
    const edge = await world.edge();
    await edge.send('s1', [groupOf(A, minji, 10, 'one')]);
    await world.settle();
    // The third is in another commit than the second, which gives up the name that both were promised.
    const sent = await edge.send('s1', [rename(A, 'two'), rename(A, 'three'), rename(A, 'two')]);
    await world.settle();
    expect(sent.map((s) => edge.replyTo(s)?.outcome.status)).toEqual(['logged', 'logged', 'logged']);
    const [created] = await edge.send('s2', [groupOf(B, jisoo, 10, 'two')]);
    await world.settle();
    expect(edge.replyTo(created)?.outcome).toEqual({ status: 'refused', code: 'CHAT_09' });
  });

  it('[A36] a name reserved in vain is freed with the refusal', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, A);
    const tooSmall = commandOf('update', A, minji, { name: 'wanted', maxParticipants: 0 });
    const [refused] = await edge.send('s1', [tooSmall]);
    await world.settle();
    expect(edge.replyTo(refused)?.outcome.status).toBe('refused');
    const [created] = await edge.send('s2', [groupOf(B, jisoo, 10, 'wanted')]);
    await world.settle();
    expect(edge.replyTo(created)?.outcome.status).toBe('logged');
  });

  it('[A36] a name whose command was answered `later` is free at once, for another command too', async () => {
    const world = await World.started();
    const edge = await world.edge();
    world.faults.append = () => Promise.reject(storeDown('no'));
    const create = groupOf(A, minji, 10, 'wanted');
    const [first] = await edge.send('s1', [create]);
    await world.settle();
    world.faults.none();
    expect(edge.replyTo(first)?.outcome.status).toBe('later');
    const [again] = await edge.send('s2', [groupOf(B, minji, 10, 'wanted')]);
    await world.settle();
    expect(edge.replyTo(again)?.outcome.status).toBe('logged');
    // The first command comes back after all: the name is gone, and nothing else is wrong with it.
    const [late] = await edge.send('s3', [create]);
    await world.settle();
    expect(edge.replyTo(late)?.outcome).toEqual({ status: 'refused', code: 'CHAT_09' });
    expect(await world.log(A)).toEqual([]);
  });

  it('[A36] such a name is freed as soon as the store writes again, and the same command may have it', async () => {
    const world = await World.started();
    const edge = await world.edge();
    failAllWrites(world);
    const create = groupOf(A, minji, 10, 'wanted');
    await edge.send('s1', [create]);
    await world.pass(5_000);
    world.faults.none();
    await world.pass(5_000);
    expect(await world.store.names.unsettled(10)).toEqual([]);
    const [again] = await edge.send('s1', [create]);
    await world.settle();
    expect(edge.replyTo(again)?.outcome.status).toBe('logged');
  });

  it.each(['before', 'while', 'after'])(
    '[A36] of a copy that comes %s the name is given back, and another command, one has it',
    async (when) => {
      const world = await World.started();
      const edge = await world.edge();
      const gate = new Gate();
      world.faults.append = () => Promise.reject(storeDown('no'));
      world.faults.call = (call) => (call === 'release' ? gate.pass() : Promise.resolve());
      const create = groupOf(A, minji, 10, 'wanted');
      const sent = await edge.send('s1', [create]);
      if (when === 'before') await edge.again('s1', sent, 2);
      await world.settle();
      expect(gate.waiting).toBe(1);
      world.faults.append = (_commit, proceed) => proceed();
      if (when === 'while') await edge.again('s1', sent, 2);
      await world.settle();
      const [during] = await edge.send('s2', [groupOf(B, minji, 10, 'wanted')]);
      await world.settle();
      gate.open();
      await world.settle();
      if (when === 'after') await edge.again('s1', sent, 2);
      const [last] = await edge.send('s3', [groupOf(asRoomId('r-c'), minji, 10, 'wanted')]);
      await world.pass(SWEPT);
      const created = [];
      for (const room of [A, B, asRoomId('r-c')]) created.push((await world.log(room)).length > 0);
      expect(created.filter(Boolean)).toHaveLength(1);
      expect([during, last].map((s) => edge.replyTo(s)?.outcome.status === 'logged')).toEqual(created.slice(1));
      expect(await world.waiting(A)).toBe(0);
    },
  );

  describe('[A95] a name that a node with a slow clock has just reserved', () => {
    /** The command that reserved it waits in no stream any more, and its append is under way until the gate opens. */
    const reserved = async (command: Command) => {
      const world = await World.started();
      const edge = await world.edge();
      await openGroup(world, edge, 'r-old');
      world.runtime.jumpWallClock(-RESERVATION_GRACE_MS);
      const gate = world.faults.holdAppends();
      const sent = await edge.send('s1', [command]);
      await world.settle();
      await world.loseWaiting(command.room);
      world.runtime.jumpWallClock(RESERVATION_GRACE_MS);
      world.faults.none();
      await world.crashAndRestart();
      await world.pass(RESERVATION_GRACE_MS - 1);
      return { world, edge, sent, gate };
    };

    it('is not given to a second room by its successor', async () => {
      const { world, edge, gate } = await reserved(rename(asRoomId('r-old'), 'wanted'));
      const [other] = await edge.send('s2', [groupOf(B, jisoo, 10, 'wanted')]);
      await world.settle();
      gate.open();
      await world.settle();
      expect((await world.log(asRoomId('r-old'))).map((e) => e.kind)).toEqual(['created', 'joined', 'renamed']);
      expect(edge.replyTo(other)?.outcome).toEqual({ status: 'refused', code: 'CHAT_09' });
    });

    it('is there for the creation that comes again', async () => {
      const { world, edge, sent } = await reserved(groupOf(A, minji, 10, 'wanted'));
      await edge.again('s1', sent, 2);
      await world.settle();
      expect(edge.replyTo(sent[0])?.outcome.status).toBe('logged');
    });
  });

  it('[A95] a name that a node with a fast clock reserved in vain is freed as any other', async () => {
    const world = await World.started();
    const edge = await world.edge();
    world.runtime.jumpWallClock(60 * RESERVATION_GRACE_MS);
    failAllWrites(world);
    await edge.send('s1', [groupOf(A, minji, 10, 'wanted')]);
    await world.settle();
    world.runtime.jumpWallClock(-60 * RESERVATION_GRACE_MS);
    await world.crashAndRestart();
    world.faults.none();
    await world.pass(SWEPT);
    const [other] = await edge.send('s2', [groupOf(B, jisoo, 10, 'wanted')]);
    await world.settle();
    expect(edge.replyTo(other)?.outcome.status).toBe('logged');
  });

  it('[A95] a name that is reserved again is not freed before it has stood still for as long again', async () => {
    const world = await World.started();
    const held = asRoomId('r-held');
    const { names } = world.store;
    await names.reserve('wanted', held, world.runtime.clock.now());
    for (let n = 0; n < 6; n++) {
      await world.pass(RESERVATION_GRACE_MS - 1);
      expect(await names.reserve('wanted', B, 0)).toBe('taken');
      await names.reserve('wanted', held, world.runtime.clock.now());
    }
    await world.pass(SWEPT);
    expect(await names.reserve('wanted', B, 0)).toBe('reserved');
  });

  it('[A37] a reservation without its room is swept by abandoning the room first', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const create = groupOf(A, minji, 10, 'wanted');
    failAllWrites(world);
    await edge.send('s1', [create]);
    await world.settle();
    await world.crashAndRestart();
    world.faults.none();
    await world.pass(RESERVATION_GRACE_MS / 2);
    expect(await world.log(A)).toEqual([]);
    await world.pass(SWEPT);
    expect((await world.log(A)).map((e) => e.kind)).toEqual(['abandoned']);
    const [late] = await edge.send('s1', [create]);
    const [other] = await edge.send('s2', [groupOf(B, jisoo, 10, 'wanted')]);
    await world.settle();
    expect([edge.replyTo(late)?.outcome.status, edge.replyTo(other)?.outcome.status]).toEqual(['refused', 'logged']);
  });

  it('[A37] a room that came to be in the last moment keeps its name', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const create = groupOf(A, minji, 10, 'wanted');
    failAllWrites(world);
    await edge.send('s1', [create]);
    await world.settle();
    // The sweeper's own append fails too, and then the creation comes again.
    await world.pass(SWEPT);
    world.faults.none();
    const [sent] = await edge.send('s1', [create]);
    await world.pass(SWEPT);
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    expect((await world.log(A)).map((e) => e.kind)).toEqual(['created', 'joined']);
    const [other] = await edge.send('s2', [groupOf(B, jisoo, 10, 'wanted')]);
    await world.settle();
    expect(edge.replyTo(other)?.outcome).toMatchObject({ code: 'CHAT_09' });
  });

  it('[A38] a rename that is logged and not yet projected keeps its name', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await edge.send('s1', [groupOf(A, minji, 10, 'old')]);
    await world.settle();
    world.faults.call = (call) => (call === 'project' ? Promise.reject(new Error('no')) : Promise.resolve());
    await edge.send('s1', [rename(A, 'new')]);
    await world.pass(SWEPT);
    expect(await world.store.names.unsettled(10)).toMatchObject([{ name: 'new', room: A }]);
    world.faults.none();
    await world.pass(5_000);
    const [created] = await edge.send('s2', [groupOf(B, jisoo, 10, 'new')]);
    await world.settle();
    expect(edge.replyTo(created)?.outcome).toEqual({ status: 'refused', code: 'CHAT_09' });
  });

  it('[A38] a rename that never came to be gives its name back, and one that did keeps it', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await edge.send('s1', [groupOf(A, minji, 10, 'old')]);
    await world.settle();
    failAllWrites(world);
    await edge.send('s1', [rename(A, 'given-back')]);
    await world.settle();
    await world.crashAndRestart();
    world.faults.none();
    // Committed, and its release of the old name lost.
    world.faults.call = (call) => (call === 'release' ? Promise.reject(new Error('no')) : Promise.resolve());
    await edge.send('s1', [rename(A, 'kept')]);
    await world.settle();
    world.faults.none();
    await world.pass(SWEPT);
    const outcomes = [];
    for (const name of ['given-back', 'old', 'kept']) {
      const [created] = await edge.send('s2', [groupOf(asRoomId(`r-${name}`), jisoo, 10, name)]);
      await world.settle();
      outcomes.push(edge.replyTo(created)?.outcome.status);
    }
    expect(outcomes).toEqual(['logged', 'logged', 'refused']);
    expect((await world.log(A)).map((e) => e.kind)).toEqual(['created', 'joined', 'renamed']);
  });
});
