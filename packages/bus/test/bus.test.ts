import { startRedisCluster, type StartedRedisCluster } from '@munova/servers';
import { sharedRedis } from '@munova/servers/testing';
import { describeBus } from '@munova/contracts/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { contractBusOver } from './support/bus-over.js';

const START_MS = 60_000;

describe('over a single Redis', () => {
  describeBus('Redis', { open: async () => contractBusOver((await sharedRedis()).url) });
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
