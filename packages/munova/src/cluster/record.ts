import type { ClusterRecord, Deployment } from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import { type Config, ConfigError } from '../config.js';

/** What the data was made with; made on an empty store. @throws {ConfigError} where this process is told otherwise */
export const clusterRecord = async (deployment: Deployment, config: Config): Promise<ClusterRecord> => {
  const record = await deployment.clusterRecord(config.shards, ROOM_HASH);
  if (record.shards !== config.shards) {
    throw new ConfigError(
      'MUNOVA_SHARDS',
      String(config.shards),
      `${String(record.shards)}, with which this data was made`,
    );
  }
  if (record.hash !== ROOM_HASH)
    throw new Error(`this data was made with the room hash ${record.hash}, this version has ${ROOM_HASH}`);
  return record;
};
