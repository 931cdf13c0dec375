/** What the driver and a real server complain of, in the words of the seam. */
import { MongoClient, MongoServerSelectionError } from 'mongodb';
import type { TopologyDescription } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MongoFailure } from '../../src/mongo-core/index.js';
import { type MongoCommands } from '../../src/mongo-core/index.js';
import { DriverCommands } from '../../src/mongo/driver-commands.js';
import { failureOf } from '../../src/mongo/driver-failures.js';
import { migrateMongo, openMongoCommands, type OpenMongoCommands } from '../../src/mongo/index.js';
import { START_MS, useReplicaSet } from './mongo-place.js';

const DURABLE = { durability: 'majority' } as const;
const MAJORITY = { read: 'majority', after: null } as const;
const EXPIRED = 1_000;

const subject = useReplicaSet();
let open: OpenMongoCommands | undefined;
let client: MongoClient | undefined;
beforeAll(async () => {
  const place = subject.newPlace();
  await migrateMongo(place);
  open = await openMongoCommands(place);
  client = await new MongoClient(place.uri).connect();
}, START_MS);
afterAll(async () => {
  await client?.close();
  await open?.close();
});

const insert = (commands: MongoCommands) => commands.insertMany('tags', [{ _id: 'a' }], DURABLE);
const update = (commands: MongoCommands) =>
  commands.updateOne('tags', { _id: 'a' }, { $inc: { n: 1 } }, { upsert: true }, DURABLE);
const change = (commands: MongoCommands) =>
  commands.findOneAndUpdate('tags', { _id: 'a' }, { $inc: { n: 1 } }, { upsert: true }, DURABLE);
const bulk = (commands: MongoCommands) =>
  commands.bulkUpdate('tags', [{ filter: { _id: 'a' }, update: { $inc: { n: 1 } }, upsert: true }], DURABLE);
const remove = (commands: MongoCommands) => commands.deleteMany('tags', { _id: 'a' }, DURABLE);
const read = (commands: MongoCommands) => commands.find('tags', {}, { sort: { _id: 1 } }, MAJORITY);

const WRITES = [
  ['insert', insert],
  ['update', update],
  ['findAndModify', change],
  ['update', bulk],
  ['delete', remove],
] as const;
const CALLS = [...WRITES, ['find', read]] as const;

/** Twice: the driver tries what may be tried again once more. */
const failing = async (command: string, data: object, act: (commands: MongoCommands) => Promise<unknown>) => {
  const primary = await subject.set.primary();
  const point = { configureFailPoint: 'failCommand', data: { failCommands: [command], appName: 'munova', ...data } };
  await subject.set.command(primary, { ...point, mode: { times: 2 } });
  try {
    return await act(open!.commands).then(
      () => null,
      (error: unknown) => error,
    );
  } finally {
    await subject.set.command(primary, { configureFailPoint: 'failCommand', mode: 'off' });
  }
};

describe('failures of a real server', () => {
  it.each(CALLS)(
    '[M16] a broken connection at %s leaves it open what happened',
    async (command, act) => {
      const failure = await failing(command, { closeConnection: true }, act);
      expect(failure).toMatchObject({ name: 'MongoFailure', kind: 'network', isUnapplied: false });
    },
    START_MS,
  );

  it.each(CALLS)(
    '[M16] a member that ceased to be primary at %s is told as such',
    async (command, act) => {
      for (const errorCode of [10_107, 11_602, 189]) {
        const failure = await failing(command, { errorCode }, act);
        expect(failure).toMatchObject({ name: 'MongoFailure', kind: 'not-primary', isUnapplied: false });
      }
    },
    START_MS,
  );

  it.each(WRITES)('[M16] a majority that did not confirm %s in time is told as such', async (command, act) => {
    const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' };
    const failure = await failing(command, { writeConcernError }, act);
    expect(failure).toMatchObject({ name: 'MongoFailure', kind: 'write-concern', isUnapplied: false });
  });

  it('[M16] other complaints are told as a failure, a read out of time as one', async () => {
    for (const [command, act] of CALLS) {
      expect(await failing(command, { errorCode: 8_000 }, act)).toMatchObject({ kind: 'failed', isUnapplied: false });
    }
    expect(await failing('find', { errorCode: 50 }, read)).toMatchObject({ kind: 'time-out' });
  });

  it('[M16] a missing primary says nothing of what was sent before it went missing', () => {
    const failure = failureOf(new MongoServerSelectionError('timed out', {} as TopologyDescription));
    expect(failure).toMatchObject({ kind: 'network', isUnapplied: false });
  });

  it('[M16] a duplicate tells its index and its place; one at the first place has written nothing', async () => {
    const { commands } = open!;
    const [a, b] = [
      { _id: 'p1', room: 'dup', seq: 1 },
      { _id: 'p2', room: 'dup', seq: 2 },
    ];
    await commands.insertMany('messages', [b], DURABLE);
    const ended = (documents: readonly { readonly _id: string }[]) =>
      commands.insertMany('messages', documents, DURABLE).catch((error: unknown) => error as MongoFailure);
    expect(await ended([a, { ...b, _id: 'p3' }])).toMatchObject({
      kind: 'duplicate',
      duplicate: { index: 'by_place', position: 1 },
      isUnapplied: false,
    });
    expect(await ended([a])).toMatchObject({ duplicate: { index: '_id_', position: 0 }, isUnapplied: true });
  });
});

describe('the seam over the driver', () => {
  it(
    '[M18] the server deletes what has expired by itself, because it is a date there',
    async () => {
      const { commands } = open!;
      await commands.insertMany('messages', [{ _id: 'gone', expires: EXPIRED }], DURABLE);
      const found = () => commands.find('messages', { _id: 'gone', expires: { $lte: EXPIRED } }, {}, MAJORITY);
      while ((await found()).length > 0);
      expect(await found()).toEqual([]);
    },
    START_MS,
  );

  it('[M17] calls at once are bounded: more are refused as busy', async () => {
    const commands = new DriverCommands(client!, 'anything', 8);
    const calls = Array.from({ length: 11 }, () =>
      read(commands).then(
        () => 'done',
        (error: unknown) => (error as MongoFailure).kind,
      ),
    );
    const ended = await Promise.all(calls);
    expect(ended.toSorted()).toEqual([...Array<string>(3).fill('busy'), ...Array<string>(8).fill('done')]);
    expect(await read(commands)).toEqual([]);
    await commands.close();
  });
});
