/**
 * Edges that lose pub/sub messages. Their connections to Redis lead through a proxy that understands its replies and
 * takes whole `smessage`s out of them, as a full output buffer or a subscription that is not there would: entries,
 * receipts, refusals, answers and heartbeats alike. Nothing tells the edge.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PubSubLoss, TcpProxy } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { sharedServers } from '../cluster/place.js';
import { SeededRandom } from '../../driver/random.js';
import { startCluster, TEST_MS, underLoad } from './place.js';

const FILE = 'loadtest/test/faults/fan-out-lossy.test.ts';
const CHANCE = 0.05;
const MESSAGES = 600;

let proxy: TcpProxy;
let loss: PubSubLoss;
beforeAll(async () => {
  const random = new SeededRandom(Number(process.env['MUNOVA_SEED'] ?? 1));
  loss = new PubSubLoss(CHANCE, () => random.next());
  const { hostname, port } = new URL((await sharedServers()).redis);
  proxy = await TcpProxy.start({ host: hostname, port: Number(port) }, () => loss.filter());
}, SERVERS_TIMEOUT_MS);
afterAll(() => proxy.stop());

describe('[X16] an edge', { timeout: TEST_MS }, () => {
  it('[X16, I1, I3, I4, I5, I6, I8, I12] that loses one pub/sub message in twenty delivers every entry all the same', async () => {
    const cluster = await startCluster({ ...(await sharedServers()), edges: 0 });
    const throughProxy = { MUNOVA_REDIS_URL: `redis://${proxy.host}:${String(proxy.port)}` };
    await cluster.add('edge', throughProxy);
    await cluster.add('edge', throughProxy);
    await underLoad(FILE, cluster, async ({ talker }) => {
      const before = loss.lost;
      for (let said = 0; said < MESSAGES; said += 50) await talker.progress(50);
      expect(loss.lost - before).toBeGreaterThan(MESSAGES / 20);
    });
  });
});
