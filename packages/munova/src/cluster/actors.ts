/** An actor node as a process: the node, and the operators' pages beside it. */
import { COMMIT_SPACING_MS, pause, READ_SPACING_MS, type Log } from '@munova/contracts';
import { createHs256Verifier, createServiceApi } from '@munova/edge';
import { createClusterNode, type ClusterNode } from '@munova/room-actors';
import type { Config } from '../config.js';
import { httpUrl } from '../process/addresses.js';
import { Closers } from '../process/closers.js';
import type { Serving } from '../process/run-process.js';
import { VERSION } from '../version.js';
import { introduction, onNextGeneration, openClusterProcess, type ClusterProcess } from './cluster-process.js';
import { withMeasuredBarriers } from './measured.js';
import { clusterReport } from './report.js';
import { shardStates } from './shard-states.js';
import { ShardTransport } from './shard-transport.js';

/** Between two looks whether the node has its lease, ms. */
const LOOK_MS = 50;

/** @throws as `openClusterProcess`, and where the port cannot be listened on */
export const startActors = async (config: Config, log: Log, stopping: AbortSignal): Promise<Serving> => {
  const closers = new Closers();
  try {
    const process = await openClusterProcess('actors', { config, log, stopping });
    closers.add(() => process.close());
    return await serve(process, closers, stopping);
  } catch (error) {
    await closers.run();
    throw error;
  }
};

const serve = async (process: ClusterProcess, closers: Closers, stopping: AbortSignal): Promise<Serving> => {
  const { config, runtime, log, name, record, store, ownership, bus, metrics } = process;
  const dead = Promise.withResolvers<void>();
  const parts: { node: ClusterNode | null; transport: ShardTransport | null } = { node: null, transport: null };
  const state = { draining: false };
  const api = await createServiceApi({
    version: VERSION,
    verifier: createHs256Verifier(process.jwtSecret, runtime.clock),
    runtime,
    log,
    metrics: metrics.rest,
    rateRest: config.rateRest,
    health: {
      alive: () => true,
      ready: async () => !state.draining && isServing(parts.node) && (await store.healthy()),
    },
    metricsText: () => metrics.text(),
    cluster: () => clusterReport({ record, membership: store.membership, ownership, stream: bus.stream }),
    transport: (port) => {
      parts.node = actorNode(process, httpUrl(config, port), dead.resolve);
      parts.transport = new ShardTransport(parts.node);
      return parts.transport;
    },
  });
  closers.add(() => api.close());
  // Before the pages go: an operator who waits for a drain sees it.
  closers.add(async () => {
    state.draining = true;
    await parts.transport?.close();
  });
  const { host, httpPort, backlog } = config;
  const { port } = await api.listen({ host, port: httpPort, backlog, reusePort: false });
  while (!isServing(parts.node)) {
    stopping.throwIfAborted();
    await pause(runtime.timers, LOOK_MS);
  }
  closers.add(onNextGeneration(process, dead.resolve));
  return {
    ready: { node: name, http: httpUrl(config, port) },
    ended: dead.promise,
    drain: () => closers.run(),
  };
};

const isServing = (node: ClusterNode | null): boolean => node !== null && node.heldUntil > 0 && !node.retiring;

const actorNode = (process: ClusterProcess, address: string, onDead: () => void): ClusterNode => {
  const { runtime, log, name, record, store, ownership, bus, metrics } = process;
  const node = createClusterNode({
    runtime,
    store: { ...store, log: withMeasuredBarriers(store.log, runtime.clock, metrics.ownership) },
    stream: bus.stream,
    log,
    generation: process.generation,
    shards: record.shards,
    metrics: metrics.actors,
    membership: store.membership,
    ownership,
    name,
    introduction: introduction(address),
    limits: { commitSpacingMs: COMMIT_SPACING_MS, readSpacingMs: READ_SPACING_MS },
    onDead,
  });
  node.owned.listen({ acquired: () => metrics.ownership.takenOver(), lost: () => undefined });
  metrics.showShards(() => shardStates(node.owned, bus.stream, node.watches));
  return node;
};
