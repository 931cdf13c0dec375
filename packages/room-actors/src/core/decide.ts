import {
  REFUSAL_MEMORY_MS,
  type ClientMessageId,
  type Command,
  type Entry,
  type Outcome,
  type RegisteredOutcome,
  type Seq,
  type StoredOutcome,
} from '@munova/contracts';
import { roomNameKey } from './names.js';
import { recall } from './recent.js';
import { createGroup, createInquiry } from './rules/creation.js';
import { join, kick, leave, unkick } from './rules/membership.js';
import { message, redact } from './rules/message.js';
import { close, open, update } from './rules/room.js';
import type { Draft, RuleContext, Ruling } from './ruling.js';
import { holdsName, recentKey } from './state.js';
import type { DecideContext, Decision, RoomState } from './types.js';

/**
 * What a command comes to in this state. A repeat is recognised before anything else is judged;
 * every other outcome is in `documents`, refusals and no-ops too, so that no later copy can come to
 * anything else (I12). What `needs` asked for is loaded.
 */
export const decide = (state: RoomState, command: Command, ctx: DecideContext): Decision => {
  if (command.room !== state.room) throw new Error(`a command for ${command.room} came to ${state.room}`);
  const stored = ctx.known ?? recall(state.recent, recentKey(command.actor.id, command.cmid));
  if (stored !== undefined) return again(state, command, ctx, stored);
  const ruling = rule(state, command, ctx);
  if (ruling.verdict !== 'log') return register(state, command, ctx, ruling);
  const documents = ruling.drafts.map((d, index) => placed(state, command, ctx, d, index));
  const [first] = documents;
  if (first === undefined) throw new Error(`a ${command.kind} was ruled to be logged without an entry`);
  return {
    documents,
    outcome: { status: 'logged', seq: first.seq, kind: first.kind },
    repeated: false,
    releaseName: documents.some((d) => d.kind === 'renamed') ? (state.facts?.name ?? null) : null,
  };
};

const rule = (state: RoomState, command: Command, ctx: RuleContext): Ruling => {
  switch (command.kind) {
    case 'create-inquiry':
      return createInquiry(state, command, ctx);
    case 'create-group':
      return createGroup(state, command, ctx);
    case 'join':
      return join(state, command, ctx);
    case 'leave':
      return leave(state, command, ctx);
    case 'kick':
      return kick(state, command, ctx);
    case 'unkick':
      return unkick(state, command, ctx);
    case 'close':
      return close(state, command, ctx);
    case 'open':
      return open(state, command, ctx);
    case 'update':
      return update(state, command, ctx);
    case 'message':
      return message(state, command, ctx);
    case 'redact':
      return redact(state, command, ctx);
  }
};

/** A copy of a command whose outcome is stored: the same outcome, or a conflict, which leaves the first as it is. */
const again = (state: RoomState, command: Command, ctx: DecideContext, stored: StoredOutcome): Decision => {
  const same = stored.bodyHash === command.bodyHash;
  return {
    documents: [],
    outcome: same ? stored.outcome : { status: 'refused', code: 'cmid-conflict' },
    repeated: same,
    releaseName: reservedInVain(state, command, ctx),
  };
};

const register = (
  state: RoomState,
  command: Command,
  ctx: DecideContext,
  ruling: Exclude<Ruling, { verdict: 'log' }>,
): Decision => {
  const outcome: Outcome = ruling.verdict === 'noop' ? { status: 'noop' } : { status: 'refused', code: ruling.code };
  const document: RegisteredOutcome = {
    kind: outcome.status === 'noop' ? 'noop' : 'refused',
    room: state.room,
    sender: command.actor.id,
    cmid: command.cmid,
    code: outcome.status === 'refused' ? outcome.code : null,
    bodyHash: command.bodyHash,
    expires: ctx.now + REFUSAL_MEMORY_MS,
  };
  return { documents: [document], outcome, repeated: false, releaseName: reservedInVain(state, command, ctx) };
};

/** The name that may have been reserved for a command which did not take it. */
const reservedInVain = (state: RoomState, command: Command, { nameTaken }: DecideContext): string | null => {
  if (nameTaken || (command.kind !== 'create-group' && command.kind !== 'update')) return null;
  if (command.body.name === null) return null;
  const key = roomNameKey(command.body.name);
  return holdsName(state, key) ? null : key;
};

const placed = (state: RoomState, command: Command, ctx: DecideContext, draft: Draft, index: number): Entry => {
  const { actor, cmid, bodyHash } = command;
  return {
    ...draft,
    room: state.room,
    seq: (state.head + 1 + index) as Seq,
    sender: actor.id,
    senderName: actor.name,
    senderRole: actor.role,
    cmid: index === 0 ? cmid : (`${cmid}~${String(index)}` as ClientMessageId),
    redacted: false,
    bodyHash,
    ts: Math.max(ctx.now, state.lastTs),
    // A message is an entry alone, so what stands before it in one command counts nothing.
    n: state.n + (draft.kind === 'message' ? 1 : 0),
    epoch: ctx.epoch,
  };
};
