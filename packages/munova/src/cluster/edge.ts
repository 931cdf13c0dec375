/** An edge as a process of a cluster. */
import { asEdgeId, nodeIdOf, type Log } from '@munova/contracts';
import { createEdge, type Demo, type Edge } from '@munova/edge';
import { shardOf } from '@munova/room-actors';
import type { Config } from '../config.js';
import { admittedConnections } from '../host-limits.js';
import { clientAddresses } from '../process/addresses.js';
import { Closers } from '../process/closers.js';
import type { Serving } from '../process/run-process.js';
import { VERSION } from '../version.js';
import { introduction, onNextGeneration, openClusterProcess, type ClusterProcess } from './cluster-process.js';
import { EdgeMember } from './edge-member.js';
import { clusterReport } from './report.js';

/** @throws as `openClusterProcess`, and where a port cannot be listened on */
export const startEdge = async (
  config: Config,
  demo: Demo | null,
  log: Log,
  stopping: AbortSignal,
): Promise<Serving> => {
  const closers = new Closers();
  try {
    const process = await openClusterProcess('edge', { config, log, stopping });
    closers.add(() => process.close());
    return await serve(process, demo, closers);
  } catch (error) {
    await closers.run();
    throw error;
  }
};

const serve = async (process: ClusterProcess, demo: Demo | null, closers: Closers): Promise<Serving> => {
  const { config, runtime, log, name, store } = process;
  const superseded = Promise.withResolvers<void>();
  const edge = await openEdge(process, demo);
  closers.add(() => edge.drain());
  const addresses = clientAddresses(config, await edge.listen());
  const member = new EdgeMember({
    runtime,
    membership: store.membership,
    log,
    name,
    introduction: introduction(addresses.http),
    onDraining: () => {
      log.info({}, 'told to drain: sessions are closed, and no more are taken in');
      runtime.spawn.background('retire', () => edge.retire());
    },
  });
  member.start();
  closers.add(() => member.leave());
  closers.add(onNextGeneration(process, superseded.resolve));
  return {
    ready: { node: name, ...addresses },
    // Whatever an edge is cut off from, it waits for, unready; a generation does not come back.
    ended: superseded.promise,
    drain: () => closers.run(),
  };
};

const openEdge = async (process: ClusterProcess, demo: Demo | null): Promise<Edge> => {
  const { config, runtime, log, name, record, store, ownership, bus, metrics } = process;
  const edge = await createEdge({
    // Each start is another one: what is under way to a former one reaches nobody.
    edgeId: asEdgeId(nodeIdOf(name, runtime.random.id())),
    inbox: bus.inbox,
    fanOut: bus.fanOut,
    store,
    shardOf: (room) => shardOf(room, record.shards),
    jwtSecret: process.jwtSecret,
    deploymentKey: process.deploymentKey,
    generation: process.generation,
    runtime,
    log,
    metrics,
    cluster: () => clusterReport({ record, membership: store.membership, ownership, stream: bus.stream }),
    config: { ...config, version: VERSION, maxConnections: admittedConnections(config, log), demo },
  });
  metrics.showConnections(() => edge.connections);
  return edge;
};
