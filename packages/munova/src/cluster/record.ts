import { createHmac } from 'node:crypto';
import type { ClusterRecord, Deployment, DeploymentKey } from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import { type Config, ConfigError } from '../config.js';

/**
 * What the data was made with; made on an empty store.
 * @param advice how the number of shards is changed
 * @throws {ConfigError} where this process is told otherwise
 */
export const clusterRecord = async (deployment: Deployment, config: Config, advice = ''): Promise<ClusterRecord> => {
  const record = await deployment.clusterRecord(config.shards, ROOM_HASH);
  if (record.shards !== config.shards) {
    throw new ConfigError(
      'MUNOVA_SHARDS',
      String(config.shards),
      `${String(record.shards)}, with which this data was made${advice}`,
    );
  }
  if (record.hash !== ROOM_HASH)
    throw new Error(`this data was made with the room hash ${record.hash}, this version has ${ROOM_HASH}`);
  return record;
};

/** Tells keys apart, and nothing of them. */
const markOf = (key: DeploymentKey): string =>
  createHmac('sha256', key).update('munova deployment key').digest('base64url');

/** With another key the same product and buyer would have another room. @throws {ConfigError} */
export const checkDeploymentKey = async (deployment: Deployment, key: DeploymentKey): Promise<void> => {
  const mark = markOf(key);
  if ((await deployment.claimKey(mark)) === mark) return;
  throw new ConfigError(
    'MUNOVA_DEPLOYMENT_KEY',
    'another key',
    'the key with which this data was made: the variable, or deployment.key in --data-dir, has to be the same for every process',
  );
};
