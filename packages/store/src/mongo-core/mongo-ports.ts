import type { Clock, Membership, Ownership, Random, Store } from '@munova/contracts';
import { MongoDeployment, MongoProducts, MongoTags } from './catalogue.js';
import { MongoMembership, MongoOwnership } from './cluster.js';
import type { MongoCommands } from './commands.js';
import { MongoMemberships, MongoReadMarks, MongoRoomDirectory } from './directory.js';
import { Majority } from './majority.js';
import { MongoProjection } from './projection.js';
import { MongoRoomLog } from './room-log.js';
import { MongoRoomNames } from './room-names.js';

/** The ports of one process over a replica set. */
export interface MongoPorts extends Omit<Store, 'healthy' | 'close'> {
  readonly membership: Membership;
  /** `shards`: how many the deployment has. */
  readonly ownership: (shards: number) => Ownership;
}

/** The collections and indexes of `COLLECTIONS` are there. */
export const mongoPortsOver = (
  commands: MongoCommands,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): MongoPorts => {
  const store = new Majority(commands);
  const tags = new MongoTags(store);
  return {
    log: new MongoRoomLog(store, clock),
    projection: new MongoProjection(store),
    directory: new MongoRoomDirectory(store, tags),
    memberships: new MongoMemberships(store),
    readMarks: new MongoReadMarks(store),
    names: new MongoRoomNames(store),
    products: new MongoProducts(store),
    tags,
    deployment: new MongoDeployment(store, random),
    membership: new MongoMembership(store),
    ownership: (shards) => new MongoOwnership(store, shards),
  };
};
