import { MongoFailure, type MongoCommands } from '@munova/store/mongo-core';
import type { FakeReplicaSet } from './replica-set.js';
import { find } from './server.js';

const refused = (): Promise<never> => Promise.reject(new MongoFailure('failed', 'an onlooker only looks'));

/** Sees what a majority has, at once and whoever is primary: for those who judge. */
export const onlookerOf = (set: FakeReplicaSet): MongoCommands => ({
  find: async (collection, filter, options) => find(set.committed, collection, filter, options),
  insertMany: refused,
  updateOne: refused,
  findOneAndUpdate: refused,
  bulkUpdate: refused,
  deleteMany: refused,
  openLine: () => ({ name: 'onlooker' }),
  term: async () => 'whichever there is',
});
