/** Judged in this order: the room is visible, membership, the target is there, right, status. */
import { placeOf } from '../access.js';
import { recall } from '../recent.js';
import { draft, isMessage, log, NOOP, refuse, type Rule } from '../ruling.js';

/** Only who holds a seat sends, admins included. */
export const message: Rule<'message'> = (state, { actor, body }) => {
  const place = placeOf(state, actor);
  if (place === null) return refuse('CHAT_01');
  if (!place.seated) return refuse('CHAT_03');
  if (state.status !== 'OPENED') return refuse('CHAT_02');
  return log({ kind: 'message', data: null, type: body.type, content: body.content });
};

/** By its author, the room's owner, or an admin; in a closed room too. */
export const redact: Rule<'redact'> = (state, { actor, body: { targetSeq } }, { target }) => {
  const place = placeOf(state, actor);
  if (place === null) return refuse('CHAT_01');
  if (!place.seated && !place.admin) return refuse('CHAT_03');
  if (!isMessage(target) || target.seq !== targetSeq) return refuse('not-found');
  if (target.sender !== actor.id && place.standing !== 'owner' && !place.admin) return refuse('AUTH_02');
  if (target.redacted || recall(state.redacted, targetSeq) !== undefined) return NOOP;
  return log(draft('redacted', { targetSeq }));
};
