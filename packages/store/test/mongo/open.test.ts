import { TAG_TREE } from '../../src/tag-tree.js';
import { freePorts, startLoneMongod, type StartedMongod } from '@munova/servers';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateMongo, openMongoCommands, type MongoPlace } from '../../src/mongo/index.js';
import { type Line } from '../support/store-place.js';
import { START_MS, useReplicaSet } from './mongo-place.js';

const subject = useReplicaSet();
let client: MongoClient | undefined;

beforeAll(async () => {
  client = await new MongoClient(subject.set.uri).connect();
}, START_MS);
afterAll(() => client?.close());

const migrated = async (): Promise<MongoPlace> => {
  const place = subject.newPlace();
  await migrateMongo(place);
  return place;
};

describe('migrating', () => {
  it('[M15] [S53] brings the tag tree, and again, or several at once, changes nothing that was changed since', async () => {
    const place = subject.newPlace();
    await Promise.all([migrateMongo(place), migrateMongo(place)]);
    const store = await subject.open(place);
    expect(await store.tags.all()).toEqual(TAG_TREE.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    const [first] = TAG_TREE;
    await store.tags.put({ ...first!, nameKo: '신사' });
    await store.deployment.clusterRecord(64, 'hash');
    const record = await store.deployment.clusterRecord(64, 'hash');
    await migrateMongo(place);
    expect((await store.tags.all()).find(({ id }) => id === first!.id)?.nameKo).toBe('신사');
    expect(await store.deployment.clusterRecord(1, 'other')).toEqual(record);
    await store.close();
  });

  it('[M15] a schema of a later version is left alone', async () => {
    const place = await migrated();
    const deployment = client!.db(place.database).collection<{ _id: string }>('deployment');
    await deployment.updateOne({ _id: 'schema' }, { $set: { version: 99 } });
    for (const open of [() => subject.open(place), () => migrateMongo(place)]) {
      await expect(open()).rejects.toMatchObject({ code: 'schema-newer' });
    }
  });
});

describe('opening', () => {
  it.each([
    ['munova', ''],
    ['actors-7', '&appName=actors-7'],
  ])('[X19] a process is %s in MongoDB where its URL says "%s"', async (appName, inUrl) => {
    const place = await migrated();
    const store = await subject.open({ ...place, uri: `${place.uri}${inUrl}` });
    const query = { currentOp: true, $all: true, appName };
    const { inprog } = await client!.db('admin').command(query);
    expect(inprog).not.toEqual([]);
    await store.close();
  });

  it('[M11] a database that was not migrated is refused', async () => {
    await expect(subject.open(subject.newPlace())).rejects.toMatchObject({ code: 'not-migrated' });
  });

  it.each([
    ['messages', 'by_place'],
    ['messages', 'by_expiry'],
    ['rooms', 'by_term'],
  ])('[M11] a database whose %s lost the index %s is refused by its name', async (collection, index) => {
    const place = await migrated();
    await client!.db(place.database).collection(collection).dropIndex(index);
    await expect(subject.open(place)).rejects.toMatchObject({
      code: 'not-migrated',
      message: expect.stringContaining(index) as unknown,
    });
  });

  it('[M11] an index of the same fields that is not unique is not taken for the one that is', async () => {
    const place = await migrated();
    const messages = client!.db(place.database).collection('messages');
    await messages.dropIndex('by_place');
    await messages.createIndex({ room: 1, seq: 1 }, { name: 'by_place' });
    await expect(subject.open(place)).rejects.toMatchObject({ code: 'not-migrated' });
  });

  it(
    '[M11] a server that nobody reaches is refused within the time that a primary is waited for',
    async () => {
      const [port] = await freePorts(1);
      const place = { uri: `mongodb://127.0.0.1:${String(port)}/`, database: 'nowhere' };
      await expect(subject.open(place)).rejects.toMatchObject({ code: 'unreachable' });
    },
    START_MS,
  );

  it('[M11] a user who may not write is refused as such, without the words of the server', async () => {
    const place = await migrated();
    await subject.set.command(await subject.set.primary(), {
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['update'], errorCode: 13, appName: 'munova' },
    });
    await expect(subject.open(place)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/may not read and write .* Give it the role readWrite there\.$/) as unknown,
    });
  });

  it('[M11] trouble is logged when it begins and when it ends, and the store is not healthy in between', async () => {
    const lines: Line[] = [];
    const store = await subject.open(await migrated(), lines);
    expect(await store.healthy()).toBe(true);
    const fail = async (mode: object | string) =>
      subject.set.command(await subject.set.primary(), {
        configureFailPoint: 'failCommand',
        mode,
        data: { failCommands: ['update'], errorCode: 8_000, appName: 'munova' },
      });
    await fail('alwaysOn');
    expect(await store.healthy()).toBe(false);
    expect(await store.healthy()).toBe(false);
    await fail('off');
    expect(await store.healthy()).toBe(true);
    expect(lines.map(({ level }) => level)).toEqual(['info', 'error', 'info']);
    await store.close();
  });
});

describe('a server that stands alone', () => {
  let mongod: StartedMongod;
  beforeAll(async () => {
    mongod = await startLoneMongod();
  }, START_MS);
  afterAll(() => mongod.stop());

  it(
    '[M11] is refused in a sentence that says what to do',
    async () => {
      for (const open of [(place: MongoPlace) => subject.open(place), migrateMongo, openMongoCommands]) {
        await expect(open({ uri: mongod.uri, database: 'alone' })).rejects.toMatchObject({
          code: 'no-replica-set',
          message: expect.stringContaining('--replSet') as unknown,
        });
      }
    },
    START_MS,
  );
});
