import { randomUUID } from 'node:crypto';
import { systemRuntime } from '@munova/contracts/memory';
import type { StoreFactory } from '@munova/contracts/testing';
import { startReplicaSet, type StartedReplicaSet } from '@munova/servers';
import { sharedReplicaSet } from '@munova/servers/testing';
import { afterAll, beforeAll } from 'vitest';
import { migrateMongo, openMongoStore, type MongoPlace, type MongoStore } from '../../src/mongo/index.js';
import { recordingLog, type Line } from '../support/store-place.js';

export const START_MS = 60_000;

export const runtime = systemRuntime((name, error) => {
  throw new Error(`fault in ${name}`, { cause: error });
});

export interface StoresUnderTest {
  /** Another database each time. */
  newPlace(): MongoPlace;
  /** On a place that was migrated. */
  open(place: MongoPlace, lines?: Line[]): Promise<MongoStore>;
}

export interface SetUnderTest extends StoresUnderTest {
  readonly set: StartedReplicaSet;
}

const storesOn = (uri: () => string): StoresUnderTest => ({
  newPlace: () => ({ uri: uri(), database: `t${randomUUID().slice(0, 8)}` }),
  open: (place, lines = []) => openMongoStore({ ...place, log: recordingLog(lines), runtime }),
});

/** For tests that leave the set as it is: one that the whole run shares. */
export const useSharedSet = (): StoresUnderTest => {
  let uri = '';
  beforeAll(async () => {
    ({ uri } = await sharedReplicaSet());
  }, START_MS);
  return storesOn(() => uri);
};

/** A replica set for the tests of the file alone, which may do with it what they want. */
export const useReplicaSet = (members: 1 | 3 = 1): SetUnderTest => {
  let started: StartedReplicaSet | undefined;
  const set = (): StartedReplicaSet => {
    if (started === undefined) throw new Error('the replica set was not started');
    return started;
  };
  beforeAll(async () => {
    started = await startReplicaSet({
      members,
      electionTimeoutMs: 2_000,
      // Once a minute by default, which no test waits for.
      args: ['--setParameter', 'ttlMonitorSleepSecs=1'],
    });
  }, START_MS);
  afterAll(async () => {
    await started?.stop();
  }, START_MS);
  return {
    get set() {
      return set();
    },
    ...storesOn(() => set().uri),
  };
};

/** Each place is a database of its own. */
export const mongoFactory = (subject: StoresUnderTest): StoreFactory => ({
  durable: true,
  makePlace: async () => {
    const place = subject.newPlace();
    await migrateMongo(place);
    return { open: () => subject.open(place), remove: async () => undefined };
  },
});
