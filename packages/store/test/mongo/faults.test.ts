import { describeRoomLogFaults } from '@munova/contracts/testing';
import { TcpProxy } from '@munova/servers';
import { afterAll, beforeAll, describe } from 'vitest';
import { migrateMongo, openMongoCommands, type MongoStore, type OpenMongoCommands } from '../../src/mongo/index.js';
import { START_MS, useReplicaSet, type SetUnderTest } from './mongo-place.js';

const UNCONFIRMED = { code: 64, errmsg: 'waiting for replication timed out' };

const failInserts = async ({ set }: SetUnderTest, times: number, data: object): Promise<void> => {
  const point = { configureFailPoint: 'failCommand', mode: { times }, data: { failCommands: ['insert'], ...data } };
  await set.command(await set.primary(), point);
};

describe('appends to a real replica set that fails', () => {
  const subject = useReplicaSet();
  let proxy: TcpProxy | undefined;
  let observer: OpenMongoCommands | undefined;
  let store: MongoStore | undefined;

  beforeAll(async () => {
    const place = subject.newPlace();
    await migrateMongo(place);
    observer = await openMongoCommands(place);
    const { port } = await subject.set.primary();
    proxy = await TcpProxy.start({ host: '127.0.0.1', port });
    store = await subject.open({ ...place, uri: `mongodb://127.0.0.1:${String(proxy.port)}/?directConnection=true` });
  }, START_MS);
  afterAll(async () => {
    await store?.close();
    await observer?.close();
    await proxy?.stop();
  }, START_MS);

  const documents = async (): Promise<number> => {
    const found = await observer!.commands.find('messages', {}, { fields: [] }, { read: 'local', after: null });
    return found.length;
  };

  /** Breaks the connections, and heals, as soon as something more is written. */
  const breakBehindNextWrite = async (before: number): Promise<void> => {
    while ((await documents()) === before) await new Promise((resolve) => setImmediate(resolve));
    proxy!.set({});
    proxy!.reset();
  };

  describeRoomLogFaults(() => ({
    store: store!,
    unconfirmNext: async () => {
      await subject.set.command(await subject.set.primary(), {
        configureFailPoint: 'failCommand',
        mode: { times: 1 },
        data: {
          failCommands: ['insert'],
          writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' },
        },
      });
    },
    loseNextAnswer: async () => {
      const before = await documents();
      proxy!.set({ replies: 'swallow' });
      void breakBehindNextWrite(before);
    },
    stepDown: () => subject.set.stepDown(1),
  }));
});

describe('appends to a real replica set whose primary is killed', () => {
  const subject = useReplicaSet(3);
  let store: MongoStore | undefined;
  beforeAll(async () => {
    const place = subject.newPlace();
    await migrateMongo(place);
    store = await subject.open(place);
  }, START_MS);
  afterAll(() => store?.close(), START_MS);

  describeRoomLogFaults(() => ({
    store: store!,
    unconfirmNext: () => failInserts(subject, 1, { writeConcernError: UNCONFIRMED }),
    // The driver tries once more by itself: both break.
    loseNextAnswer: () => failInserts(subject, 2, { closeConnection: true }),
    stepDown: async () => {
      await (await subject.set.primary()).kill();
    },
  }));
});
