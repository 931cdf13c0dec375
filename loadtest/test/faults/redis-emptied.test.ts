/** Redis killed under load, and started again without anything that it held. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type StartedRedis } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { until } from '../../driver/wait.js';
import { sharedServers } from '../cluster/place.js';
import { startCluster, TEST_MS, underLoad } from './place.js';

const FILE = 'loadtest/test/faults/redis-emptied.test.ts';
const KILLS = 3;
/** Until then an edge ends a session whose commands it could not bring to an end. */
const UNKNOWN_MS = 90_000;

let redis: StartedRedis;
beforeAll(async () => {
  redis = await startRedis();
}, SERVERS_TIMEOUT_MS);
afterAll(() => redis.stop());

describe('[X13] a Redis', { timeout: TEST_MS }, () => {
  it('[X13, I1, I3, I4, I5, I6, I8, I12] that comes back empty costs no message', async () => {
    const cluster = await startCluster({ ...(await sharedServers()), redis: redis.url });
    await underLoad(FILE, cluster, async ({ random, shop, talker }) => {
      for (let kill = 0; kill < KILLS; kill += 1) {
        await talker.progress(random.between(1, 100));
        await redis.primary.kill();
        await redis.primary.start();
      }
      // The last time it stays away for longer than an edge waits for an outcome.
      await redis.primary.kill();
      await until('somebody is told that an outcome is not known', UNKNOWN_MS, () =>
        shop.personas.some(({ troubles }) => troubles.some((trouble) => trouble.includes('outcome-unknown'))),
      );
      await redis.primary.start();
      await talker.progress(50);
      expect(cluster.members.filter(({ running }) => !running)).toEqual([]);
    });
  });
});
