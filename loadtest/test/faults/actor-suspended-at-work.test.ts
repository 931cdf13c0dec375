/** SIGSTOP of an actor node in the middle of its work. */
import { describe, it } from 'vitest';
import { sharedServers } from '../cluster/place.js';
import { startCluster, TEST_MS, underLoad } from './place.js';
import { expectExit, suspend, untilItHasShards, wake } from './suspension.js';

const FILE = 'loadtest/test/faults/actor-suspended-at-work.test.ts';
const ROUNDS = 3;

describe('[X12] an actor node that was stopped past its lease', { timeout: TEST_MS }, () => {
  it('[X12, I1, I3, I4, I5, I12] in the middle of its work costs no message', async () => {
    const cluster = await startCluster({ ...(await sharedServers()), actors: 1 });
    const victim = await cluster.add('actors');
    await underLoad(FILE, cluster, async (ground) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await untilItHasShards(ground, victim);
        await ground.talker.progress(ground.random.between(1, 60));
        await suspend(ground, victim);
        await wake(victim);
        await expectExit(victim);
        await victim.start();
      }
    });
  });
});
