import type { MongoCommands } from '../mongo-core/index.js';
import { connect, type MongoPlace } from './connect.js';
import { DriverCommands } from './driver-commands.js';

export interface OpenMongoCommands {
  readonly commands: MongoCommands;
  close(): Promise<void>;
}

/** The seam over the real driver alone, for comparing it with another. @throws {StoreStartError} */
export const openMongoCommands = async (place: MongoPlace): Promise<OpenMongoCommands> => {
  const connection = await connect(place);
  const commands = new DriverCommands(connection.getClient(), place.database);
  return {
    commands,
    close: async () => {
      await commands.close();
      await connection.close();
    },
  };
};
