import { ADMITTED_PER_ROOM, asUserId } from '@munova/contracts';
import type { Actor } from '@munova/contracts';
import { departureEntry, messages } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RoomHub } from '../../src/outbound/room-hub.js';
import { HubBench, Reader, ROOM } from './hub-bench.js';

const actor = (id: string, more: Partial<Actor> = {}): Actor => ({
  id: asUserId(id),
  name: id,
  role: 'buyer',
  shop: null,
  ...more,
});

describe('who is known to be admitted to a room', () => {
  let bench: HubBench;
  let hub: RoomHub;
  beforeEach(() => {
    bench = new HubBench();
    hub = bench.hubs.acquire(ROOM);
  });

  it('[E62] is known by all that the actor judges by, while the room is watched', () => {
    hub.admitted.add(actor('minji', { shop: asUserId('namsan') }), 0);
    expect(bench.hubs.admits(ROOM, actor('minji', { shop: asUserId('namsan'), name: 'another' }))).toBe(true);
    for (const other of [actor('minji'), actor('minji', { role: 'seller', shop: asUserId('namsan') }), actor('bob')]) {
      expect(bench.hubs.admits(ROOM, other)).toBe(false);
    }
    bench.hubs.close();
    expect(bench.hubs.admits(ROOM, actor('minji', { shop: asUserId('namsan') }))).toBe(false);
  });

  it('[E62] is asked again once somebody left or may have, whatever an earlier answer says', () => {
    const [minji, bob] = [actor('minji'), actor('bob')];
    for (const each of [minji, bob]) hub.admitted.add(each, 0);
    bench.live(messages(ROOM, 1, 2));
    expect(hub.admitted.has(minji)).toBe(true);
    bench.live([departureEntry('kicked', ROOM, 3, 'bob')]);
    expect([minji, bob].map((each) => hub.admitted.has(each))).toEqual([false, false]);
    hub.admitted.add(bob, 2);
    expect(hub.admitted.has(bob)).toBe(false);
    hub.admitted.add(minji, 3);
    expect(hub.admitted.has(minji)).toBe(true);
    hub.observeHead(5);
    expect(hub.admitted.has(minji)).toBe(false);
  });

  it('[E62] [I10] is bounded: the oldest is asked again', () => {
    for (let i = 0; i <= ADMITTED_PER_ROOM; i++) hub.admitted.add(actor(`user-${String(i)}`), 0);
    expect([0, 1, ADMITTED_PER_ROOM].map((i) => hub.admitted.has(actor(`user-${String(i)}`)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('a subscription to typing', () => {
  it('[E64] is told nothing while the client has other things waiting, or entries are missing', async () => {
    const bench = new HubBench();
    const [typing, room] = [new Reader({ kind: 'typing' }), new Reader()];
    for (const reader of [typing, room]) bench.join(reader, 0, 0);
    const heard = (): void => bench.typing('s2');
    heard();
    typing.hasRoomToSpare = false;
    heard();
    typing.hasRoomToSpare = true;
    bench.log.entries = [...messages(ROOM, 1, 3)];
    bench.live(messages(ROOM, 3, 3));
    heard();
    await bench.runtime.advance(100);
    heard();
    expect([typing.typings, typing.drops, typing.seqs]).toEqual([[1, 4], 2, []]);
    expect([room.typings, room.drops, room.seqs]).toEqual([[], 0, [1, 2, 3]]);
  });

  it('[E61] ends behind those to the room', () => {
    const bench = new HubBench();
    const ends: string[] = [];
    for (const kind of ['typing', 'room'] as const) {
      const reader = new Reader({ kind });
      reader.onEnd = () => ends.push(kind);
      bench.join(reader, 0, 0);
    }
    bench.live([departureEntry('left', ROOM, 1, 'minji')]);
    bench.typing('s2');
    expect(ends).toEqual(['room', 'typing']);
  });
});
