import type { Command, CommandOf, UserId } from '@munova/contracts';
import { unloaded } from './access.js';
import { roomNameKey } from './names.js';
import { recall } from './recent.js';
import { recentKey } from './state.js';
import type { Needs, RoomState } from './types.js';

const NOTHING: Needs = { members: [], target: null, reserveName: null };

/** What must be loaded or reserved before `decide(state, command)`; nothing for a repeat that is still remembered. */
export const needs = (state: RoomState, command: Command): Needs => {
  if (recall(state.recent, recentKey(command.actor.id, command.cmid)) !== undefined) return NOTHING;
  switch (command.kind) {
    case 'create-inquiry':
      return NOTHING;
    case 'create-group':
      return { ...NOTHING, reserveName: state.status === 'absent' ? roomNameKey(command.body.name) : null };
    case 'kick':
    case 'unkick':
      return membersOnly(state, [command.actor.id, command.body.userId]);
    case 'redact':
      return { ...membersOnly(state, [command.actor.id]), target: targetOf(state, command) };
    case 'update':
      return { ...membersOnly(state, [command.actor.id]), reserveName: newName(state, command) };
    case 'join':
    case 'leave':
    case 'close':
    case 'open':
    case 'message':
      return membersOnly(state, [command.actor.id]);
  }
};

const membersOnly = (state: RoomState, users: readonly UserId[]): Needs => {
  const members = unloaded(state, users);
  return members.length === 0 ? NOTHING : { ...NOTHING, members };
};

const targetOf = (state: RoomState, { body }: CommandOf<'redact'>): Needs['target'] =>
  body.targetSeq >= 1 && body.targetSeq <= state.head ? body.targetSeq : null;

/** Reserved only for who may rename: a stranger's wish must not hold a name even for a moment. */
const newName = ({ facts }: RoomState, { actor, body }: CommandOf<'update'>): string | null => {
  if (facts?.type !== 'GROUP' || body.name === null) return null;
  if (actor.role !== 'admin' && actor.id !== facts.ownerId) return null;
  const key = roomNameKey(body.name);
  return key === facts.name ? null : key;
};
