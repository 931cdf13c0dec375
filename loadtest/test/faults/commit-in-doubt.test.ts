/** Commits whose outcome MongoDB does not tell: some happened and some did not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { startClusterServers, type ClusterServers } from '../../driver/cluster.js';
import { isThorough, LIMIT_MS, startCluster, TEST_MS, underLoad } from './place.js';

const FILE = 'loadtest/test/faults/commit-in-doubt.test.ts';
const ROUNDS = isThorough ? 10 : 3;

/** What becomes of an insert, as `failCommand` has it; each strikes twice in a row, as the driver tries once more. */
const STRIKES = {
  'happened, and the write concern failed': {
    writeConcernError: { code: 64, errmsg: 'waiting for replication failed' },
  },
  'happened, and the server said that it shuts down': { writeConcernError: { code: 91, errmsg: 'shutting down' } },
  'did not happen, and the connection was closed': { closeConnection: true },
  'did not happen, for a reason of the server’s': { errorCode: 8, errorLabels: [] },
} as const;
const AT_ONCE = 2;

let servers: ClusterServers;
beforeAll(async () => {
  servers = await startClusterServers({ members: 1 });
}, SERVERS_TIMEOUT_MS);
afterAll(() => servers.stop());

/** Returns when it has struck. */
const strike = async (namespace: string, how: object): Promise<void> => {
  const { replicaSet } = servers;
  const primary = await replicaSet.primary();
  const data = { failCommands: ['insert'], namespace, ...how };
  const failPoint = { configureFailPoint: 'failCommand', mode: { times: AT_ONCE }, data };
  const { count } = (await replicaSet.command(primary, failPoint)) as { count: number };
  const struck = { waitForFailPoint: 'failCommand', timesEntered: count + AT_ONCE, maxTimeMS: LIMIT_MS };
  await replicaSet.command(primary, struck);
};

describe('[X15] a commit', { timeout: TEST_MS }, () => {
  it('[X15, I1, I3, I4, I5, I12] that MongoDB failed after or before it happened is neither lost nor repeated', async () => {
    const cluster = await startCluster({ redis: servers.redis, mongo: servers.mongo });
    const namespace = `${cluster.database}.messages`;
    await underLoad(FILE, cluster, async ({ random, talker }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const how of Object.values(STRIKES)) {
          await talker.progress(random.between(1, 20));
          await strike(namespace, how);
        }
      }
      expect(cluster.members.every(({ running }) => running)).toBe(true);
    });
  });
});
