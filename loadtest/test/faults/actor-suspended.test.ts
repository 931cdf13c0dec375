/** SIGSTOP of an actor node past its lease, then SIGCONT. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { startClusterServers, type Cluster, type ClusterMember, type ClusterServers } from '../../driver/cluster.js';
import { startCluster, TEST_MS, underLoad, untilSettled } from './place.js';
import { expectExit, suspend, untilItHasShards, wake } from './suspension.js';

const FILE = 'loadtest/test/faults/actor-suspended.test.ts';
/** Under which the victim's commands stand in the profile of MongoDB. */
const VICTIM = 'victim';
/** Of the victim once it runs again: time enough for it to read, plan and write. */
const RENEWAL_MS = 4_000;

let servers: ClusterServers;
beforeAll(async () => {
  servers = await startClusterServers({ members: 1 });
}, SERVERS_TIMEOUT_MS);
afterAll(() => servers.stop());

const mongo = async (body: Record<string, unknown>, database?: string): Promise<Record<string, unknown>> =>
  servers.replicaSet.command(await servers.replicaSet.primary(), body, database);

const insertsBy = (cluster: Cluster) => ({ appName: VICTIM, op: 'insert', ns: `${cluster.database}.messages` });

/** How often the victim tried to write to the logs, since it was added. */
const attemptsOf = async (cluster: Cluster): Promise<number> => {
  const query = { find: 'system.profile', filter: insertsBy(cluster), batchSize: 10_000 };
  const { cursor } = (await mongo(query, cluster.database)) as { cursor: { firstBatch: unknown[] } };
  return cursor.firstBatch.length;
};

/** Whether anywhere in a log an owner wrote behind a later one. */
const epochsGoBack = async (cluster: Cluster): Promise<boolean> => {
  const query = { find: 'messages', filter: { seq: { $gt: 0 } }, sort: { room: 1, seq: 1 }, batchSize: 100_000 };
  const { cursor } = (await mongo(query, cluster.database)) as {
    cursor: { firstBatch: { room: string; epoch: number }[] };
  };
  expect(cursor.firstBatch.length).toBeGreaterThan(0);
  return cursor.firstBatch.some(({ room, epoch }, i, all) => all[i - 1]?.room === room && epoch < all[i - 1]!.epoch);
};

/** An actor node beside another one, with its inserts on record. */
const addVictim = async (cluster: Cluster): Promise<ClusterMember> => {
  await mongo({ profile: 1, slowms: 0, filter: insertsBy(cluster) }, cluster.database);
  const url = `${cluster.env['MUNOVA_MONGO_URL'] ?? ''}&appName=${VICTIM}`;
  return cluster.add('actors', { MUNOVA_MONGO_URL: url });
};

/** What became of its lease the victim hears so much later that only its own clock tells it. */
const delayRenewals = async (cluster: Cluster, mode: 'alwaysOn' | 'off'): Promise<void> => {
  const when = { appName: VICTIM, failCommands: ['update'], namespace: `${cluster.database}.nodes` };
  const data = { ...when, blockConnection: true, blockTimeMS: RENEWAL_MS };
  await mongo({ configureFailPoint: 'failCommand', mode, ...(mode === 'off' ? {} : { data }) });
};

describe('[X12] an actor node that was stopped past its lease', { timeout: TEST_MS }, () => {
  it('[X12, A81, I1, I3, I4, I5, I7, I12] begins no batch once it runs again, and gives up within a second', async () => {
    const cluster = await startCluster({ redis: servers.redis, mongo: servers.mongo, actors: 1 });
    const victim = await addVictim(cluster);
    await underLoad(FILE, cluster, async (ground) => {
      await untilItHasShards(ground, victim);
      await ground.talker.progress(50);
      // A batch that it has begun may still land; so it is stopped where it has none, and the load goes on at once.
      await ground.talker.stop();
      await untilSettled(ground);
      const before = await attemptsOf(cluster);
      expect(before).toBeGreaterThan(0);
      const suspending = suspend(ground, victim);
      ground.talker.start();
      await suspending;
      await delayRenewals(cluster, 'alwaysOn');
      await wake(victim);
      await ground.talker.progress(50);
      await expectExit(victim);
      expect(await attemptsOf(cluster)).toBe(before);
      await delayRenewals(cluster, 'off');
      expect(await epochsGoBack(cluster)).toBe(false);
      await victim.start();
    });
  });
});
