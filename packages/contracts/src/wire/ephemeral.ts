/** What passes outside of any log, to every edge: no seq, no store, at most once, in no order. */
import type { RoomId, SessionId, ShardId, UserId } from '../ids.js';
import type { ReadMove } from '../ports/directory.js';
import { WIRE_VERSION } from './batch.js';
import { decodeVersioned } from './versioned.js';

/** Somebody is writing in a room. */
export interface TypingWhisper {
  readonly kind: 'typing';
  readonly room: RoomId;
  readonly userId: UserId;
  readonly name: string;
  /** Whose it is: it is not told to this one. */
  readonly session: SessionId;
}

/** What an entry changed in the inboxes of users; the directory shows it already. */
export interface NoticeWhisper {
  readonly kind: 'notice';
  /** `created`: the room is new to those who joined it at once. `left` only takes it out. */
  readonly event: 'created' | 'joined' | 'kicked' | 'left' | 'closed' | 'opened';
  readonly room: RoomId;
  /** Null: all who have the room in their inbox. */
  readonly users: readonly UserId[] | null;
}

/** Somebody has read on, at another edge perhaps. */
export interface ReadWhisper extends ReadMove {
  readonly kind: 'read';
}

export type Whisper = TypingWhisper | NoticeWhisper | ReadWhisper;

/** All that one flush has for one shard. */
export interface Ephemeral {
  readonly v: number;
  readonly shard: ShardId;
  readonly whispers: readonly Whisper[];
}

const KINDS: Record<Whisper['kind'], true> = { typing: true, notice: true, read: true };

const isKnown = (whisper: unknown): boolean =>
  typeof whisper === 'object' &&
  whisper !== null &&
  'kind' in whisper &&
  typeof whisper.kind === 'string' &&
  Object.hasOwn(KINDS, whisper.kind);

export const encodeEphemeral = (ephemeral: Omit<Ephemeral, 'v'>): string =>
  JSON.stringify({ v: WIRE_VERSION, ...ephemeral });

/**
 * Without the whispers of kinds that this process does not know: a newer one may say more.
 * @throws {WireVersionError} newer than readable. @throws {WireFormatError} no whispers of a shard.
 */
export const decodeEphemeral = (text: string): Ephemeral => {
  const ephemeral = decodeVersioned<Ephemeral>(
    text,
    WIRE_VERSION,
    (o) => Array.isArray(o['whispers']) && typeof o['shard'] === 'number',
  );
  return { ...ephemeral, whispers: ephemeral.whispers.filter(isKnown) };
};
