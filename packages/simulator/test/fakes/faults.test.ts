import { systemRuntime } from '@munova/contracts/memory';
import { describeRoomLogFaults } from '@munova/contracts/testing';
import { mongoPortsOver } from '@munova/store/mongo-core';
import { describe } from 'vitest';
import { FakeMongoClient, FakeReplicaSet, type FakeFault } from '../../src/fakes/mongo/index.js';
import { promptWay } from './support/way.js';

describe('appends to a fake replica set that fails', () => {
  const runtime = systemRuntime((name, error) => {
    throw new Error(`fault in ${name}`, { cause: error });
  });
  const set = new FakeReplicaSet(runtime);
  let next: FakeFault | null = null;
  const client = new FakeMongoClient({
    set,
    timers: runtime.timers,
    travel: promptWay(runtime.timers),
    fault: ({ what }) => {
      if (what !== 'insertMany') return null;
      const fault = next;
      next = null;
      return fault;
    },
  });
  const ports = mongoPortsOver(client, runtime);
  const willFail = async (fault: FakeFault): Promise<void> => {
    next = fault;
  };

  describeRoomLogFaults(() => ({
    store: ports,
    unconfirmNext: () => willFail({ kind: 'unconfirmed' }),
    loseNextAnswer: () => willFail({ kind: 'late', ms: 1 }),
    stepDown: async () => set.stepDown({ handedOver: true }),
  }));
});
