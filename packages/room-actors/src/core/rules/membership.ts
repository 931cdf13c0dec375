/** Judged in this order: the room is visible, its kind fits, membership, right, status, capacity. */
import type { Actor, ErrorCode, UserId } from '@munova/contracts';
import { loadedMember, placeOf } from '../access.js';
import { draft, log, NOOP, refuse, type Rule } from '../ruling.js';
import type { RoomState } from '../types.js';

export const join: Rule<'join'> = (state, { actor }) => {
  const place = placeOf(state, actor);
  if (place === null) return refuse('CHAT_01');
  const { facts, seated, standing } = place;
  if (seated) return NOOP;
  // Only an admin sees an inquiry that is not his, and there is no seat for him.
  if (facts.type === 'ONE_ON_ONE' || standing === 'kicked') return refuse('CHAT_03');
  if (state.status !== 'OPENED') return refuse('CHAT_02');
  if (facts.maxParticipants !== null && facts.memberCount >= facts.maxParticipants) return refuse('CHAT_06');
  return log(draft('joined', { userId: actor.id, name: actor.name, memberType: 'MEMBER' }));
};

export const leave: Rule<'leave'> = (state, { actor }) => {
  const place = placeOf(state, actor);
  if (place === null) return refuse('CHAT_01');
  if (place.facts.type === 'ONE_ON_ONE') return refuse('CHAT_10');
  if (!place.seated) return refuse('CHAT_03');
  if (place.standing === 'owner') return refuse('AUTH_02');
  return log(draft('left', { userId: actor.id }));
};

export const kick: Rule<'kick'> = (state, { actor, body: { userId } }) => {
  const refusal = mayNotManageGroup(state, actor);
  if (refusal !== null) return refuse(refusal);
  if (isOwner(state, userId)) return refuse('AUTH_02');
  const target = loadedMember(state, userId);
  if (target === null) return refuse('AUTH_01');
  if (target.status === 'kicked') return NOOP;
  // Also one who left by himself is kicked, so that he cannot come back; he gives up no seat.
  return log(draft('kicked', target.status === 'left' ? { userId, seatless: true } : { userId }));
};

/** Turns `kicked` into `left`: he may join again, and is not joined by it. */
export const unkick: Rule<'unkick'> = (state, { actor, body: { userId } }) => {
  const refusal = mayNotManageGroup(state, actor);
  if (refusal !== null) return refuse(refusal);
  if (isOwner(state, userId) || loadedMember(state, userId)?.status !== 'kicked') return NOOP;
  return log(draft('left', { userId, seatless: true }));
};

/** Null for the owner of a group and for admins. */
export const mayNotManageGroup = (state: RoomState, actor: Actor): ErrorCode | null => {
  const place = placeOf(state, actor);
  if (place === null) return 'CHAT_01';
  if (place.facts.type === 'ONE_ON_ONE') return 'CHAT_10';
  if (place.standing === 'owner' || place.admin) return null;
  return place.seated ? 'AUTH_02' : 'CHAT_03';
};

const isOwner = (state: RoomState, user: UserId): boolean => state.facts?.ownerId === user;
