/**
 * How a log is laid out in documents. Invariants:
 * 1. A command is one document: its entries after the first stand in the first's document, in `also`. So
 *    they are written together or not at all, whatever stops an insert half-way.
 * 2. A document's `seq` is that of its first entry, and its `_id` follows from (room, sender, cmid) alone.
 * 3. A registered outcome has the `_id` that an entry under its key would have, an expiry, and no seq.
 */
import { createHash } from 'node:crypto';
import { isRegistered, outcomeKeyText } from '@munova/contracts';
import type {
  Entry,
  EntryKind,
  ErrorCode,
  Intent,
  LogDocument,
  OutcomeKey,
  RegisteredOutcome,
  RoomId,
  Seq,
  ShardId,
  StoredOutcome,
} from '@munova/contracts';
import type { Document, Value } from './commands.js';
import { COMMAND_MAX_ENTRIES } from './limits.js';

const ID_CHARACTERS = 22; // of base64url: 132 bits, of which nobody finds two alike

/** What one command writes: entries that stand together, or a registered outcome. */
export type Written = RegisteredOutcome | readonly [Entry, ...Entry[]];

export const isOutcome = (written: Written): written is RegisteredOutcome => !Array.isArray(written);

/** The documents of a commit by command, in their order. @throws {RangeError} a command of too many entries. */
export const byCommand = (documents: readonly LogDocument[]): readonly Written[] => {
  const commands: (RegisteredOutcome | [Entry, ...Entry[]])[] = [];
  let open: [Entry, ...Entry[]] | null = null;
  for (const document of documents) {
    if (isRegistered(document)) {
      open = null;
      commands.push(document);
    } else if (open !== null && goesOn(open, document)) {
      if (open.length === COMMAND_MAX_ENTRIES)
        throw new RangeError(`${document.cmid}: too many entries of one command`);
      open.push(document);
    } else {
      open = [document];
      commands.push(open);
    }
  }
  return commands;
};

const goesOn = (open: readonly [Entry, ...Entry[]], next: Entry): boolean => {
  const [first] = open;
  return (
    next.cmid === `${first.cmid}~${String(open.length)}` &&
    next.seq === first.seq + open.length &&
    next.room === first.room &&
    next.sender === first.sender
  );
};

const outcomeId = (key: OutcomeKey): string =>
  createHash('sha256').update(outcomeKeyText(key)).digest('base64url').slice(0, ID_CHARACTERS);

/** The ids of the documents in which the outcome of a key may stand: its own, or that of the command it continues. */
export const possibleIds = (key: OutcomeKey): readonly string[] => {
  const command = /^(.+)~\d+$/.exec(key.cmid)?.[1];
  const own = outcomeId(key);
  return command === undefined ? [own] : [own, outcomeId({ ...key, cmid: command as OutcomeKey['cmid'] })];
};

export const documentOf = (written: Written): Document => {
  if (isOutcome(written)) return outcomeDocument(written);
  const [first, ...rest] = written;
  const fields: Document = { _id: outcomeId(first), room: first.room, ...fieldsOf(first) };
  return rest.length === 0 ? fields : { ...fields, also: rest.map(fieldsOf) };
};

const outcomeDocument = (o: RegisteredOutcome): Document => ({
  _id: outcomeId(o),
  room: o.room,
  kind: o.kind,
  sender: o.sender,
  cmid: o.cmid,
  ...(o.code !== null && { code: o.code }),
  bodyHash: o.bodyHash,
  expires: o.expires,
});

/** What is null or false is left out: a message is most of what there is. */
const fieldsOf = (e: Entry): Readonly<Record<string, Value>> => ({
  seq: e.seq,
  kind: e.kind,
  sender: e.sender,
  senderName: e.senderName,
  senderRole: e.senderRole,
  cmid: e.cmid,
  ...(e.type !== null && { type: e.type }),
  ...(e.content !== null && { content: e.content }),
  ...(e.redacted && { redacted: true }),
  // Entry data is plain values.
  ...(e.data !== null && { data: e.data as unknown as Value }),
  bodyHash: e.bodyHash,
  ts: e.ts,
  n: e.n,
  epoch: e.epoch,
});

type Fields = Readonly<Record<string, Value | undefined>>;

const furtherFields = (document: Document): readonly Fields[] => (document['also'] ?? []) as readonly Fields[];

/** Documents are what `documentOf` made; brands and unions are taken back without a check. */
export const entriesOf = (document: Document): readonly Entry[] =>
  [document, ...furtherFields(document)].map((fields) => entryOf(document['room'] as RoomId, fields));

const entryOf = (room: RoomId, f: Fields): Entry =>
  ({
    kind: f['kind'],
    room,
    seq: f['seq'],
    sender: f['sender'],
    senderName: f['senderName'],
    senderRole: f['senderRole'],
    cmid: f['cmid'],
    type: f['type'] ?? null,
    content: f['content'] ?? null,
    redacted: f['redacted'] ?? false,
    data: f['data'] ?? null,
    bodyHash: f['bodyHash'],
    ts: f['ts'],
    n: f['n'],
    epoch: f['epoch'],
  }) as Entry;

/** What `headOf` reads. */
export const HEAD_FIELDS = ['room', 'seq', 'n', 'also.seq', 'also.n'] as const;

/** Where a document of entries ends. */
export const headOf = (document: Document): { readonly seq: Seq; readonly n: number } => {
  const last = furtherFields(document).at(-1) ?? document;
  return { seq: last['seq'] as Seq, n: last['n'] as number };
};

/** The outcomes that a document holds at `now` (epoch ms), by the texts of their keys. */
export const outcomesOf = (document: Document, now: number): readonly (readonly [string, StoredOutcome])[] => {
  const { room, sender } = document as unknown as Pick<OutcomeKey, 'room' | 'sender'>;
  if (typeof document['expires'] === 'number' && document['expires'] <= now) return [];
  return [document, ...furtherFields(document)].map((fields) => {
    const cmid = fields['cmid'] as OutcomeKey['cmid'];
    return [
      outcomeKeyText({ room, sender, cmid }),
      { outcome: outcomeIn(fields), bodyHash: fields['bodyHash'] as string },
    ];
  });
};

const outcomeIn = (fields: Fields): StoredOutcome['outcome'] => {
  const kind = fields['kind'] as EntryKind | RegisteredOutcome['kind'];
  if (kind === 'noop') return { status: 'noop' };
  if (kind === 'refused') return { status: 'refused', code: fields['code'] as ErrorCode };
  return { status: 'logged', seq: fields['seq'] as Seq, kind };
};

const INTENT = 'intent/';

export const intentIdOf = (id: Intent['id']): string => `${INTENT}${id}`;

export const intentDocument = ({ id, shard, rooms }: Intent): Document => ({ _id: intentIdOf(id), shard, rooms });

export const intentOf = (document: Document): Intent => ({
  id: String(document._id).slice(INTENT.length),
  shard: document['shard'] as ShardId,
  rooms: document['rooms'] as readonly RoomId[],
});
