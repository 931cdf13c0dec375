import type { Log, Membership, Ownership, Runtime, Store } from '@munova/contracts';
import { mongoPortsOver } from '../mongo-core/index.js';
import { connect, startErrorOf, type MongoPlace } from './connect.js';
import { DriverCommands } from './driver-commands.js';
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
  const ports = mongoPortsOver(health.watched, runtime);
  return {
    ...ports,
    healthy: () => health.check(),
    close: async () => {
      await ports.close();
      await commands.close();
      await connection.close();
    },
  };
};
