import { Redis } from 'ioredis';
import { placesOfThisProcess } from './config.js';
import type { Places } from './config.js';
import type { Binary } from './find/find.js';
import { find } from './find/find.js';
import { redisRecipe } from './find/redis.js';
import type { Guard } from './guarded.js';
import { FORM_TIMEOUT_MS, PROBE_TIMEOUT_MS } from './limits.js';
import { freePorts } from './ports.js';
import { ServerProcess, underGuard } from './server-process.js';
import { until } from './wait.js';

export interface RedisOptions {
  /** Whether a restart finds the data again: an append-only file, synced at every write. Default: no. */
  readonly appendonly?: boolean;
  /** Whether there is a replica too. Default: no. */
  readonly replica?: boolean;
  /** Further settings of `redis.conf`, name and value; they win over those of this package. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running Redis. */
export interface StartedRedis {
  /** `redis://127.0.0.1:<port>` of the primary. */
  readonly url: string;
  readonly primary: ServerProcess;
  /** There where it was asked for. It is in step when `startRedis` returns. */
  readonly replica: ServerProcess | undefined;
  /** Kills all of it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Finds `redis-server` 7 or newer on this machine, or fetches it. @throws {ServerNotFound} */
export const findRedisServer = (places: Places = placesOfThisProcess()): Promise<Binary> => find(redisRecipe, places);

/**
 * Sends one command over a connection of its own.
 *
 * @throws when the server cannot be reached, answers an error, or not within `PROBE_TIMEOUT_MS`
 */
export const redisCommand = async (port: number, ...command: [string, ...(string | number)[]]): Promise<unknown> => {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: PROBE_TIMEOUT_MS,
    commandTimeout: PROBE_TIMEOUT_MS,
    retryStrategy: null,
  });
  // Every failure is that of the call.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const [name, ...args] = command;
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
};

const answersPing = async (port: number): Promise<boolean> => (await redisCommand(port, 'PING')) === 'PONG';

/** A process of Redis that has not been started yet. */
export const redisProcess = (
  guard: Guard,
  binary: Binary,
  { name, port, settings }: { name: string; port: number; settings: Readonly<Record<string, string>> },
): ServerProcess => {
  const all = {
    bind: '127.0.0.1',
    port: String(port),
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    'enable-debug-command': 'local',
    'repl-diskless-sync-delay': '0',
    ...settings,
  };
  const args = Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]);
  return new ServerProcess(guard, { name, port, binary, args, answers: answersPing });
};

/** Whether the replica on this port has all that its primary has. */
export const isInStep = async (replicaPort: number): Promise<boolean> =>
  String(await redisCommand(replicaPort, 'INFO', 'replication')).includes('master_link_status:up');

/**
 * Starts a Redis of its own on a free port of the loopback interface: `noeviction`, nothing persistent unless asked for.
 * It ends with the process that started it.
 *
 * @throws {ServerNotFound} where there is no Redis and none can be fetched
 * @throws {ServerStartError} where it does not come up
 */
export const startRedis = async (options: RedisOptions = {}): Promise<StartedRedis> => {
  const binary = await findRedisServer();
  const persistence: Record<string, string> =
    options.appendonly === true ? { appendonly: 'yes', appendfsync: 'always' } : {};
  return underGuard(async (guard) => {
    const [primaryPort = 0, replicaPort = 0] = await freePorts(2);
    const settings = { ...persistence, ...options.settings };
    const primary = redisProcess(guard, binary, { name: 'redis', port: primaryPort, settings });
    await primary.start();
    let replica: ServerProcess | undefined;
    if (options.replica === true) {
      const following = { ...settings, replicaof: `127.0.0.1 ${primaryPort}` };
      replica = redisProcess(guard, binary, { name: 'redis-replica', port: replicaPort, settings: following });
      await replica.start();
      await until('a replica in step', FORM_TIMEOUT_MS, () => isInStep(replicaPort));
    }
    return { url: `redis://127.0.0.1:${primaryPort}`, primary, replica, stop: () => guard.close() };
  });
};
