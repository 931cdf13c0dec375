import { asRoomId, isRegistered, type GroupCommit, type RoomId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { GROUP, commandOf, found, freshId, jisoo, minji, say, stranger } from '../core/people.js';
import { Gate } from './faults.js';
import { groupOf, join, member, openGroup } from './scenes.js';
import { World } from './world.js';

describe('the message path', () => {
  it('[A1] a command is committed, published to the edges that watch, answered, and removed', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const other = await world.edge('edge-2');
    const [created] = await edge.send('s1', [found()]);
    await world.settle();
    expect(edge.replyTo(created)?.outcome).toEqual({ status: 'logged', seq: 1, kind: 'created' });
    await other.watch(GROUP, minji);
    await world.settle();
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.replyTo(sent)?.outcome).toEqual({ status: 'logged', seq: 3, kind: 'message' });
    expect(other.seqs(GROUP)).toEqual([3]);
    expect(other.entries(GROUP)).toEqual([(await world.log(GROUP))[2]]);
    expect(edge.seqs(GROUP)).toEqual([]);
    expect(await world.waiting(GROUP)).toBe(0);
  });

  it('[A2] [I4] nothing is published or answered before its append has resolved', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await world.settle();
    const gate = world.faults.holdAppends();
    const [sent] = await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(gate.waiting).toBe(1);
    expect([edge.replyTo(sent), edge.seqs(GROUP), await world.waiting(GROUP)]).toEqual([undefined, [], 1]);
    gate.open();
    await world.settle();
    expect([edge.replyTo(sent)?.outcome.status, edge.seqs(GROUP)]).toEqual(['logged', [3]]);
  });

  it('[P15] tells how long a command waited for its commit, and what was durable for its publication', async () => {
    const world = await World.started({ limits: { commitDocuments: 3 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const appends = world.faults.holdAppends();
    world.waitedMs.length = 0;
    const messages = Array.from({ length: 4 }, () => say(GROUP, minji));
    await edge.send('s1', messages);
    await world.pass(40);
    const publications = new Gate();
    world.beforeStreamCommit = () => publications.pass();
    world.publishedMs.length = 0;
    appends.open();
    await world.settle();
    await world.pass(7);
    publications.open();
    await world.settle();
    expect(world.waitedMs).toEqual([0, 0, 0, 40]);
    expect(world.publishedMs).toEqual([7, 7]);
  });

  it('[A2] a state entry is in the directory before anybody hears of it', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const gate = new Gate();
    world.faults.call = async (call) => {
      if (call === 'project') await gate.pass();
    };
    const [sent] = await edge.send('s1', [found()]);
    await world.settle();
    expect(gate.waiting).toBe(1);
    expect([edge.replyTo(sent), (await world.log(GROUP)).length]).toEqual([undefined, 2]);
    gate.open();
    await world.settle();
    expect(edge.replyTo(sent)?.outcome.status).toBe('logged');
    expect((await world.store.directory.get(GROUP))?.memberCount).toBe(1);
    expect((await world.store.memberships.get(GROUP, minji.id))?.status).toBe('joined');
    expect(await world.store.projection.openIntents()).toEqual([]);
  });

  it('[A3] [I6] the frames of a batch are answered in order, with seqs in that order', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const sent = await edge.send(
      's1',
      [1, 2, 3, 4].map((n) => say(GROUP, minji, `m${String(n)}`)),
    );
    await world.settle();
    const replies = edge.replies.filter((reply) => sent.some(({ ref }) => ref === reply.ref));
    expect(replies.map((r) => r.ref)).toEqual(sent.map(({ ref }) => ref));
    expect((await world.log(GROUP)).slice(2).map((e) => e.content)).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  it('[A4] commands of many rooms that are ready together are one append, sorted by room', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const rooms = await Promise.all(['c', 'a', 'b', 'e', 'd'].map((id) => openGroup(world, edge, `r-${id}`)));
    const commits: GroupCommit[] = [];
    world.faults.append = async (commit, proceed) => {
      commits.push(commit);
      await proceed();
    };
    for (const room of rooms) await edge.send(`s-${room}`, [say(room, minji), say(room, minji)]);
    await world.settle();
    expect(commits).toHaveLength(1);
    const placed = commits[0]?.documents.map((d) => `${d.room}:${isRegistered(d) ? '-' : String(d.seq)}`);
    expect(placed).toEqual(['a', 'b', 'c', 'd', 'e'].flatMap((id) => [`r-${id}:3`, `r-${id}:4`]));
  });

  it('[A4] while the appends under way are as many as may be, the next one gathers', async () => {
    const world = await World.started({ limits: { commitsInFlight: 1 } });
    const edge = await world.edge();
    const rooms = await Promise.all(['a', 'b', 'c'].map((id) => openGroup(world, edge, `r-${id}`)));
    const gate = new Gate();
    const sizes: number[] = [];
    world.faults.append = async (commit, proceed) => {
      sizes.push(commit.documents.length);
      await gate.pass();
      await proceed();
    };
    for (const room of rooms) {
      await edge.send('s', [say(room, minji)]);
      await world.settle();
    }
    expect(sizes).toEqual([1]);
    gate.open();
    await world.settle();
    expect(sizes).toEqual([1, 2]);
  });

  it('[A4] appends that are not full begin at a distance; behind a rest, or full, one begins at once', async () => {
    const limits = { commitsInFlight: 3, commitSpacingMs: 20, commitDocuments: 3 };
    const world = await World.started({ shards: 512, limits });
    const edge = await world.edge();
    const rooms: RoomId[] = [];
    for (const id of 'abcdef') {
      rooms.push(await openGroup(world, edge, `r-${id}`));
      await world.pass(limits.commitSpacingMs);
    }
    const sizes: number[] = [];
    world.faults.append = async (commit, proceed) => {
      sizes.push(commit.documents.length);
      await proceed();
    };
    const sayIn = async (...some: readonly number[]): Promise<void> => {
      for (const i of some) await edge.send(`s-${String(i)}`, [say(rooms[i] ?? GROUP, minji)]);
      await world.settle();
    };
    await sayIn(0);
    expect(sizes).toEqual([1]);
    await sayIn(0);
    await world.pass(limits.commitSpacingMs - 1);
    await sayIn(1);
    expect(sizes).toEqual([1]);
    await world.pass(1);
    expect(sizes).toEqual([1, 2]);
    await sayIn(3, 4, 5);
    expect(sizes).toEqual([1, 2, 3]);
    await sayIn(2);
    await world.pass(limits.commitSpacingMs);
    expect(sizes).toEqual([1, 2, 3, 1]);
  });

  it('[A5] [I10] a group commit stays within its documents, and a room within its share of them', async () => {
    const world = await World.started({ limits: { commitDocuments: 10 } });
    const edge = await world.edge();
    const rooms = await Promise.all(['a', 'b', 'c'].map((id) => openGroup(world, edge, `r-${id}`)));
    const sizes: number[] = [];
    world.faults.append = async (commit, proceed) => {
      sizes.push(commit.documents.length);
      await proceed();
    };
    for (const room of rooms)
      await edge.send(
        's',
        Array.from({ length: 7 }, () => say(room, minji)),
      );
    await world.settle();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(sizes.reduce((a, b) => a + b)).toBe(21);
    for (const room of rooms) expect((await world.log(room)).map((e) => e.seq)).toHaveLength(9);
  });

  it('[A5] a room whose command does not fit into a commit goes with the next', async () => {
    const world = await World.started({ limits: { commitDocuments: 3 } });
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a');
    const both = await Promise.all([
      edge.send('s1', [say(room, minji), say(room, minji)]),
      edge.send('s2', [groupOf(asRoomId('r-b'))]),
    ]);
    await world.settle();
    expect(both.flat().map((s) => edge.replyTo(s)?.outcome.status)).toEqual(['logged', 'logged', 'logged']);
  });

  it('[A5] [I10] a group commit stays within its bytes', async () => {
    const world = await World.started({ limits: { commitBytes: 5_000 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const sizes: number[] = [];
    world.faults.append = async (commit, proceed) => {
      sizes.push(commit.documents.length);
      await proceed();
    };
    const long = '가'.repeat(1_000); // 3,000 bytes
    await edge.send(
      's',
      [long, long, 'short', 'short', long].map((content) => say(GROUP, minji, content)),
    );
    await world.settle();
    expect(sizes).toEqual([1, 3, 1]);
    expect((await world.log(GROUP)).map((e) => e.content).slice(2)).toEqual([long, long, 'short', 'short', long]);
  });

  it('[A6] one write of a room is in flight at a time', async () => {
    const world = await World.started({ limits: { commitsInFlight: 4, commitDocuments: 3 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP, jisoo);
    const gate = world.faults.holdAppends();
    await edge.send(
      's1',
      Array.from({ length: 7 }, () => say(GROUP, minji)),
    );
    await world.pass(1_000);
    expect(gate.waiting).toBe(1);
    gate.open();
    await world.settle();
    expect((await world.log(GROUP)).map((e) => e.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('[A7] [I10] what a full mailbox has no place for is answered busy, with all behind it in its batch', async () => {
    const world = await World.started({ limits: { mailboxCommands: 5 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const gate = world.faults.holdAppends();
    const sent = await edge.send(
      's1',
      Array.from({ length: 8 }, () => say(GROUP, minji)),
    );
    await world.settle();
    gate.open();
    await world.settle();
    const outcomes = sent.map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.map((o) => o?.status)).toEqual([...Array<string>(5).fill('logged'), 'later', 'later', 'later']);
    expect(outcomes[5]).toMatchObject({ code: 'busy' });
    expect(await world.log(GROUP)).toHaveLength(7);
    expect(await world.waiting(GROUP)).toBe(0);
  });

  it('[A7] a repeat that finds no place is left to its edge, since an earlier copy may stand in the log', async () => {
    const world = await World.started({ limits: { mailboxCommands: 1 } });
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const sent = await edge.send('s1', [say(GROUP, minji), say(GROUP, minji)], 2);
    await world.settle();
    expect(sent.map((s) => edge.replyTo(s)?.outcome.status)).toEqual(['logged', undefined]);
    expect(await world.waiting(GROUP)).toBe(0);
    await edge.again('s1', sent.slice(1), 3);
    await world.settle();
    expect(edge.replyTo(sent[1])?.outcome.status).toBe('logged');
  });

  it('[I9] 50 parallel joins into a room of 10 seat exactly 9 beside its owner', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-small');
    const sent = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => (await edge.send(`s${String(n)}`, [join(room, member(n))]))[0]),
    );
    await world.settle();
    const outcomes = sent.map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.filter((o) => o?.status === 'logged')).toHaveLength(9);
    expect(outcomes.filter((o) => o?.status === 'refused' && o.code === 'CHAT_06')).toHaveLength(41);
    expect((await world.store.directory.get(room))?.memberCount).toBe(10);
  });

  it('[I12] repeats of an entry, a refusal and a no-op get the first outcome, and nothing is done again', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    const commands = [say(room, minji), say(room, stranger), join(room, jisoo)];
    const first = await Promise.all(commands.map(async (c, n) => (await edge.send(`s${String(n)}`, [c]))[0]));
    await world.settle();
    // So that only the store remembers.
    await world.crashAndRestart();
    const again = await Promise.all(commands.map(async (c, n) => (await edge.send(`t${String(n)}`, [c], 2))[0]));
    await world.settle();
    const outcomes = first.map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.map((o) => o?.status)).toEqual(['logged', 'refused', 'noop']);
    expect(again.map((s) => edge.replyTo(s)?.outcome)).toEqual(outcomes);
    expect(again.map((s) => edge.replyTo(s)?.repeated)).toEqual([true, true, true]);
    expect(await world.log(room)).toHaveLength(4);
  });

  it('[A8] a rule that throws costs its own command an answer, and nobody else', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    const poison = commandOf('update', room, minji, { name: 5 as unknown as string, maxParticipants: null });
    const sent = await edge.send('s1', [say(room, minji), poison, say(room, minji)]);
    const [other] = await edge.send('s2', [say(room, jisoo)]);
    await world.settle();
    const outcomes = sent.map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.map((o) => o?.status)).toEqual(['logged', 'later', 'later']);
    expect(outcomes[1]).toMatchObject({ code: 'internal' });
    expect(edge.replyTo(other)?.outcome.status).toBe('logged');
    expect(await world.waiting(room)).toBe(0);
  });

  it('[A9] a redaction finds its target in the plan before it, in the log, and nowhere', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a');
    const redact = (seq: number): ReturnType<typeof say> =>
      commandOf('redact', room, minji, { targetSeq: seq as never });
    const sent = await edge.send('s1', [say(room, minji), redact(3), redact(3), redact(99)]);
    await world.settle();
    const [later] = await edge.send('s1', [redact(3)]);
    await world.settle();
    const outcomes = [...sent, later].map((s) => edge.replyTo(s)?.outcome);
    expect(outcomes.map((o) => o?.status)).toEqual(['logged', 'logged', 'noop', 'refused', 'noop']);
    expect((await world.log(room))[2]).toMatchObject({ content: null, redacted: true });
  });

  it('[A9] a creation whose room is there is answered with the first outcome', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const create = groupOf(asRoomId('r-x'));
    const [first] = await edge.send('s1', [create]);
    await world.settle();
    await world.crashAndRestart();
    const [again] = await edge.send('s2', [{ ...create }]);
    await world.settle();
    expect(edge.replyTo(again)).toMatchObject({ outcome: edge.replyTo(first)?.outcome, repeated: true });
    const [other] = await edge.send('s2', [{ ...create, cmid: freshId() }]);
    await world.settle();
    expect(edge.replyTo(other)?.outcome.status).toBe('noop');
  });
});
