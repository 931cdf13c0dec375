import type { Entry, MemberRecord, ProjectionUpdate, Redaction, UserId } from '@munova/contracts';
import { recordOf } from './state.js';
import type { RoomState } from './types.js';

/**
 * What has to be projected of a room once `entries` are durable, with the state as of the last of
 * them. Null for a room that never came to be.
 */
export const projectionOf = (state: RoomState, entries: readonly Entry[]): ProjectionUpdate | null => {
  const record = recordOf(state);
  if (record === null) return null;
  const users = new Set<UserId>();
  const redactions: Redaction[] = [];
  for (const entry of entries) {
    if (entry.kind === 'joined' || entry.kind === 'left' || entry.kind === 'kicked') users.add(entry.data.userId);
    if (entry.kind === 'redacted') redactions.push({ room: entry.room, targetSeq: entry.data.targetSeq });
  }
  const members = [...users].map((user) => state.members.get(user)).filter((m): m is MemberRecord => Boolean(m));
  return { record, members, redactions };
};
