import { mayRead, needsToRead } from '../core/access.js';
import type { RoomState } from '../core/types.js';
import type { Environment } from './environment.js';
import type { RoomActor } from './room-actor.js';
import type { PendingWatch } from './ticket.js';

/**
 * Answers the watches for which everything is loaded. The edge is registered and the head read in one
 * turn: every entry behind that head is published to the edge after this answer, by the same outbox.
 */
export const answerWatches = (env: Environment, room: RoomActor): void => {
  const { state } = room;
  if (room.watching.length === 0 || state === null || room.stale) return;
  const waiting: PendingWatch[] = [];
  for (const watch of room.watching) {
    if (needsToRead(state, watch.frame.actor).length > 0) waiting.push(watch);
    else answer(env, room, state, watch);
  }
  room.watching = waiting;
};

const answer = (env: Environment, room: RoomActor, state: RoomState, watch: PendingWatch): void => {
  const { ticket, frame } = watch;
  const refusal = mayRead(state, frame.actor);
  if (refusal !== null) ticket.answerWatch(watch, { status: 'refused', code: refusal });
  else if (!room.shard.watches.watch(room.id, ticket.edge, env.runtime.clock.monotonic())) {
    ticket.answerWatch(watch, { status: 'refused', code: 'busy' });
  } else ticket.answerWatch(watch, { status: 'admitted', head: state.head, generation: env.generation });
};
