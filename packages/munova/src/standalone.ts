/** Everything in one process: the actors and an edge over the in-memory bus and the embedded store. */
import {
  asEdgeId,
  asEpoch,
  asGeneration,
  asShardId,
  nodeIdOf,
  type ClusterRecord,
  type Epoch,
  type Log,
  type NodeId,
} from '@munova/contracts';
import { MemoryBus } from '@munova/contracts/memory';
import { createEdge, type ClusterReport, type Demo, type EdgeAddress } from '@munova/edge';
import { createActorNode, OwnedShards, shardOf } from '@munova/room-actors';
import { openSqliteStore } from '@munova/store';
import { clusterRecord } from './cluster/record.js';
import { reportOf } from './cluster/report.js';
import { shardStates } from './cluster/shard-states.js';
import type { Config } from './config.js';
import { admittedConnections } from './host-limits.js';
import { createMetrics } from './metrics.js';
import { Closers } from './process/closers.js';
import { describe } from './process/describe.js';
import { processRuntime } from './process/runtime.js';
import { ensureDeploymentKey } from './secrets.js';
import { VERSION } from './version.js';

export interface Standalone {
  readonly address: EdgeAddress;
  /** Resolves if the store ends by itself: nothing can be served from then on, and a restart helps. */
  readonly storeEnded: Promise<void>;
  /** Finishes what was begun and closes everything. */
  drain(): Promise<void>;
}

/** One node that owns everything. */
const reportOfAll = (record: ClusterRecord, node: NodeId, epoch: Epoch, bus: MemoryBus): Promise<ClusterReport> => {
  const shards = Array.from({ length: record.shards }, (_, i) => ({ shard: asShardId(i), owner: node, epoch }));
  return reportOf(record, [{ node, role: 'standalone', status: 'live', address: null }], shards, bus);
};

/** @throws {ConfigError} for what does not fit the folder's data */
export const startStandalone = async (
  config: Config,
  jwtSecret: string,
  demo: Demo | null,
  log: Log,
): Promise<Standalone> => {
  const runtime = processRuntime(log);
  const deploymentKey = ensureDeploymentKey(config);
  const closers = new Closers();
  try {
    const ended = Promise.withResolvers<void>();
    const store = await openSqliteStore({
      folder: config.dataDir,
      log,
      onEnded: (error) => {
        log.error({ error: describe(error) }, 'the store has ended');
        ended.resolve();
      },
    });
    closers.add(() => store.close());
    const record = await clusterRecord(store.deployment, config, deploymentKey);
    const epoch = asEpoch(await store.deployment.nextEpoch());
    const id = nodeIdOf('standalone', runtime.random.id());
    const bus = new MemoryBus(runtime);
    const metrics = createMetrics();
    const owned = OwnedShards.all(record.shards, epoch);
    const actors = createActorNode({
      runtime,
      store,
      stream: bus,
      log,
      generation: asGeneration(record.generation),
      shards: record.shards,
      owned,
      metrics: metrics.actors,
    });
    closers.add(async () => {
      await actors.drain();
      actors.stop();
    });
    actors.start();
    const edge = await createEdge({
      edgeId: asEdgeId(id),
      inbox: bus,
      fanOut: bus,
      store,
      shardOf: (room) => shardOf(room, record.shards),
      jwtSecret: Buffer.from(jwtSecret),
      deploymentKey,
      generation: asGeneration(record.generation),
      runtime,
      log,
      metrics,
      cluster: () => reportOfAll(record, id, epoch, bus),
      config: { ...config, version: VERSION, maxConnections: admittedConnections(config, log), demo },
    });
    closers.add(() => edge.drain());
    metrics.showConnections(() => edge.connections);
    metrics.showShards(() => shardStates(owned, bus, actors.watches));
    return { address: await edge.listen(), storeEnded: ended.promise, drain: () => closers.run() };
  } catch (error) {
    await closers.run();
    throw error;
  }
};
