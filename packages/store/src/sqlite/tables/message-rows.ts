import { isRegistered } from '@munova/contracts';
import type { Entry, EntryKind, ErrorCode, LogDocument, Seq, StoredOutcome } from '@munova/contracts';
import type { SQLInputValue } from 'node:sqlite';
import { int, intOrNull, text, textOrNull } from '../rows.js';
import type { Row } from '../rows.js';

/** In the order of `valuesOf`. */
export const COLUMNS = [
  'room',
  'seq',
  'kind',
  'sender',
  'sender_name',
  'sender_role',
  'cmid',
  'type',
  'content',
  'redacted',
  'data',
  'body_hash',
  'ts',
  'n',
  'epoch',
  'code',
  'expires',
] as const;

const registeredValues = (d: Exclude<LogDocument, Entry>): SQLInputValue[] => [
  d.room,
  null,
  d.kind,
  d.sender,
  null,
  null,
  d.cmid,
  null,
  null,
  0,
  null,
  d.bodyHash,
  null,
  null,
  null,
  d.code,
  d.expires,
];

export const valuesOf = (d: LogDocument): SQLInputValue[] =>
  isRegistered(d)
    ? registeredValues(d)
    : [
        d.room,
        d.seq,
        d.kind,
        d.sender,
        d.senderName,
        d.senderRole,
        d.cmid,
        d.type,
        d.content,
        d.redacted ? 1 : 0,
        d.data === null ? null : JSON.stringify(d.data),
        d.bodyHash,
        d.ts,
        d.n,
        d.epoch,
        null,
        null,
      ];

/** Rows are what `valuesOf` wrote; the brands and unions are taken back without a check. */
export const entryOf = (row: Row): Entry => {
  const data = textOrNull(row, 'data');
  return {
    kind: text(row, 'kind'),
    room: text(row, 'room'),
    seq: int(row, 'seq'),
    sender: text(row, 'sender'),
    senderName: text(row, 'sender_name'),
    senderRole: text(row, 'sender_role'),
    cmid: text(row, 'cmid'),
    type: textOrNull(row, 'type'),
    content: textOrNull(row, 'content'),
    redacted: int(row, 'redacted') === 1,
    data: data === null ? null : (JSON.parse(data) as unknown),
    bodyHash: text(row, 'body_hash'),
    ts: int(row, 'ts'),
    n: int(row, 'n'),
    epoch: int(row, 'epoch'),
  } as Entry;
};

export const outcomeOf = (row: Row): StoredOutcome => {
  const bodyHash = text(row, 'body_hash');
  const seq = intOrNull(row, 'seq');
  const kind = text(row, 'kind');
  if (seq !== null) return { outcome: { status: 'logged', seq: seq as Seq, kind: kind as EntryKind }, bodyHash };
  if (kind === 'noop') return { outcome: { status: 'noop' }, bodyHash };
  return { outcome: { status: 'refused', code: text(row, 'code') as ErrorCode }, bodyHash };
};
