import { roomTerms, searchForm } from '@munova/contracts';
import type { RoomId, RoomRecord } from '@munova/contracts';
import type { Document, Value } from './commands.js';

/** All but the id: the record's own fields, and behind them what it is sorted and found by. */
export const roomFields = ({ roomId: _, ...record }: RoomRecord): Readonly<Record<string, Value>> => ({
  ...record,
  form: searchForm(record.name),
  latest: record.lastMessageTime ?? record.createdAt,
  terms: roomTerms(record.name, record.tags),
  /** Null of an inquiry, which has neither room nor want of it. */
  hasSpace: record.maxParticipants === null ? null : record.memberCount < record.maxParticipants,
});

/** Documents are what `roomFields` made; unions and brands are taken back without a check. */
export const roomOf = (document: Document): RoomRecord => {
  const { _id, form: _form, latest: _latest, terms: _terms, hasSpace: _hasSpace, ...record } = document;
  return { roomId: _id as RoomId, ...record } as unknown as RoomRecord;
};
