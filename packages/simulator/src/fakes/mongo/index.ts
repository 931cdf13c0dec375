/** A replica set in memory behind the seam that the store's adapters ask through. */
export { FakeMongoClient, type FakeFault } from './client.js';
export { FakeReplicaSet } from './replica-set.js';
