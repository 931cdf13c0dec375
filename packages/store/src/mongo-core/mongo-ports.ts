import type { Clock, Membership, Ownership, Random, Store } from '@munova/contracts';
import { MongoDeployment, MongoProducts, MongoTags } from './catalogue.js';
import { MongoMembership, MongoOwnership } from './cluster.js';
import type { MongoCommands } from './commands.js';
import { Gate } from './gate.js';
import { MongoMemberships, MongoReadMarks, MongoRoomDirectory } from './directory.js';
import { Majority } from './majority.js';
import { MongoProjection } from './projection.js';
import { MongoRoomLog } from './room-log.js';
import { MongoRoomNames } from './room-names.js';

/** The ports of one process over a replica set. */
export interface MongoPorts extends Omit<Store, 'healthy'> {
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
  const gate = new Gate();
  const tags = new MongoTags(store);
  return {
    log: gate.guard(new MongoRoomLog(store, clock)),
    projection: gate.guard(new MongoProjection(store)),
    directory: gate.guard(new MongoRoomDirectory(store, tags)),
    memberships: gate.guard(new MongoMemberships(store)),
    readMarks: gate.guard(new MongoReadMarks(store)),
    names: gate.guard(new MongoRoomNames(store)),
    products: gate.guard(new MongoProducts(store)),
    tags: gate.guard(tags),
    deployment: gate.guard(new MongoDeployment(store, random)),
    membership: gate.guard(new MongoMembership(store)),
    ownership: (shards) => gate.guard(new MongoOwnership(store, shards)),
    close: () => gate.close(),
  };
};
