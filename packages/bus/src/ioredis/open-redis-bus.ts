import { type CommandInbox, type FanOut, type Generation, type Runtime, type ShardStream } from '@munova/contracts';
import type { RedisCommands } from '../commands.js';
import { RedisFanOut } from '../redis-fan-out.js';
import { RedisInbox } from '../redis-inbox.js';
import { RedisStream } from '../redis-stream.js';
import { IoredisCommands } from './ioredis-commands.js';
import { Link, nameOf, PROMPT, type Access } from './link.js';
import { RedisOpenError } from './open-error.js';
import { parseRedisUrl } from './redis-url.js';
import { ClusterTopology, SingleTopology, type Topology } from './topology.js';

const LEAST_VERSION = 7;

export interface RedisBusOptions {
  /** See redis-url.ts. */
  readonly url: string;
  /** PEM of the authority that signed the servers' certificates, where the system does not know it. */
  readonly ca?: string;
  readonly generation: Generation;
  readonly shards: number;
  readonly runtime: Runtime;
  /** Puts something between the adapters and Redis that hears of every call. */
  readonly watched?: (commands: RedisCommands) => RedisCommands;
}

/** What somebody has to mend at Redis; all goes on meanwhile as it can. */
export interface RedisTrouble {
  /** A server drops keys for want of memory; something else than a stream is at a shard's key. */
  readonly kind: 'evicts' | 'no-stream';
  /** A sentence for the operator. */
  readonly message: string;
}

export interface RedisBus {
  readonly inbox: CommandInbox;
  readonly stream: ShardStream;
  readonly fanOut: FanOut;
  /** Looks at every server that keeps keys. @throws where one does not answer */
  troubles(): Promise<readonly RedisTrouble[]>;
  close(): void;
}

/** Opens the bus after a look at every server. @throws {RedisOpenError} */
export const openRedisBus = async (options: RedisBusOptions): Promise<RedisBus> => {
  const { url, ca, generation, shards, runtime, watched = (same: RedisCommands) => same } = options;
  const connections = await openRedisCommands(url, ca);
  const commands = watched(connections);
  const stream = new RedisStream(commands, generation, runtime);
  const fanOut = new RedisFanOut(commands, generation, shards, runtime);
  const close = (): void => {
    stream.close();
    fanOut.close();
    connections.close();
  };
  const troubles = async (): Promise<readonly RedisTrouble[]> => {
    const evictions = (await connections.memory()).map(({ where, info }) => evictionOf(where, info));
    return [
      ...evictions.filter((message) => message !== null).map((message) => ({ kind: 'evicts', message }) as const),
      ...stream.noStreams.map((key) => ({ kind: 'no-stream', message: noStream(key) }) as const),
    ];
  };
  return { inbox: new RedisInbox(commands, generation), stream, fanOut, troubles, close };
};

/** @throws {RedisOpenError} */
export const openRedisCommands = async (url: string, ca?: string): Promise<IoredisCommands> => {
  const { servers, sentinel } = parseRedisUrl(url, ca);
  const [first = {}] = servers;
  const { access, clustered } = await firstUsable(servers);
  if (!clustered || sentinel) return new IoredisCommands(new SingleTopology(access));
  const { username, password, tls } = first;
  const topology = new ClusterTopology(servers, {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
  });
  await lookAtAll(topology);
  return new IoredisCommands(topology);
};

/** Of several servers some may be down. */
const firstUsable = async (servers: readonly Access[]): Promise<{ access: Access; clustered: boolean }> => {
  let failure: unknown;
  for (const access of servers) {
    try {
      return { access, clustered: await lookAt(access) };
    } catch (error) {
      failure = error;
      if (!(error instanceof RedisOpenError) || error.reason !== 'unreachable') break;
    }
  }
  throw failure;
};

const lookAtAll = async (topology: Topology): Promise<void> => {
  await topology.refresh();
  const homes = topology.homes();
  if (homes.length === 0) throw new RedisOpenError('unreachable', 'the Redis Cluster has no server that keeps slots');
  await Promise.all(homes.map((home) => lookAt(topology.accessOf(home))));
};

/** Whether the server is one of a cluster. @throws {RedisOpenError} where it cannot be used. */
const lookAt = async (access: Access): Promise<boolean> => {
  const where = nameOf(access);
  const link = new Link(access, PROMPT);
  try {
    const redis = await link.get();
    const info = await redis.info();
    check(where, info);
    return fieldOf(info, 'cluster_enabled') === '1';
  } catch (error) {
    throw error instanceof RedisOpenError ? error : notOpened(where, error);
  } finally {
    link.close();
  }
};

const fieldOf = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';

const check = (where: string, info: string): void => {
  const version = fieldOf(info, 'redis_version');
  if (Number.parseInt(version, 10) < LEAST_VERSION) {
    throw new RedisOpenError('version', `Redis at ${where} is ${version}; sharded pub/sub needs 7.0 or newer`);
  }
  const eviction = evictionOf(where, info);
  if (eviction !== null) throw new RedisOpenError('eviction', eviction);
};

/** What is to be done where the server drops keys for want of memory. */
const evictionOf = (where: string, info: string): string | null => {
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy === 'noeviction') return null;
  const advice = 'set maxmemory-policy to noeviction, or messages that wait are dropped';
  return `Redis at ${where} evicts keys (${policy}): ${advice}`;
};

const noStream = (key: string): string =>
  `the Redis key ${key} holds no stream: its shard is served again once it is deleted or renamed`;

const notOpened = (where: string, cause: unknown): RedisOpenError => {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password/.test(message)) {
    return new RedisOpenError('credentials', `Redis at ${where} does not accept the user or password`, { cause });
  }
  return new RedisOpenError('unreachable', `Redis at ${where} cannot be reached: ${message}`, { cause });
};
