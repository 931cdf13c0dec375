import { migrateMongo, openMongoStore } from '@munova/store/mongo';
import { readConfig } from '../config.js';
import { processRuntime } from '../process/runtime.js';
import { onMongo } from '../cluster/open-cluster.js';
import { clusterRecord } from '../cluster/record.js';
import { createLog } from '../logger.js';

export interface MigrateCommandOptions {
  readonly mongo?: string;
}

/** Makes the indexes and the cluster record of a MongoDB; doing it again changes nothing. */
export const migrate = async ({ mongo }: MigrateCommandOptions): Promise<void> => {
  const config = readConfig({ mongoUrl: mongo });
  const log = createLog(config.logLevel, 'migrate');
  const runtime = processRuntime(log);
  const opening = { config, runtime, log, stopping: new AbortController().signal };
  await onMongo(opening, migrateMongo);
  const store = await onMongo(opening, (place) => openMongoStore({ ...place, log, runtime }));
  try {
    const { generation, shards, schema } = await clusterRecord(store.deployment, config);
    process.stdout.write(`migrated: schema ${String(schema)}, ${String(shards)} shards, generation ${generation}\n`);
  } finally {
    await store.close();
  }
};
