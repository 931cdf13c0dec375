/** What tests of the runtime begin with. */
import { AppendError, asRoomId, type Actor, type Command, type RoomId } from '@munova/contracts';
import { commandOf, minji } from '../core/people.js';
import type { SimEdge } from './edge.js';
import type { World } from './world.js';

export const groupOf = (room: RoomId, owner: Actor = minji, maxParticipants = 10, name = `모임 ${room}`): Command =>
  commandOf('create-group', room, owner, { name, maxParticipants, tags: [] });

export const join = (room: RoomId, actor: Actor): Command => commandOf('join', room, actor, {});

/** A group that minji owns and the others joined. */
export const openGroup = async (
  world: World,
  edge: SimEdge,
  id: string,
  ...others: readonly Actor[]
): Promise<RoomId> => {
  const room = asRoomId(id);
  await edge.send('setup', [groupOf(room)]);
  await world.settle();
  for (const actor of others) await edge.send(`setup-${actor.id}`, [join(room, actor)]);
  await world.settle();
  return room;
};

export const storeDown = (applied: 'no' | 'unknown'): AppendError =>
  new AppendError('unavailable', applied, null, 'the store does not answer');

export const member = (n: number): Actor => ({
  ...minji,
  id: `member-${String(n)}` as Actor['id'],
  name: `M${String(n)}`,
});
