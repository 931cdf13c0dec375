/** `kill -9` of edges under load. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../checker/history.js';
import { until } from '../../driver/wait.js';
import { sharedServers } from '../cluster/place.js';
import { LIMIT_MS, startCluster, TEST_MS, underLoad } from './place.js';

const FILE = 'loadtest/test/faults/edge-killed.test.ts';
const KILLS = 4;

/** How many messages without an outcome were sent again over another connection, by the recorded history. */
const sentAgain = async (file: string): Promise<number> => {
  const under = new Map<string, string>();
  let again = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const line = parseLine(text);
    if (line.e === 'receipt' || line.e === 'refused') under.delete(`${line.user} ${line.cmid}`);
    if (line.e !== 'send') continue;
    const id = `${line.user} ${line.cmid}`;
    const former = under.get(id);
    if (former !== undefined && former !== line.session) again += 1;
    under.set(id, line.session);
  }
  return again;
};

describe('[X11] an edge', { timeout: TEST_MS }, () => {
  it('[X11, I1, I3, I4, I5, I6, I8, I12] that is killed under load loses nothing: its clients go on at the other', async () => {
    const cluster = await startCluster(await sharedServers());
    let history = '';
    await underLoad(FILE, cluster, async ({ random, shop, talker, recorder }) => {
      history = recorder.file;
      for (let kill = 0; kill < KILLS; kill += 1) {
        await talker.progress(random.between(1, 60));
        const victim = random.pick(cluster.edges);
        await victim.kill();
        await until('everybody is at the other edge', LIMIT_MS, () => shop.personas.every((p) => p.connected));
        await talker.progress(30);
        await victim.start();
      }
      await talker.stop();
      expect(await sentAgain(history)).toBeGreaterThan(0);
      talker.start();
    });
  });
});
