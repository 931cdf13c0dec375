/** Stops an actor node for longer than its lease, and lets it run again. */
import { expect } from 'vitest';
import type { ClusterMember } from '../../driver/cluster.js';
import { until } from '../../driver/wait.js';
import { LIMIT_MS, logLines, type Ground } from './place.js';

/** From waking on. */
const ABDICATES_MS = 1_000;
const ABDICATION = /the lease ran out; every shard is given up|this process was taken for dead/;

export const untilItHasShards = async ({ look }: Ground, victim: ClusterMember): Promise<void> => {
  await until('the victim has its share', LIMIT_MS, async () => {
    const { nodes } = await look();
    return nodes.some(({ name, status, shards }) => name === victim.name && status === 'live' && shards > 20);
  });
};

/** Stops it past its lease, until another has all its shards; what is meant for it waits in its sockets. */
export const suspend = async ({ look }: Ground, victim: ClusterMember): Promise<void> => {
  victim.suspend();
  await until('the victim is taken for dead, and another has every shard', LIMIT_MS, async () => {
    const { nodes, shards } = await look();
    const isDead = nodes.some(({ name, status }) => name === victim.name && status === 'dead');
    const [heir] = nodes.filter(({ role, status }) => role === 'actors' && status === 'live');
    return isDead && shards.every(({ owner }) => owner === heir?.node);
  });
};

/** Lets it run again, and returns when it has given up what it held. */
export const wake = async (victim: ClusterMember): Promise<void> => {
  const wokenAt = Date.now();
  const abdicatedAt = (): number | undefined =>
    logLines(victim)
      .flatMap(({ time, msg }) => (ABDICATION.test(msg) ? [Date.parse(time)] : []))
      .find((time) => time >= wokenAt);
  victim.resume();
  await until('the victim has given up', LIMIT_MS, () => abdicatedAt() !== undefined);
  expect((abdicatedAt() ?? Infinity) - wokenAt).toBeLessThan(ABDICATES_MS);
};

/** Once it has heard what became of it. */
export const expectExit = async (victim: ClusterMember): Promise<void> => {
  await until('the victim has exited', LIMIT_MS, () => !victim.running);
  expect(await victim.whenExited()).toEqual({ code: 1, signal: null });
};
