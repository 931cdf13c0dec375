import { randomUUID } from 'node:crypto';
import { systemRuntime } from '@munova/contracts/memory';
import type { StoreFactory } from '@munova/contracts/testing';
import { startReplicaSet, type StartedReplicaSet } from '@munova/servers';
import { afterAll, beforeAll } from 'vitest';
import { migrateMongo, openMongoStore, type MongoPlace, type MongoStore } from '../../src/mongo/index.js';
import { recordingLog, type Line } from '../support/store-place.js';

export const START_MS = 60_000;

export const runtime = systemRuntime((name, error) => {
  throw new Error(`fault in ${name}`, { cause: error });
});

export interface SetUnderTest {
  readonly set: StartedReplicaSet;
  /** Another database each time. */
  newPlace(): MongoPlace;
  /** On a place that was migrated. */
  open(place: MongoPlace, lines?: Line[]): Promise<MongoStore>;
}

/** One replica set for all tests of the file. */
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
    newPlace: () => ({ uri: set().uri, database: `t${randomUUID().slice(0, 8)}` }),
    open: (place, lines = []) => openMongoStore({ ...place, log: recordingLog(lines), runtime }),
  };
};

/** Each place is a database of its own. */
export const mongoFactory = (subject: SetUnderTest): StoreFactory => ({
  durable: true,
  makePlace: async () => {
    const place = subject.newPlace();
    await migrateMongo(place);
    return { open: () => subject.open(place), remove: async () => undefined };
  },
});
