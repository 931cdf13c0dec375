import { startRedis, startRedisCluster, type StartedRedis, type StartedRedisCluster } from '@munova/servers';
import { describeBus } from '@munova/contracts/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { contractBusOver } from './support/bus-over.js';

const START_MS = 60_000;

describe('over a single Redis', () => {
  let redis: StartedRedis;
  beforeAll(async () => {
    redis = await startRedis();
  }, START_MS);
  afterAll(() => redis.stop());
  describeBus('Redis', { open: () => contractBusOver(redis.url) });
});

describe('over a Redis Cluster', () => {
  let cluster: StartedRedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, START_MS);
  afterAll(() => cluster.stop());
  const url = (): string => `redis://${cluster.nodes.map(({ host, port }) => `${host}:${String(port)}`).join(',')}`;
  describeBus('Redis Cluster', { open: () => contractBusOver(url()) });
});
