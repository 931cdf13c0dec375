import type { Log, Membership, Ownership, Runtime, Store } from '@munova/contracts';
import { mongoPortsOver, type MongoCommands } from '../mongo-core/index.js';
import { connect, startErrorOf, type MongoPlace } from './connect.js';
import { DriverCommands } from './driver-commands.js';
import { Health } from './health.js';
import { expectMigrated } from './migrate-mongo.js';

export interface MongoStoreOptions extends MongoPlace {
  readonly log: Log;
  readonly runtime: Pick<Runtime, 'clock' | 'random'>;
  /** Puts something between the adapters and the driver that hears of every call. */
  readonly watched?: (commands: MongoCommands) => MongoCommands;
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
export const openMongoStore = async (options: MongoStoreOptions): Promise<MongoStore> => {
  const { log, runtime, watched = (same: MongoCommands) => same, ...place } = options;
  const { database } = place;
  const connection = await connect(place);
  const commands = new DriverCommands(connection.getClient(), database);
  const health = new Health(watched(commands), log, database);
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
