import type { Intent, Random, RoomId, ShardId } from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import type { RoomPlan } from './planner.js';
import { persistently } from './retry.js';
import type { OnWork, RoomActor } from './room-actor.js';
import type { Shard } from './shard.js';

/** One for each shard with state entries in the commit, so that whoever owns it next finds what is still to be projected. */
export const intentsOf = (plans: readonly RoomPlan[], random: Random): Intent[] => {
  const byShard = new Map<ShardId, RoomId[]>();
  for (const { room, changesState } of plans) {
    if (!changesState) continue;
    const rooms = byShard.get(room.shard.id);
    if (rooms) rooms.push(room.id);
    else byShard.set(room.shard.id, [room.id]);
  }
  return [...byShard].map(([shard, rooms]) => ({ id: random.id(), shard, rooms }));
};

/**
 * Finishes what a predecessor committed and did not project: each of the shard's rooms that is named in
 * an open intent, of whatever shard, is loaded, which projects what its record lacks. Resolves once all are, or the shard is lost.
 */
export const replayIntents = async (
  env: Environment,
  shard: Shard,
  openIntents: () => Promise<readonly Intent[]>,
  isOwn: (room: RoomId) => boolean,
  visit: (room: RoomId) => Promise<void>,
): Promise<void> => {
  const onError = (error: unknown): void => {
    env.metrics.storeFailure('intents');
    env.log.warn({ shard: shard.id, error: messageOf(error) }, 'open intents could not be replayed yet');
  };
  const replay = async (): Promise<void> => {
    const open = await openIntents();
    await Promise.all(open.flatMap(({ rooms }) => rooms.filter(isOwn)).map(visit));
  };
  await persistently(env.runtime, () => shard.open, replay, onError);
};

/** Resolves once the room was loaded and is at rest, with nothing unprojected. */
export const visitRoom = (room: RoomActor, onWork: OnWork): Promise<void> =>
  new Promise((resolve) => {
    room.errands.push(async () => resolve());
    onWork(room);
  });
