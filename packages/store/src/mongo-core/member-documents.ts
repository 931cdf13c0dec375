import type { MemberRecord, RoomId, UserId } from '@munova/contracts';
import type { Document, Value } from './commands.js';

/** `/` is in no id's alphabet. */
export const memberId = (room: RoomId, user: UserId): string => `${room}/${user}`;

export const memberFields = (m: MemberRecord): Readonly<Record<string, Value>> => ({
  room: m.room,
  user: m.user,
  name: m.name,
  memberType: m.memberType,
  status: m.status,
  stateSeq: m.stateSeq,
  joinedAt: m.joinedAt,
});

/** Documents are what `memberFields` made. */
export const memberOf = (document: Document): MemberRecord => {
  const { _id, ...fields } = document;
  return fields as unknown as MemberRecord;
};
