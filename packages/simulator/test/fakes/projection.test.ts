/** A process that ends between two writes of a projection. */
import { asSeq, type ProjectionUpdate, type RoomId } from '@munova/contracts';
import {
  ManualRuntime,
  closedEntry,
  commitOf,
  freshRoom,
  groupRecord,
  intentOf,
  memberRecord,
  messages,
} from '@munova/contracts/testing';
import { mongoPortsOver, type MongoPorts } from '@munova/store/mongo-core';
import { expect, it } from 'vitest';
import { FakeMongoClient, FakeReplicaSet } from '../../src/fakes/mongo/index.js';
import { promptWay } from './support/way.js';

const WRITES = 5; // members, redactions, names, rooms, the intent
const ENOUGH_MS = 100;

const newWorld = () => {
  const runtime = new ManualRuntime();
  const set = new FakeReplicaSet(runtime);
  let left = Infinity;
  const client = new FakeMongoClient({
    set,
    timers: runtime.timers,
    travel: promptWay(runtime.timers),
    fault: ({ what }) => (what === 'find' || left-- > 0 ? null : { kind: 'refused' }),
  });
  const ports = mongoPortsOver(client, runtime);
  const done = async <T>(call: Promise<T>): Promise<T> => {
    const ended = call.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await runtime.advance(ENOUGH_MS);
    const result = await ended;
    if ('error' in result) throw result.error;
    return result.value;
  };
  return { ports, done, failAfter: (writes: number) => void (left = writes) };
};

const updateOf = (room: RoomId, name: string): ProjectionUpdate => ({
  record: groupRecord({ roomId: room, name, stateSeq: asSeq(4) }),
  members: [memberRecord({ room, stateSeq: asSeq(4) })],
  redactions: [{ room, targetSeq: asSeq(2) }],
});

const seen = async (ports: MongoPorts, { record: { roomId }, members }: ProjectionUpdate) => ({
  record: await ports.directory.get(roomId),
  member: await ports.memberships.get(roomId, members[0]?.user ?? memberRecord({ room: roomId }).user),
  isRedacted: (await ports.log.readAfter(roomId, asSeq(1), 1))[0]?.redacted,
  intents: (await ports.projection.openIntents()).length,
});

it('[M8] [S12] [S14] whatever write is the last, a record never hides what belongs to it, and a repeat completes it', async () => {
  for (let writes = 0; writes <= WRITES; writes++) {
    const { ports, done, failAfter } = newWorld();
    const room = freshRoom();
    const intent = intentOf(room);
    await done(ports.names.reserve('모임', room, 0));
    await done(ports.log.append(commitOf([...messages(room, 1, 3), closedEntry({ room, seq: 4, n: 3 })], [intent])));
    const update = updateOf(room, '모임');
    failAfter(writes);
    const projecting = done(ports.projection.project([update], [intent.id]));
    if (writes < WRITES) await expect(projecting).rejects.toMatchObject({ code: 'unavailable' });
    else await projecting;

    const half = await done(seen(ports, update));
    if (half.record !== null) expect(half).toMatchObject({ member: update.members[0], isRedacted: true });
    if (half.intents === 0) expect(half.record).toEqual(update.record);

    failAfter(Infinity);
    await done(ports.projection.project([update], [intent.id]));
    expect(await done(seen(ports, update))).toEqual({
      record: update.record,
      member: update.members[0],
      isRedacted: true,
      intents: 0,
    });
    expect(await done(ports.names.unsettled(9))).toEqual([]);
  }
});

it('[M9] [S26] a projection that comes late may unsettle a name that came back, and the next one settles it again', async () => {
  const { ports, done } = newWorld();
  const room = freshRoom();
  const at = (stateSeq: number, name: string): ProjectionUpdate => ({
    record: groupRecord({ roomId: room, name, stateSeq: asSeq(stateSeq) }),
    members: [],
    redactions: [],
  });
  const unsettled = async () => (await done(ports.names.unsettled(9))).map(({ name }) => name);
  const project = (update: ProjectionUpdate) => done(ports.projection.project([update], []));
  await done(ports.names.reserve('처음', room, 0));
  await done(ports.names.reserve('나중', room, 0));
  await project(at(2, '처음'));
  expect(await unsettled()).toEqual(['나중']);
  // Renamed at 6 and back at 9; the projection of 6 comes behind that of 9.
  await project(at(9, '처음'));
  await project(at(6, '나중'));
  expect(await unsettled()).toContain('처음');
  await project(at(10, '처음'));
  expect(await unsettled()).toEqual(['나중']);
  // From before all that: it changes nothing.
  await project(at(5, '나중'));
  expect(await unsettled()).toEqual(['나중']);
});
