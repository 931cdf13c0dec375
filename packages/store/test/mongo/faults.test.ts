import { describeRoomLogFaults } from '@munova/contracts/testing';
import { TcpProxy } from '@munova/servers';
import { afterAll, beforeAll, describe } from 'vitest';
import { migrateMongo, openMongoCommands, type MongoStore, type OpenMongoCommands } from '../../src/mongo/index.js';
import { START_MS, useReplicaSet } from './mongo-place.js';

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
