/**
 * Opens what the processes of a cluster share: Redis and MongoDB, with what the deployment's data was made with.
 *
 * 1. What cannot be reached is tried again for CLUSTER_PATIENCE_MS: at a start of everything nobody is up first.
 * 2. What can be reached and not be used ends the start at once, in a sentence that shows no secret.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asGeneration,
  CLUSTER_PATIENCE_MS,
  CLUSTER_RETRY_MS,
  type ClusterRecord,
  type DeploymentKey,
  type Generation,
  type Log,
  type Ownership,
  type Runtime,
} from '@munova/contracts';
import type { RedisCommands } from '@munova/bus';
import { openRedisBus, RedisOpenError, type RedisBus } from '@munova/bus/ioredis';
import { openMongoStore, StoreStartError, type MongoPlace, type MongoStore } from '@munova/store/mongo';
import type { MongoCommands } from '@munova/store/mongo-core';
import { type Config, ConfigError } from '../config.js';
import type { ProcessMetrics } from '../metrics.js';
import { Closers } from '../process/closers.js';
import { measuredMongo, measuredRedis } from './measured.js';
import { clusterRecord } from './record.js';

export interface OpenCluster {
  readonly record: ClusterRecord;
  readonly generation: Generation;
  readonly store: MongoStore;
  readonly ownership: Ownership;
  readonly bus: RedisBus;
  close(): Promise<void>;
}

export interface Opening {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Ends the patience. */
  readonly stopping: AbortSignal;
  /** Must be the one that the data was made with; absent: of a command that needs none. */
  readonly deploymentKey?: DeploymentKey;
  /** CLUSTER_PATIENCE_MS when absent. */
  readonly patienceMs?: number;
  /** Hears how long the calls to both servers take. */
  readonly metrics?: Pick<ProcessMetrics, 'redis' | 'mongo'>;
}

/** @throws {ConfigError} for what cannot be used; an error that says what was not reached; `stopping.reason` */
export const openCluster = async (opening: Opening): Promise<OpenCluster> => {
  const { config, runtime, log, metrics } = opening;
  const { clock } = runtime;
  const ofRedis = metrics && { watched: (commands: RedisCommands) => measuredRedis(commands, clock, metrics.redis) };
  const ofMongo = metrics && { watched: (commands: MongoCommands) => measuredMongo(commands, clock, metrics.mongo) };
  const closers = new Closers();
  try {
    const store = await onMongo(opening, (place) => openMongoStore({ ...place, log, runtime, ...ofMongo }));
    closers.add(() => store.close());
    const record = await clusterRecord(store.deployment, config, opening.deploymentKey ?? null);
    const { shards } = record;
    const generation = asGeneration(record.generation);
    const bus = await onRedis(opening, (access) =>
      openRedisBus({ ...access, generation, shards, runtime, ...ofRedis }),
    );
    closers.add(async () => bus.close());
    return { record, generation, store, ownership: store.ownership(shards), bus, close: () => closers.run() };
  } catch (error) {
    await closers.run();
    throw error;
  }
};

/** What is waited for, as the log calls it, and the option that says where it is. */
interface Server {
  readonly what: string;
  readonly option: string;
}
const MONGO: Server = { what: 'MongoDB', option: '--mongo' };
const REDIS: Server = { what: 'Redis', option: '--redis' };

const DEFAULT_DATABASE = 'munova';

/** The database is named by the path of the URL, as everywhere with MongoDB. */
const mongoPlace = ({ mongoUrl }: Config): MongoPlace => {
  const [, database] = /^[^:]+:\/\/[^/]+\/([^?]+)/.exec(mongoUrl) ?? [];
  return { uri: mongoUrl, database: database ?? DEFAULT_DATABASE };
};

/** @throws as `openCluster` */
export const onMongo = <T>(opening: Opening, open: (place: MongoPlace) => Promise<T>): Promise<T> => {
  const { mongoUrl } = opening.config;
  return patiently(opening, MONGO, async () => {
    try {
      return await open(mongoPlace(opening.config));
    } catch (error) {
      if (!(error instanceof StoreStartError)) throw error;
      if (error.code === 'unreachable') throw new Unreachable(error.message);
      const advice = error.code === 'not-migrated' ? ' `munova migrate` does.' : '';
      throw new ConfigError(MONGO.option, shown(mongoUrl), `a database that can be used: ${error.message}${advice}`);
    }
  });
};

const onRedis = <T>(opening: Opening, open: (access: { url: string; ca?: string }) => Promise<T>): Promise<T> => {
  const { redisUrl, redisCa } = opening.config;
  const access = { url: redisUrl, ...(redisCa === '' ? {} : { ca: certificate(redisCa) }) };
  return patiently(opening, REDIS, async () => {
    try {
      return await open(access);
    } catch (error) {
      if (!(error instanceof RedisOpenError)) throw error;
      if (error.reason === 'unreachable') throw new Unreachable(error.message);
      throw new ConfigError(REDIS.option, shown(redisUrl), `a Redis that can be used: ${error.message}`);
    }
  });
};

class Unreachable extends Error {}

const patiently = async <T>(opening: Opening, { what, option }: Server, open: () => Promise<T>): Promise<T> => {
  const { runtime, log, stopping, patienceMs = CLUSTER_PATIENCE_MS } = opening;
  const until = runtime.clock.monotonic() + patienceMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (runtime.clock.monotonic() >= until) {
        const why = error.message.replace(/\.?$/, '.');
        const advice = `Start it, or say with ${option} where it is.`;
        throw new Error(`${what} was not reached in ${String(patienceMs / 1_000)} s: ${why} ${advice}`, {
          cause: error,
        });
      }
      log.warn({ error: error.message }, `${what} cannot be reached and is tried again`);
    }
    await pauseOrStop(stopping);
  }
};

/** By a timer of the platform's: those of the runtime keep no process alive, and with nothing open nothing else does. */
const pauseOrStop = async (stopping: AbortSignal): Promise<void> => {
  await sleep(CLUSTER_RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
  if (stopping.aborted) throw stopping.reason;
};

const certificate = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new ConfigError('MUNOVA_REDIS_CA', `${JSON.stringify(file)} (${code})`, 'a file that can be read');
  }
};

/** A URL without user and password. */
const shown = (url: string): string => JSON.stringify(url.replace(/\/\/[^@/]*@/, '//'));
