import type { Log, Membership, Ownership, Runtime, Store } from '@munova/contracts';
import { mongoPortsOver } from '../mongo-core/index.js';
import { connect, startErrorOf, type MongoPlace } from './connect.js';
import { DriverCommands } from './driver-commands.js';
import { Gate } from './gate.js';
import { Health } from './health.js';
import { expectMigrated } from './migrate-mongo.js';

export interface MongoStoreOptions extends MongoPlace {
  readonly log: Log;
  readonly runtime: Pick<Runtime, 'clock' | 'random'>;
}

export interface MongoStore extends Store {
  readonly membership: Membership;
  /** `shards`: how many the deployment has. */
  readonly ownership: (shards: number) => Ownership;
}

/**
 * Opens the store of a replica set that `migrateMongo` prepared, once a majority has confirmed a write.
 * @throws {StoreStartError}
 */
export const openMongoStore = async ({ log, runtime, ...place }: MongoStoreOptions): Promise<MongoStore> => {
  const { database } = place;
  const connection = await connect(place);
  const commands = new DriverCommands(connection.getClient(), database);
  const health = new Health(commands, log, database);
  try {
    await expectMigrated(connection, database);
    await health.expectMajority();
  } catch (error) {
    await connection.close();
    throw startErrorOf(error, database);
  }
  log.info({ database }, 'store: open');
  const gate = new Gate();
  const ports = mongoPortsOver(health.watched, runtime);
  return {
    log: gate.guard(ports.log),
    projection: gate.guard(ports.projection),
    directory: gate.guard(ports.directory),
    memberships: gate.guard(ports.memberships),
    readMarks: gate.guard(ports.readMarks),
    names: gate.guard(ports.names),
    products: gate.guard(ports.products),
    tags: gate.guard(ports.tags),
    deployment: gate.guard(ports.deployment),
    membership: gate.guard(ports.membership),
    ownership: (shards) => gate.guard(ports.ownership(shards)),
    healthy: () => health.check(),
    close: async () => {
      await gate.close();
      await commands.close();
      await connection.close();
    },
  };
};
