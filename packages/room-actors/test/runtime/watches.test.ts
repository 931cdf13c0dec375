import { PASSIVATE_AFTER_MS, WATCH_ANNOUNCE_MS, WATCH_EXPIRY_MS, asEdgeId, asRoomId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { Watches } from '../../src/runtime/watches.js';
import { GROUP, admin, commandOf, jisoo, minji, say, stranger } from '../core/people.js';
import { join, openGroup } from './scenes.js';
import { World } from './world.js';

describe('watches', () => {
  it('[A30] an admitted watch tells the head, and every entry behind it follows in order', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const sender = await world.edge('edge-2');
    await openGroup(world, edge, GROUP);
    await sender.send('s1', [say(GROUP, minji)]);
    const ref = await edge.watch(GROUP, minji);
    await sender.send('s2', [say(GROUP, minji), say(GROUP, minji)]);
    await world.settle();
    const verdict = edge.watchReply(ref);
    if (verdict?.status !== 'admitted') throw new Error('the watch was not admitted');
    expect(edge.seqs(GROUP).filter((seq) => seq > verdict.head)).toEqual([3, 4, 5].filter((seq) => seq > verdict.head));
    expect(verdict.head).toBeLessThan(5);
    expect(edge.heard.slice(0, 2).map((i) => i.item)).toEqual(['reply', 'watching']);
  });

  it('[A30] a watch that meets a write under way is told the head before it, and gets its entry', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    const gate = world.faults.holdAppends();
    await edge.append(GROUP, 's', [
      { frame: 'command', ref: 500, command: say(GROUP, minji) },
      { frame: 'watch', ref: 501, room: GROUP, actor: minji },
    ]);
    await world.settle();
    expect(edge.watchReply(501)).toEqual({ status: 'admitted', head: 2, generation: 'g1' });
    gate.open();
    await world.settle();
    expect(edge.seqs(GROUP)).toEqual([3]);
  });

  it('[A31] who may not read is refused with the code of the rule, and hears nothing', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    await edge.send('s1', [commandOf('kick', room, minji, { userId: jisoo.id })]);
    await world.settle();
    const refs = [
      await edge.watch(room, stranger),
      await edge.watch(room, jisoo),
      await edge.watch(asRoomId('r-nowhere'), minji),
    ];
    await world.settle();
    await edge.send('s1', [say(room, minji)]);
    await world.settle();
    const codes = refs.map((ref) => edge.watchReply(ref));
    expect(codes).toMatchObject([{ code: 'CHAT_03' }, { code: 'CHAT_03' }, { code: 'CHAT_01' }]);
    expect(edge.seqs(room)).toEqual([]);
    const ref = await edge.watch(room, admin);
    await world.settle();
    expect(edge.watchReply(ref)?.status).toBe('admitted');
  });

  it('[A31] a receipted join is never followed by a refused watch', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a');
    const refused = await edge.watch(room, jisoo);
    await world.settle();
    await edge.send('s1', [join(room, jisoo)]);
    await world.settle();
    const admitted = await edge.watch(room, jisoo);
    await world.settle();
    expect([edge.watchReply(refused)?.status, edge.watchReply(admitted)?.status]).toEqual(['refused', 'admitted']);
  });

  it('[A32] a watch outlives the room in memory', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await world.pass(PASSIVATE_AFTER_MS * 1.5);
    expect(world.counts.activeRooms).toBe(0);
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.seqs(GROUP)).toEqual([3]);
  });

  it('[A32] a room that left memory answers a watch by coming back', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const room = await openGroup(world, edge, 'r-a', jisoo);
    await world.crashAndRestart();
    const ref = await edge.watch(room, jisoo);
    await world.settle();
    expect(edge.watchReply(ref)).toEqual({ status: 'admitted', head: 3, generation: 'g1' });
  });

  it('[A33] a watch ends when it is not announced for its expiry, or by the edge', async () => {
    const world = await World.started();
    const edge = await world.edge();
    const rooms = [await openGroup(world, edge, 'r-a'), await openGroup(world, edge, 'r-b')] as const;
    const [kept, dropped] = rooms;
    for (const room of rooms) await edge.watch(room, minji);
    for (let t = 0; t < WATCH_EXPIRY_MS * 1.5; t += WATCH_ANNOUNCE_MS) {
      await edge.append(kept, null, [{ frame: 'announce', rooms: [kept] }]);
      await world.pass(WATCH_ANNOUNCE_MS);
    }
    for (const room of rooms) await edge.send(`s-${room}`, [say(room, minji)]);
    await world.settle();
    expect([edge.seqs(kept), edge.seqs(dropped)]).toEqual([[3], []]);
    await edge.append(kept, null, [{ frame: 'unwatch', rooms: [kept] }]);
    await edge.send('s1', [say(kept, minji)]);
    await world.settle();
    expect(edge.seqs(kept)).toEqual([3]);
  });

  it('[A33] an announcement makes a watch that was lost with its owner', async () => {
    const world = await World.started();
    const edge = await world.edge();
    await openGroup(world, edge, GROUP);
    await edge.watch(GROUP, minji);
    await world.settle();
    await world.crashAndRestart();
    await edge.append(GROUP, null, [{ frame: 'announce', rooms: [GROUP] }]);
    await edge.send('s1', [say(GROUP, minji)]);
    await world.settle();
    expect(edge.seqs(GROUP)).toEqual([3]);
  });

  it('[A34] [I10] a full table refuses new pairs and renews old ones', async () => {
    const world = await World.started({ shards: 1, limits: { watchesPerShard: 1 } });
    const edge = await world.edge();
    const rooms = [await openGroup(world, edge, 'r-a'), await openGroup(world, edge, 'r-b')] as const;
    const refs = [
      await edge.watch(rooms[0], minji),
      await edge.watch(rooms[1], minji),
      await edge.watch(rooms[0], minji),
    ];
    await world.settle();
    expect(refs.map((ref) => edge.watchReply(ref))).toMatchObject([
      { status: 'admitted' },
      { status: 'refused', code: 'busy' },
      { status: 'admitted' },
    ]);
  });

  it('[A34] the table counts its pairs', () => {
    const watches = new Watches(2);
    const [a, b] = [asRoomId('a'), asRoomId('b')];
    const [one, two] = [asEdgeId('1'), asEdgeId('2')];
    expect([watches.watch(a, one, 0), watches.watch(a, two, 10), watches.watch(b, one, 0)]).toEqual([
      true,
      true,
      false,
    ]);
    watches.unwatch(a, two);
    watches.unwatch(b, two);
    expect([watches.size, watches.watch(b, one, 20), watches.size]).toEqual([1, true, 2]);
    watches.sweep(WATCH_EXPIRY_MS + 10);
    expect([[...watches.edgesOf(a)], [...watches.edgesOf(b)], watches.size]).toEqual([[], [one], 1]);
  });
});
