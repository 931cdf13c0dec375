import { ROOM_HASH } from '@munova/room-actors';
import { migrateMongo, openMongoStore, type MongoStore } from '@munova/store/mongo';
import { ConfigError, FIELDS, readConfig, type Config } from '../config.js';
import { processRuntime } from '../process/runtime.js';
import { beginGeneration } from '../cluster/new-generation.js';
import { onMongo, type Opening } from '../cluster/open-cluster.js';
import { clusterRecord, expectKey } from '../cluster/record.js';
import { createLog } from '../logger.js';

export interface MigrateCommandOptions {
  readonly mongo?: string;
  readonly newGeneration?: boolean;
  readonly shards?: string;
}

/** Makes the indexes and the cluster record of a MongoDB, which done again changes nothing; or begins a new generation. */
export const migrate = async (options: MigrateCommandOptions): Promise<void> => {
  const config = readConfig({ mongoUrl: options.mongo });
  const wanted = wantedShards(options);
  const log = createLog(config.logLevel, 'migrate');
  const runtime = processRuntime(log);
  const opening = { config, runtime, log, stopping: new AbortController().signal };
  await onMongo(opening, migrateMongo);
  const store = await onMongo(opening, (place) => openMongoStore({ ...place, log, runtime }));
  try {
    if (options.newGeneration === true) await renewGeneration(store, opening, wanted);
    else await keepGeneration(store, config);
  } finally {
    await store.close();
  }
};

const keepGeneration = async ({ deployment }: MongoStore, config: Config): Promise<void> => {
  const { generation, shards, schema } = await clusterRecord(deployment, config, keyOf(config));
  say(`migrated: schema ${String(schema)}, ${String(shards)} shards, generation ${generation}`);
};

const renewGeneration = async (store: MongoStore, opening: Opening, wanted: number | null): Promise<void> => {
  const { config, runtime } = opening;
  const former = await store.deployment.clusterRecord(config.shards, ROOM_HASH);
  const key = keyOf(config);
  if (key !== null) await expectKey(store.deployment, config, key);
  const { generation, shards, schema } = await beginGeneration(store, runtime, former, wanted, say);
  say(`new generation: schema ${String(schema)}, ${String(shards)} shards, generation ${generation}`);
  say(`start its processes with MUNOVA_SHARDS=${String(shards)}`);
};

/** Null where it is not given: a command makes no key. */
const keyOf = ({ deploymentKey }: Config): Uint8Array | null =>
  deploymentKey === '' ? null : Buffer.from(deploymentKey, 'base64url');

/** @throws {ConfigError} */
const wantedShards = ({ newGeneration = false, shards }: MigrateCommandOptions): number | null => {
  if (shards === undefined) return null;
  if (!newGeneration) throw new ConfigError('--shards', shards, 'only with --new-generation');
  const parsed = FIELDS.shards.parse(shards);
  if (parsed === undefined) throw new ConfigError('--shards', JSON.stringify(shards), FIELDS.shards.allowed);
  return parsed;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
