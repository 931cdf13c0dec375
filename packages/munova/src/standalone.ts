/** Everything in one process: the actors and an edge over the in-memory bus and the embedded store. */
import { asEdgeId, asEpoch, asGeneration, asShardId, nodeIdOf, type Log, type ShardId } from '@munova/contracts';
import { MemoryBus, systemRuntime } from '@munova/contracts/memory';
import { createEdge, type Demo, type Edge, type EdgeAddress } from '@munova/edge';
import { createActorNode, OwnedShards, shardOf } from '@munova/room-actors';
import { openSqliteStore } from '@munova/store';
import { clusterRecord } from './cluster/record.js';
import { reportOf } from './cluster/report.js';
import type { Config } from './config.js';
import { admittedConnections } from './host-limits.js';
import { createMetrics } from './metrics.js';
import { Closers } from './process/closers.js';
import { describe } from './process/describe.js';
import { ensureDeploymentKey } from './secrets.js';
import { VERSION } from './version.js';

export interface Standalone {
  readonly address: EdgeAddress;
  /** Resolves if the store ends by itself: nothing can be served from then on, and a restart helps. */
  readonly storeEnded: Promise<void>;
  /** Finishes what was begun and closes everything. */
  drain(): Promise<void>;
}

const allShards = (count: number): ShardId[] => Array.from({ length: count }, (_, shard) => asShardId(shard));

/** @throws {ConfigError} for what does not fit the folder's data */
export const startStandalone = async (
  config: Config,
  jwtSecret: string,
  demo: Demo | null,
  log: Log,
): Promise<Standalone> => {
  const runtime = systemRuntime((name, error) => {
    log.error({ task: name, error: describe(error) }, 'background work failed');
  });
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
    const record = await clusterRecord(store.deployment, config);
    const epoch = asEpoch(await store.deployment.nextEpoch());
    const id = nodeIdOf('standalone', runtime.random.id());
    const bus = new MemoryBus(runtime);
    const parts: { edge: Edge | null } = { edge: null };
    const metrics = createMetrics(() => parts.edge?.connections ?? 0);
    const actors = createActorNode({
      runtime,
      store,
      stream: bus,
      log,
      generation: asGeneration(record.generation),
      shards: record.shards,
      owned: OwnedShards.all(record.shards, epoch),
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
      cluster: () => {
        const node = { node: id, role: 'standalone', status: 'live', address: null } as const;
        const shards = allShards(record.shards).map((shard) => ({ shard, owner: node.node, epoch }));
        return reportOf(record, [node], shards, bus);
      },
      config: { ...config, version: VERSION, maxConnections: admittedConnections(config, log), demo },
    });
    closers.add(() => edge.drain());
    parts.edge = edge;
    return { address: await edge.listen(), storeEnded: ended.promise, drain: () => closers.run() };
  } catch (error) {
    await closers.run();
    throw error;
  }
};
