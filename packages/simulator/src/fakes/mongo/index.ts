/** A replica set in memory behind the seam that the store's adapters ask through. */
export { FakeMongoClient, type FakeCall, type FakeFault, type FakeTrip } from './client.js';
export type { Backup } from './data.js';
export { onlookerOf } from './onlooker.js';
export { FakeReplicaSet } from './replica-set.js';
