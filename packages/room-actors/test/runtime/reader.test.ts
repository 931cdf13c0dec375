import { PROJECT_MESSAGES_MS, UNREADABLE_PAUSE_MS, WIRE_VERSION } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { GROUP, jisoo, minji, say } from '../core/people.js';
import { Gate } from './faults.js';
import { groupOf, join, openGroup } from './scenes.js';
import { World } from './world.js';

describe('the reader', () => {
  it.each([
    ['no JSON', 'oops'],
    ['no batch', '{"v":1}'],
    [
      'an unknown frame',
      JSON.stringify({ v: 1, id: 'x', edge: 'e', session: 's', attempt: 1, frames: [{ frame: 'dance' }] }),
    ],
    [
      'a command without an actor',
      JSON.stringify({
        v: 1,
        edge: 'e',
        session: 's',
        frames: [{ frame: 'command', ref: 1, command: { room: 'r', cmid: 'c', body: {} } }],
      }),
    ],
    [
      'a command of an unknown kind',
      JSON.stringify({
        v: 1,
        edge: 'e',
        session: 's',
        frames: [
          { frame: 'command', ref: 1, command: { kind: 'dance', room: 'r', cmid: 'c', actor: minji, body: {} } },
        ],
      }),
    ],
    ['a frame that is null', JSON.stringify({ v: 1, edge: 'e', session: 's', attempt: 1, frames: [null] })],
    [
      'a command without a session',
      JSON.stringify({
        v: 1,
        edge: 'e',
        session: null,
        attempt: 1,
        frames: [{ frame: 'watch', ref: 1, room: 'r', actor: minji }],
      }),
    ],
  ])('[A17] an entry that is no batch (%s) is set aside, and its shard goes on', async (_what, text) => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await edge.raw(GROUP, text);
    const [sent] = await edge.send('s1', [groupOf(GROUP)]);
    await world.settle();
    expect(world.counts.setAside).toBe(1);
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    expect(await world.waiting(GROUP)).toBe(0);
  });

  it('[A18] an envelope of a newer version stays, and its shard goes on with pauses', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await edge.raw(GROUP, JSON.stringify({ v: WIRE_VERSION + 1, anything: true }));
    const [sent] = await edge.send('s1', [groupOf(GROUP)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    expect([world.counts.unreadable, await world.waiting(GROUP)]).toEqual([1, 1]);
    const [next] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(UNREADABLE_PAUSE_MS + 1);
    expect(edge.replyTo(next)?.outcome.status).toBe('logged');
    expect([world.counts.unreadable, await world.waiting(GROUP)]).toEqual([2, 1]);
  });

  it('[A19] a shard is read again only once everything that was read from it is resolved', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    const gate = new Gate();
    let appends = 0;
    world.faults.append = async (_commit, proceed) => {
      appends += 1;
      await gate.pass();
      await proceed();
    };
    await edge.send('s1', [say(room, minji)]);
    await world.settle();
    const [second] = await edge.send('s2', [say(room, jisoo)]);
    await world.pass(100);
    expect([appends, await world.waiting(room)]).toEqual([1, 2]);
    gate.open();
    await world.settle();
    expect([edge.replyTo(second)?.outcome.status, await world.waiting(room)]).toEqual(['logged', 0]);
  });

  it('[A19] an entry of several rooms goes only with the answer to its last frame', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    const rooms = [await openGroup(world, edge, 'r-a'), await openGroup(world, edge, 'r-b')] as const;
    const gate = new Gate();
    world.faults.call = async (call, room) => {
      if (call === 'project' && room === rooms[1]) await gate.pass();
    };
    await edge.append(rooms[0], 's1', [
      { frame: 'command', ref: 700, command: say(rooms[0], minji) },
      { frame: 'command', ref: 701, command: join(rooms[1], jisoo) },
    ]);
    await world.settle();
    expect(edge.replies.map((r) => r.ref).filter((ref) => ref >= 700)).toEqual([700]);
    expect(await world.waiting(rooms[0])).toBe(1);
    gate.open();
    await world.settle();
    expect(edge.replies.map((r) => r.ref).filter((ref) => ref >= 700)).toEqual([700, 701]);
    expect(await world.waiting(rooms[0])).toBe(0);
  });

  it('[A97] reads begin at a distance, and one behind a rest at once', async () => {
    const limits = { readSpacingMs: 10 };
    const world = await World.started({ limits });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await world.pass(limits.readSpacingMs);
    const answered = async (): Promise<boolean> => {
      await world.settle();
      return edge.replyTo(sent) !== undefined;
    };
    let [sent] = await edge.send('s1', [say(GROUP, minji)]);
    expect(await answered()).toBe(true);
    [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.pass(limits.readSpacingMs - 1);
    expect(await answered()).toBe(false);
    await world.pass(1);
    expect(await answered()).toBe(true);
  });

  it('[A35] a drain finishes what was read, takes nothing new, and leaves every room projected', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    const gate = world.faults.holdAppends();
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    const drained = world.node.drain();
    const [late] = await edge.send('s2', [say(GROUP, minji)]);
    await world.settle();
    gate.open();
    await world.settle();
    await drained;
    expect([edge.replyTo(sent)?.outcome.status, edge.replyTo(late)]).toEqual(['logged', undefined]);
    expect(await world.waiting(GROUP)).toBe(1);
    expect((await world.store.directory.get(GROUP))?.n).toBe(2);
    await world.restart();
    expect(edge.replyTo(late)?.outcome).toMatchObject({ status: 'logged', seq: 5 });
  });

  it('[A35] a drain ends also when the store does not answer', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    world.faults.append = () => new Promise(() => undefined);
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    let ended = false;
    void world.node.drain().then(() => (ended = true));
    await world.pass(60_000);
    expect([ended, await world.waiting(GROUP)]).toEqual([true, 1]);
  });

  it('[A35] nothing of a stopped node runs on', async () => {
    const world = await World.started({ shards: 1 });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.send('s1', [say(GROUP, minji), say(GROUP, minji)]);
    await world.settle();
    world.node.stop();
    world.node.stop();
    await world.pass(10 * PROJECT_MESSAGES_MS);
    expect(world.runtime.pendingTimers).toBe(0);
    const [late] = await edge.send('s2', [say(GROUP, minji)]);
    await world.pass(10_000);
    expect(edge.replyTo(late)).toBeUndefined();
  });
});
