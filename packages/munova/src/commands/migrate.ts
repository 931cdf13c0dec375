import {
  LEASE_RENEW_MS,
  LEASE_TTL_MS,
  nodeName,
  pause,
  type Membership,
  type NodeId,
  type Runtime,
} from '@munova/contracts';
import { ROOM_HASH } from '@munova/room-actors';
import { migrateMongo, openMongoStore } from '@munova/store/mongo';
import { readConfig } from '../config.js';
import { processRuntime } from '../process/runtime.js';
import { onMongo } from '../cluster/open-cluster.js';
import { clusterRecord } from '../cluster/record.js';
import { createLog } from '../logger.js';

export interface MigrateCommandOptions {
  readonly mongo?: string;
  readonly newGeneration?: boolean;
}

/** Makes the indexes and the cluster record of a MongoDB; doing it again changes nothing, unless a new generation is asked for. */
export const migrate = async ({ mongo, newGeneration = false }: MigrateCommandOptions): Promise<void> => {
  const config = readConfig({ mongoUrl: mongo });
  const log = createLog(config.logLevel, 'migrate');
  const runtime = processRuntime(log);
  const opening = { config, runtime, log, stopping: new AbortController().signal };
  await onMongo(opening, migrateMongo);
  const store = await onMongo(opening, (place) => openMongoStore({ ...place, log, runtime }));
  try {
    if (newGeneration) {
      await expectNobody(store.membership, runtime);
      await store.deployment.beginGeneration(config.shards, ROOM_HASH);
    }
    const { generation, shards, schema } = await clusterRecord(store.deployment, config);
    process.stdout.write(`migrated: schema ${String(schema)}, ${String(shards)} shards, generation ${generation}\n`);
  } finally {
    await store.close();
  }
};

/** Who was killed has a record still: alive is whoever renews it. */
const expectNobody = async (membership: Membership, { timers }: Runtime): Promise<void> => {
  const beats = await beatsOf(membership);
  if (beats.size > 0)
    process.stderr.write(`it takes ${String(LEASE_TTL_MS / 1_000)} s to see whether a process runs\n`);
  for (let waited = 0; beats.size > 0 && waited < LEASE_TTL_MS; waited += LEASE_RENEW_MS) {
    await pause(timers, LEASE_RENEW_MS);
    const running = [...(await beatsOf(membership))].filter(([node, beat]) => beats.get(node) !== beat);
    if (running.length === 0) continue;
    const names = running.map(([node]) => nodeName(node)).toSorted();
    throw new Error(`a new generation begins only while no process runs; stop ${names.join(', ')} first`);
  }
};

const beatsOf = async (membership: Membership): Promise<ReadonlyMap<NodeId, number>> =>
  new Map(
    (await membership.view()).nodes.filter(({ status }) => status !== 'dead').map(({ node, beat }) => [node, beat]),
  );
