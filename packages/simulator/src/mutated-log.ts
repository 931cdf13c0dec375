/** The room logs of a store with one thing wrong with it. */
import {
  AppendError,
  asClientMessageId,
  asSeq,
  isRegistered,
  outcomeKeyText,
  type ClientMessageId,
  type Entry,
  type GroupCommit,
  type LogDocument,
  type RoomId,
  type RoomLog,
} from '@munova/contracts';
import type { Mutant } from './mutants.js';

/** No client's id holds it. */
const SHADOW = '!';

const shadowed = <D extends LogDocument>(document: D, cmid: ClientMessageId): D => ({ ...document, cmid });

const plain = (entry: Entry): Entry => {
  const [cmid = entry.cmid] = entry.cmid.split(SHADOW);
  return shadowed(entry, asClientMessageId(cmid));
};

/** A second outcome of an id is stored under another one, and read back under its own. */
const withoutUniqueIds = (log: RoomLog): RoomLog => {
  let copies = 0;
  const renamed = async (document: LogDocument, now: number): Promise<LogDocument> => {
    const found = await log.findOutcomes([document], now);
    if (!found.has(outcomeKeyText(document))) return document;
    copies += 1;
    return shadowed(document, asClientMessageId(`${document.cmid}${SHADOW}${String(copies)}`));
  };
  return {
    ...bound(log),
    append: async ({ documents, intents }) => {
      const copy: LogDocument[] = [];
      for (const document of documents) copy.push(await renamed(document, 0));
      await log.append({ documents: copy, intents });
    },
    readAfter: async (room, after, limit) => (await log.readAfter(room, after, limit)).map(plain),
    readPage: async (room, bounds, limit) => (await log.readPage(room, bounds, limit)).map(plain),
  };
};

const atTheHead = async (log: RoomLog, { documents, intents }: GroupCommit): Promise<GroupCommit> => {
  const heads = new Map<RoomId, number>();
  for (const [room, { seq }] of await log.heads(documents.map(({ room }) => room))) heads.set(room, seq);
  const moved = documents.map((document) => {
    if (isRegistered(document)) return document;
    const seq = (heads.get(document.room) ?? 0) + 1;
    heads.set(document.room, seq);
    return { ...document, seq: asSeq(seq) };
  });
  return { documents: moved, intents };
};

/** The methods as properties, so that some can be replaced. */
const bound = (log: RoomLog): RoomLog => ({
  append: (commit) => log.append(commit),
  barrier: () => log.barrier(),
  readAfter: (room, after, limit) => log.readAfter(room, after, limit),
  readPage: (room, bounds, limit) => log.readPage(room, bounds, limit),
  heads: (rooms) => log.heads(rooms),
  findOutcomes: (keys, now) => log.findOutcomes(keys, now),
});

export const mutatedLog = (log: RoomLog, mutant: Mutant | null): RoomLog => {
  switch (mutant) {
    case 'duplicate-as-success':
      return {
        ...bound(log),
        append: async (commit) => {
          try {
            await log.append(commit);
          } catch (error) {
            if (!(error instanceof AppendError) || error.reason !== 'conflict') throw error;
          }
        },
      };
    case 'blind-append':
      return { ...bound(log), append: async (commit) => log.append(await atTheHead(log, commit)) };
    case 'ids-not-unique':
      return withoutUniqueIds(log);
    case 'no-look-up':
      return { ...bound(log), findOutcomes: async () => new Map() };
    case 'refusals-forgotten':
      return {
        ...bound(log),
        append: async ({ documents, intents }) => {
          const kept = documents.filter((document) => !isRegistered(document));
          if (kept.length > 0) await log.append({ documents: kept, intents });
        },
      };
    case 'stale-reads':
      return {
        ...bound(log),
        readAfter: async (room, after, limit) => {
          const head = (await log.heads([room])).get(room)?.seq ?? 0;
          return (await log.readAfter(room, after, limit)).filter(({ seq }) => seq < head);
        },
      };
    default:
      return log;
  }
};
