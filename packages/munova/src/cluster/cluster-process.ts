/** What edges and actor nodes of a cluster have in common. */
import {
  LEASE_TTL_MS,
  nodeName,
  pause,
  WIRE_VERSION,
  type DeploymentKey,
  type Log,
  type NodeIntroduction,
  type NodeRole,
  type Runtime,
} from '@munova/contracts';
import type { Config } from '../config.js';
import { createMetrics, type ProcessMetrics } from '../metrics.js';
import { processRuntime } from '../process/runtime.js';
import { ensureDeploymentKey, ensureJwtSecret } from '../secrets.js';
import { openCluster, type OpenCluster, type Opening } from './open-cluster.js';
import { watchRedis } from './watch-redis.js';

export interface ClusterProcess extends OpenCluster {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Of the process; each incarnation is an id of its own under it. */
  readonly name: string;
  readonly jwtSecret: Uint8Array;
  readonly deploymentKey: DeploymentKey;
  readonly metrics: ProcessMetrics;
}

/** Characters of a made-up name: enough to tell the processes of a deployment apart. */
const MADE_UP_CHARACTERS = 8;

/** @throws as `openCluster` */
export const openClusterProcess = async (
  role: NodeRole,
  { config, log, stopping }: Omit<Opening, 'runtime'>,
): Promise<ClusterProcess> => {
  const runtime = processRuntime(log);
  // Before anything is connected to: what is wrong here needs no patience.
  const jwtSecret = Buffer.from(ensureJwtSecret(config));
  const deploymentKey = ensureDeploymentKey(config);
  const name = config.nodeId === '' ? `${role}-${runtime.random.id().slice(0, MADE_UP_CHARACTERS)}` : config.nodeId;
  const metrics = createMetrics();
  const cluster = await openCluster({ config, runtime, log, stopping, metrics, deploymentKey });
  await warnOfNamesakes(cluster, name, log);
  const endWatch = watchRedis({ runtime, log, bus: cluster.bus, metrics });
  const close = (): Promise<void> => {
    endWatch();
    return cluster.close();
  };
  return { ...cluster, close, config, runtime, log, name, jwtSecret, deploymentKey, metrics };
};

/** What a process says of itself: the envelopes that it reads, and where operators find it. */
export const introduction = (address: string): Pick<NodeIntroduction, 'reads' | 'address'> => ({
  reads: { from: Math.max(WIRE_VERSION - 1, 1), to: WIRE_VERSION },
  address,
});

/** Whoever is of a former generation is answered and heard by nobody any more. @returns ends the watch */
export const onNextGeneration = (
  { runtime, log, store, record }: ClusterProcess,
  onSuperseded: () => void,
): (() => Promise<void>) => {
  let over = false;
  const watch = async (): Promise<void> => {
    while (!over) {
      await pause(runtime.timers, LEASE_TTL_MS);
      // A store that does not answer, or that holds nothing while it is restored, says nothing of it.
      const generation = await store.deployment.generation().catch(() => null);
      if (over || generation === null || generation === record.generation) continue;
      log.error({}, 'another generation has begun: this process is of the former one and must exit');
      over = true;
      onSuperseded();
    }
  };
  runtime.spawn.background('generation', watch);
  return async () => void (over = true);
};

/** Incarnations are told apart whatever their names, so nothing breaks; but only one of two namesakes gets shards. */
const warnOfNamesakes = async ({ store }: OpenCluster, name: string, log: Log): Promise<void> => {
  const { nodes } = await store.membership.view();
  for (const { node, status, address } of nodes) {
    if (nodeName(node) !== name || status === 'dead') continue;
    log.warn(
      { node, address },
      'a node of this name is there: left by an earlier start, or another process has it too',
    );
  }
};
