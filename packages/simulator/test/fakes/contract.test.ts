import { systemRuntime } from '@munova/contracts/memory';
import { describeMembership, describeOwnership, describeStore, type StoreFactory } from '@munova/contracts/testing';
import { mongoPortsOver, type MongoPorts } from '@munova/store/mongo-core';
import { describe } from 'vitest';
import { FakeMongoClient, FakeReplicaSet } from '../../src/fakes/mongo/index.js';
import { promptWay } from './support/way.js';

const SHARDS = 4;

const runtime = systemRuntime((name, error) => {
  throw new Error(`fault in ${name}`, { cause: error });
});

const openOn = (set: FakeReplicaSet): MongoPorts =>
  mongoPortsOver(new FakeMongoClient({ set, timers: runtime.timers, travel: promptWay(runtime.timers) }), runtime);

/** The set outlives the stores that are opened on it, as a real one does. */
const fakeFactory: StoreFactory = {
  durable: true,
  makePlace: async () => {
    const set = new FakeReplicaSet(runtime);
    return {
      open: async () => {
        const ports = openOn(set);
        let isOpen = true;
        return {
          ...ports,
          healthy: async () => isOpen,
          close: () => {
            isOpen = false;
            return ports.close();
          },
        };
      },
      remove: async () => undefined,
    };
  },
};

describeStore('mongo over a fake replica set', fakeFactory);

describe('the cluster over a fake replica set', () => {
  const ports = openOn(new FakeReplicaSet(runtime));
  const ownership = ports.ownership(SHARDS);
  describeMembership(() => ports.membership);
  describeOwnership(() => ownership, SHARDS);
});
