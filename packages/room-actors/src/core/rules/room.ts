/** Judged in this order: the room is visible, its kind fits, membership, right, status, values. */
import type { Actor, ErrorCode } from '@munova/contracts';
import { placeOf } from '../access.js';
import { roomNameKey } from '../names.js';
import { draft, log, NOOP, refuse, type Draft, type Rule } from '../ruling.js';
import type { RoomState } from '../types.js';
import { mayNotManageGroup } from './membership.js';

/** Closing what is closed is a refusal, as the predecessor had it. */
export const close: Rule<'close'> = (state, { actor }) => {
  const refusal = mayNotOpenOrClose(state, actor);
  if (refusal !== null) return refuse(refusal);
  return state.status === 'OPENED' ? log(draft('closed', null)) : refuse('CHAT_02');
};

export const open: Rule<'open'> = (state, { actor }) => {
  const refusal = mayNotOpenOrClose(state, actor);
  if (refusal !== null) return refuse(refusal);
  return state.status === 'OPENED' ? NOOP : log(draft('opened', null));
};

const mayNotOpenOrClose = (state: RoomState, actor: Actor): ErrorCode | null => {
  const place = placeOf(state, actor);
  if (place === null) return 'CHAT_01';
  if (place.facts.type === 'GROUP') return mayNotManageGroup(state, actor);
  return place.standing === 'seller' || place.admin ? null : 'AUTH_02';
};

/** All of it or none of it; a closed room can be renamed and resized too. */
export const update: Rule<'update'> = (state, { actor, body }, { nameTaken }) => {
  const refusal = mayNotManageGroup(state, actor);
  const { facts } = state;
  if (refusal !== null || facts === null) return refuse(refusal ?? 'CHAT_01');
  const name = body.name === null ? facts.name : roomNameKey(body.name);
  const maxParticipants = body.maxParticipants ?? facts.maxParticipants ?? facts.memberCount;
  if (maxParticipants < facts.memberCount) return refuse('CHAT_04');
  const drafts: Draft[] = [];
  if (name !== facts.name) {
    if (nameTaken) return refuse('CHAT_09');
    drafts.push(draft('renamed', { name }));
  }
  if (maxParticipants !== facts.maxParticipants) drafts.push(draft('resized', { maxParticipants }));
  return drafts.length === 0 ? NOOP : log(...drafts);
};
