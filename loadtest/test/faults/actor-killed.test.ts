/** `kill -9` of actor nodes under load. */
import { describe, expect, it } from 'vitest';
import { sharedServers } from '../cluster/place.js';
import { isThorough, startCluster, TEST_MS, underLoad, untilOwned } from './place.js';

const FILE = 'loadtest/test/faults/actor-killed.test.ts';
const KILLS = isThorough ? 5 : 2;

describe('[X10] an actor node', { timeout: TEST_MS }, () => {
  it('[X10, I1, I3, I4, I5, I6, I8, I12] that is killed under load, again and again, costs no message', async () => {
    const cluster = await startCluster(await sharedServers());
    await underLoad(FILE, cluster, async (ground) => {
      const { random, talker } = ground;
      for (let kill = 0; kill < KILLS; kill += 1) {
        await talker.progress(random.between(1, 60));
        const victim = random.pick(cluster.actors);
        expect((await victim.kill()).signal).toBe('SIGKILL');
        // In turn it is back before anybody noticed, and after another one took over.
        if (kill % 2 === 1) await untilOwned(ground);
        await victim.start();
      }
      await untilOwned(ground);
    });
  });
});
