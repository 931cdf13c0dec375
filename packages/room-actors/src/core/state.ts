import {
  BEFORE_FIRST,
  COMMIT_MAX_DOCUMENTS,
  MEMBERS_LOADED_PER_ROOM,
  RECENT_OUTCOMES_PER_ROOM,
  type ClientMessageId,
  type MemberRecord,
  type RoomId,
  type RoomRecord,
  type UserId,
} from '@munova/contracts';
import { roomNameKey } from './names.js';
import { nothingRecent } from './recent.js';
import type { RoomState } from './types.js';
import { VersionedMap } from './versioned-map.js';

/** A room of which nothing is logged. */
export const emptyRoom = (room: RoomId): RoomState => ({
  room,
  status: 'absent',
  head: BEFORE_FIRST,
  n: 0,
  lastTs: 0,
  facts: null,
  newest: null,
  members: VersionedMap.empty(),
  recent: nothingRecent(RECENT_OUTCOMES_PER_ROOM),
  redacted: nothingRecent(COMMIT_MAX_DOCUMENTS),
});

/** A room as of `record.stateSeq`, without a member loaded; `evolve` over the tail brings it to its head. */
export const roomFrom = (record: RoomRecord): RoomState => {
  const { roomId, status, stateSeq, n, lastTs, lastMessage, lastMessageSeq, lastMessageTime, ...facts } = record;
  return {
    ...emptyRoom(roomId),
    status,
    head: stateSeq,
    n,
    lastTs,
    facts,
    newest: lastMessageTime === null ? null : { seq: lastMessageSeq, preview: lastMessage, time: lastMessageTime },
  };
};

/** What is projected; null while the room is absent or abandoned. */
export const recordOf = (state: RoomState): RoomRecord | null => {
  const { status, facts, newest } = state;
  if (facts === null || status === 'absent' || status === 'abandoned') return null;
  return {
    roomId: state.room,
    ...facts,
    status,
    stateSeq: state.head,
    n: state.n,
    lastMessage: newest?.preview ?? null,
    lastMessageSeq: newest?.seq ?? BEFORE_FIRST,
    lastMessageTime: newest?.time ?? null,
    lastTs: state.lastTs,
  };
};

/**
 * Whether a member's record shows that the log has gone on without this state. Asked of a durable
 * state, not of a plan's draft, before the record is put in to decide upon: a state that is behind
 * follows its log first, or what it decides is true of no prefix.
 */
export const isBehind = (state: RoomState, record: MemberRecord | null): boolean =>
  record !== null && record.stateSeq > state.head;

/** Puts in what the store has on a user; null: surely never a member. What is loaded already stays. */
export const withMember = (state: RoomState, user: UserId, record: MemberRecord | null): RoomState =>
  state.members.has(user) ? state : { ...state, members: state.members.with(user, record) };

/**
 * Forgets all loaded members once they are more than `keep`; they are loaded again when they act.
 * Only for a state whose state entries are all projected: the store's records are what comes back.
 */
export const trimMembers = (state: RoomState, keep: number = MEMBERS_LOADED_PER_ROOM): RoomState =>
  state.members.size <= keep ? state : { ...state, members: VersionedMap.empty() };

/** Whether the room's name is this one; `key` from `roomNameKey`. */
export const holdsName = (state: RoomState, key: string): boolean =>
  state.facts?.type === 'GROUP' && roomNameKey(state.facts.name) === key;

/** The key of `RoomState.recent`. No id's alphabet holds a line feed. */
export const recentKey = (sender: UserId, cmid: ClientMessageId): string => `${sender}\n${cmid}`;
