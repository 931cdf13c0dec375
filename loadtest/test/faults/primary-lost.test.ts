/** The MongoDB primary goes away under load: stepped down, and killed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReplicaSet, type ServerProcess, type StartedReplicaSet } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { sharedServers } from '../cluster/place.js';
import { startCluster, TEST_MS, underLoad, untilOwned, untilSharedOut, type Ground } from './place.js';

const FILE = 'loadtest/test/faults/primary-lost.test.ts';

let set: StartedReplicaSet;
beforeAll(async () => {
  set = await startReplicaSet();
}, SERVERS_TIMEOUT_MS);
afterAll(() => set.stop());

const startOnSet = async () => startCluster({ ...(await sharedServers()), mongo: set.uri });

/** So that the primary has what no other member will ever have. */
const holdReplication = async (primary: ServerProcess, mode: 'alwaysOn' | 'off'): Promise<void> => {
  const others = set.members.filter((member) => member !== primary);
  const failPoint = { configureFailPoint: 'stopReplProducer', mode };
  await Promise.all(others.map((member) => set.command(member, failPoint)));
};

/** Who has each shard, with its epoch. */
const ownersOf = async ({ look }: Ground) =>
  (await look()).shards.map(({ shard, owner, epoch }) => ({ shard, owner, epoch }));

/** Nobody exited, and nobody was taken for dead. */
const expectNoneDead = async ({ cluster, look }: Ground): Promise<void> => {
  expect(cluster.members.filter(({ running }) => !running)).toEqual([]);
  expect((await look()).nodes.filter(({ status }) => status === 'dead')).toEqual([]);
  for (const { log } of cluster.actors) expect(log).not.toContain('taken for dead');
};

describe('[X14] a MongoDB primary', { timeout: TEST_MS }, () => {
  it('[X14, I1, I3, I4, I5, I6, I8, I12] that steps down costs no message, and no shard changes its owner or epoch', async () => {
    const cluster = await startOnSet();
    await underLoad(FILE, cluster, async (ground) => {
      await untilSharedOut(ground);
      const owners = await ownersOf(ground);
      for (let round = 0; round < 2; round += 1) {
        await ground.talker.progress(ground.random.between(1, 60));
        await set.stepDown();
        await set.primary();
      }
      await ground.talker.progress(50);
      expect(await ownersOf(ground)).toEqual(owners);
      await expectNoneDead(ground);
    });
  });

  it('[X14, A83, I1, I3, I4, I5, I6, I8, I12] that is killed with what no other member has costs no message, and every shard stays with its node', async () => {
    const cluster = await startOnSet();
    await underLoad(FILE, cluster, async (ground) => {
      await untilSharedOut(ground);
      const names = async (): Promise<(string | undefined)[]> =>
        (await ownersOf(ground)).map(({ owner }) => owner?.split('.')[0]);
      const owners = await names();
      await ground.talker.progress(ground.random.between(1, 60));
      const primary = await set.primary();
      await holdReplication(primary, 'alwaysOn');
      await ground.talker.saying(60);
      await primary.kill();
      await holdReplication(primary, 'off');
      await set.primary();
      await ground.talker.progress(50);
      await untilOwned(ground);
      expect(await names()).toEqual(owners);
      await expectNoneDead(ground);
      await primary.start();
    });
  });
});
