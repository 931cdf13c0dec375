/** Everything in one process: the actors and an edge over the in-memory bus and the embedded store. */
import { readFileSync } from 'node:fs';
import { asEdgeId, asEpoch, asGeneration, type ClusterRecord, type Log } from '@munova/contracts';
import { MemoryBus, systemRuntime } from '@munova/contracts/memory';
import { createEdge, type Demo, type Edge, type EdgeAddress } from '@munova/edge';
import { createActorNode, OwnedShards, ROOM_HASH, shardOf } from '@munova/room-actors';
import { openSqliteStore, type SqliteStore } from '@munova/store';
import { type Config, ConfigError } from './config.js';
import { createMetrics } from './metrics.js';
import { ensureDeploymentKey } from './secrets.js';
import { VERSION } from './version.js';

/** Files that a process needs beside its connections: the store's, the listeners', the log's. */
const FILES_BESIDE_CONNECTIONS = 256;
const FALLBACK_MAX_CONNECTIONS = 10_000;

export interface Standalone {
  readonly address: EdgeAddress;
  /** Resolves if the store ends by itself: nothing can be served from then on, and a restart helps. */
  readonly storeEnded: Promise<void>;
  /** Finishes what was begun and closes everything. */
  drain(): Promise<void>;
}

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
    const record = await clusterRecord(store, config);
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
      owned: OwnedShards.all(record.shards, asEpoch(await store.deployment.nextEpoch())),
      metrics: metrics.actors,
    });
    closers.add(async () => {
      await actors.drain();
      actors.stop();
    });
    actors.start();
    const edge = await createEdge({
      edgeId: asEdgeId(`standalone-${runtime.random.id()}`),
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
      config: { ...config, version: VERSION, maxConnections: maxConnections(config), demo },
    });
    closers.add(() => edge.drain());
    parts.edge = edge;
    return { address: await edge.listen(), storeEnded: ended.promise, drain: () => closers.run() };
  } catch (error) {
    await closers.run();
    throw error;
  }
};

/** What was begun, to be ended in the opposite order. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.unshift(close);
  }

  async run(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}

const clusterRecord = async (store: SqliteStore, config: Config): Promise<ClusterRecord> => {
  const record = await store.deployment.clusterRecord(config.shards, ROOM_HASH);
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

/** What the open-file limit leaves for connections. */
const maxConnections = (config: Config): number => {
  if (config.maxConnections !== 'auto') return config.maxConnections;
  const limit = openFileLimit();
  return limit === null ? FALLBACK_MAX_CONNECTIONS : Math.max(1, limit - FILES_BESIDE_CONNECTIONS);
};

/** The soft limit of this process; null where the system does not say. */
const openFileLimit = (): number | null => {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    // Not Linux: there is no such file, and the caller has a fallback.
    return null;
  }
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
