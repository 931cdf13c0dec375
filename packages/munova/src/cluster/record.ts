import { keyFingerprintOf, type ClusterRecord, type Deployment, type DeploymentKey } from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import { type Config, ConfigError } from '../config.js';

/**
 * What the data was made with; made on an empty store.
 * @param key null: of a command that needs none
 * @throws {ConfigError} where this process is told otherwise
 */
export const clusterRecord = async (
  deployment: Deployment,
  config: Config,
  key: DeploymentKey | null,
): Promise<ClusterRecord> => {
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
  if (key !== null) await expectKey(deployment, config, key);
  return record;
};

/** Under another key every retry would be a conflict, and every question about a product a second room. */
export const expectKey = async (deployment: Deployment, { dataDir }: Config, key: DeploymentKey): Promise<void> => {
  const mine = keyFingerprintOf(key);
  if ((await deployment.keyFingerprint(mine)) === mine) return;
  throw new ConfigError(
    'MUNOVA_DEPLOYMENT_KEY',
    'another key than this data was made with',
    `the key of its first process: in this variable, or as deployment.key in the data folder (${JSON.stringify(dataDir)})`,
  );
};
