import { findRedisServer, isInStep, redisCommand, redisProcess } from './redis.js';
import { FORM_TIMEOUT_MS } from './limits.js';
import { freePorts } from './ports.js';
import type { ServerProcess } from './server-process.js';
import { underGuard } from './server-process.js';
import { until } from './wait.js';

const MASTERS = 3;
const SLOTS = 16_384;

export interface RedisClusterOptions {
  /** How long a node is silent before the others hold it for failed (milliseconds). Default: 2,000. */
  readonly nodeTimeoutMs?: number;
  /** Further settings of every node's `redis.conf`, name and value. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running Redis Cluster: three masters with a third of the slots each, and a replica for each. */
export interface StartedRedisCluster {
  /** Where a client may begin: all six nodes. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Masters when the cluster started, in the order of their slots. A failover changes roles, not these lists. */
  readonly masters: readonly ServerProcess[];
  /** `replicas[i]` followed `masters[i]` when the cluster started. */
  readonly replicas: readonly ServerProcess[];
  /** Kills all of it and removes its data. */
  readonly stop: () => Promise<void>;
}

const idOf = async ({ port }: ServerProcess): Promise<string> => String(await redisCommand(port, 'CLUSTER', 'MYID'));

/** The first slot of the `index`-th master; that of the one behind the last is the number of slots. */
const firstSlot = (index: number): number => Math.floor((index * SLOTS) / MASTERS);

const serves = async ({ port }: ServerProcess): Promise<boolean> => {
  const info = String(await redisCommand(port, 'CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`);
};

/** Whether this node sees every master with its replica, so that a client who asks it sees them, too. */
const seesReplicas = async ({ port }: ServerProcess): Promise<boolean> => {
  const slots = (await redisCommand(port, 'CLUSTER', 'SLOTS')) as unknown[][];
  // [first slot, last slot, master, replica …]
  return slots.length === MASTERS && slots.every((range) => range.length === 4);
};

const everyone = async (
  what: string,
  nodes: readonly ServerProcess[],
  holds: (node: ServerProcess, index: number) => Promise<boolean>,
): Promise<void> => {
  await Promise.all(
    nodes.map((node, index) => until(`${node.name}: ${what}`, FORM_TIMEOUT_MS, () => holds(node, index))),
  );
};

const form = async (
  masters: readonly ServerProcess[],
  replicas: readonly ServerProcess[],
  busPorts: ReadonlyMap<ServerProcess, number>,
): Promise<void> => {
  const nodes = [...masters, ...replicas];
  for (const [index, { port }] of nodes.entries()) {
    // Epochs that differ from the beginning need not be agreed upon.
    await redisCommand(port, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const [index, { port }] of masters.entries()) {
    await redisCommand(port, 'CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
  }
  // Everyone meets everyone: what they would hear of each other by gossip takes seconds.
  for (const [index, { port }] of nodes.entries()) {
    for (const other of nodes.slice(index + 1)) {
      await redisCommand(port, 'CLUSTER', 'MEET', other.host, other.port, busPorts.get(other) ?? 0);
    }
  }
  await everyone('follows its master', replicas, async ({ port }, index) => {
    const master = masters[index];
    // Refused while the two have not met.
    return master !== undefined && (await redisCommand(port, 'CLUSTER', 'REPLICATE', await idOf(master))) === 'OK';
  });
  await everyone('is in step with its master', replicas, ({ port }) => isInStep(port));
  await everyone('serves all slots', nodes, serves);
  await everyone('sees every replica', nodes, seesReplicas);
};

/**
 * Starts a Redis Cluster of its own, six processes on free ports of the loopback interface: `noeviction`, nothing
 * persistent. It ends with the process that started it.
 *
 * @throws {ServerNotFound} where there is no Redis and none can be fetched
 * @throws {ServerStartError} where it does not come up
 */
export const startRedisCluster = async (options: RedisClusterOptions = {}): Promise<StartedRedisCluster> => {
  const binary = await findRedisServer();
  return underGuard(async (guard) => {
    const ports = await freePorts(4 * MASTERS);
    const busPorts = new Map<ServerProcess, number>();
    const node = (name: string, index: number): ServerProcess => {
      const [port = 0, busPort = 0] = ports.slice(2 * index);
      const settings = {
        'cluster-enabled': 'yes',
        'cluster-port': String(busPort),
        // A replica is listed only once something was replicated, be it a ping.
        'repl-ping-replica-period': '1',
        'cluster-node-timeout': String(options.nodeTimeoutMs ?? 2_000),
        ...options.settings,
      };
      const server = redisProcess(guard, binary, { name, port, settings });
      busPorts.set(server, busPort);
      return server;
    };
    const masters = Array.from({ length: MASTERS }, (_, index) => node(`redis-master-${index}`, index));
    const replicas = masters.map((_, index) => node(`redis-replica-${index}`, MASTERS + index));
    const all = [...masters, ...replicas];
    await Promise.all(all.map((server) => server.start()));
    await form(masters, replicas, busPorts);
    return {
      nodes: all.map(({ host, port }) => ({ host, port })),
      masters,
      replicas,
      stop: () => guard.close(),
    };
  });
};
