import {
  isRegistered,
  PREVIEW_CODE_POINTS,
  type Entry,
  type EntryOf,
  type LogDocument,
  type MemberRecord,
  type RegisteredOutcome,
  type StoredOutcome,
  type UserId,
} from '@munova/contracts';
import { firstCodePoints } from './names.js';
import { remember } from './recent.js';
import { recentKey } from './state.js';
import type { RoomFacts, RoomState } from './types.js';

/** A log that breaks its own rules, or says what this version cannot read. Its room must not be served. */
export class LogViolation extends Error {
  constructor(room: string, what: string) {
    super(`the log of room ${room} ${what}`);
    this.name = 'LogViolation';
  }
}

/**
 * The state after one more document of the room's log. What `needsToEvolve` names is loaded.
 * @throws {LogViolation} a gap, an entry of an unknown kind, or one that cannot stand there.
 */
export const evolve = (state: RoomState, doc: LogDocument): RoomState => {
  if (doc.room !== state.room) throw new LogViolation(state.room, `holds a document of room ${doc.room}`);
  if (isRegistered(doc)) return { ...state, recent: withOutcome(state, doc, registeredOutcome(doc)) };
  if (doc.seq !== state.head + 1) {
    throw new LogViolation(state.room, `goes on with ${String(doc.seq)} after ${String(state.head)}`);
  }
  return changed(advanced(state, doc), doc);
};

/** Members whose records must be loaded before these entries are evolved over `state`, in one go. */
export const needsToEvolve = (state: RoomState, entries: readonly Entry[]): UserId[] => {
  const users = entries.filter((e) => e.kind === 'left' || e.kind === 'kicked').map((e) => e.data.userId);
  return [...new Set(users)].filter((user) => !state.members.has(user));
};

/** The part that entries of every kind have in common. */
const advanced = (state: RoomState, entry: Entry): RoomState => ({
  ...state,
  head: entry.seq,
  n: entry.n,
  lastTs: entry.ts,
  recent: withOutcome(state, entry, {
    outcome: { status: 'logged', seq: entry.seq, kind: entry.kind },
    bodyHash: entry.bodyHash,
  }),
});

const withOutcome = (state: RoomState, doc: LogDocument, stored: StoredOutcome): RoomState['recent'] =>
  remember(state.recent, recentKey(doc.sender, doc.cmid), stored);

const registeredOutcome = ({ kind, code, bodyHash }: RegisteredOutcome): StoredOutcome =>
  kind === 'refused' && code !== null
    ? { outcome: { status: 'refused', code }, bodyHash }
    : { outcome: { status: 'noop' }, bodyHash };

const changed = (state: RoomState, entry: Entry): RoomState => {
  switch (entry.kind) {
    case 'message':
      return { ...state, newest: { seq: entry.seq, preview: previewOf(entry), time: entry.ts } };
    case 'created':
      return created(state, entry);
    case 'abandoned':
      if (entry.seq !== 1) throw new LogViolation(state.room, 'was abandoned after its creation');
      return { ...state, status: 'abandoned' };
    case 'joined':
      return seats(joined(state, entry), +1);
    case 'left':
    case 'kicked':
      return seats(unseated(state, entry), entry.data.seatless ? 0 : -1);
    case 'closed':
      return { ...state, status: 'CLOSED', facts: factsOf(state) };
    case 'opened':
      return { ...state, status: 'OPENED', facts: factsOf(state) };
    case 'renamed':
      return { ...state, facts: { ...factsOf(state), name: entry.data.name } };
    case 'resized':
      return { ...state, facts: { ...factsOf(state), maxParticipants: entry.data.maxParticipants } };
    case 'redacted':
      return redacted(state, entry);
    default:
      return unknownKind(state, entry);
  }
};

const unknownKind = (state: RoomState, entry: never): never => {
  throw new LogViolation(state.room, `holds an entry of the unknown kind ${String((entry as Entry).kind)}`);
};

const previewOf = ({ content }: EntryOf<'message'>): string | null =>
  content === null ? null : firstCodePoints(content, PREVIEW_CODE_POINTS);

const created = (state: RoomState, { seq, data, ts }: EntryOf<'created'>): RoomState => {
  if (seq !== 1) throw new LogViolation(state.room, `was created at ${String(seq)}`);
  const facts: RoomFacts = {
    type: data.type,
    name: data.name,
    ownerId: data.type === 'GROUP' ? data.ownerId : null,
    productId: data.type === 'GROUP' ? null : data.productId,
    buyerId: data.type === 'GROUP' ? null : data.buyerId,
    sellerId: data.type === 'GROUP' ? null : data.sellerId,
    maxParticipants: data.type === 'GROUP' ? data.maxParticipants : null,
    memberCount: 0,
    tags: data.type === 'GROUP' ? data.tags : [],
    createdAt: ts,
  };
  return { ...state, status: 'OPENED', facts };
};

const factsOf = (state: RoomState): RoomFacts => {
  if (state.facts === null) throw new LogViolation(state.room, 'goes on without having been created');
  return state.facts;
};

const seats = (state: RoomState, change: number): RoomState => {
  const facts = factsOf(state);
  return change === 0 ? state : { ...state, facts: { ...facts, memberCount: facts.memberCount + change } };
};

const joined = (state: RoomState, { room, seq, ts, data }: EntryOf<'joined'>): RoomState =>
  withRecord(state, {
    room,
    user: data.userId,
    name: data.name,
    memberType: data.memberType,
    status: 'joined',
    stateSeq: seq,
    joinedAt: ts,
  });

const unseated = (state: RoomState, { kind, seq, data }: EntryOf<'left'> | EntryOf<'kicked'>): RoomState => {
  const record = state.members.get(data.userId);
  if (!record) throw new LogViolation(state.room, `has ${data.userId} ${kind} whose membership is not known`);
  return withRecord(state, { ...record, status: kind, stateSeq: seq });
};

const withRecord = (state: RoomState, record: MemberRecord): RoomState => ({
  ...state,
  members: state.members.with(record.user, record),
});

const redacted = (state: RoomState, { data: { targetSeq } }: EntryOf<'redacted'>): RoomState => {
  const { newest } = state;
  return {
    ...state,
    newest: newest?.seq === targetSeq ? { ...newest, preview: null } : newest,
    redacted: remember(state.redacted, targetSeq, true),
  };
};
