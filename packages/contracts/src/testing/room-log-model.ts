/** Random operations on a log beside a reference so naive that it is plainly right. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcomeKeyText, type OutcomeKey } from '../commands.js';
import { isRegistered, type Entry, type LogDocument, type RegisteredOutcome } from '../entries.js';
import { asClientMessageId, asSeq, asUserId, type ClientMessageId, type RoomId, type UserId } from '../ids.js';
import { AppendError, type RoomLog } from '../ports/room-log.js';
import type { Store } from '../ports/store.js';
import { FAR_OFF, LONG_AGO, NOW, commitOf, fresh, freshRoom, groupRecord, messageEntry, refusal } from './fixtures.js';
import { describeWithStore, type StoreFactory } from './store-factory.js';

const ALL = 1_000;
const ROOMS = 3;
const SENDERS = ['minji', 'jisoo'].map(asUserId);
const CMIDS = ['m1', 'm2', 'm3', 'm4', 'm5'].map(asClientMessageId);
const RUNS = 25;
const MAX_OPERATIONS = 30;
const MAX_DOCUMENTS = 4;

interface DocumentDraft {
  readonly room: number;
  readonly sender: UserId;
  readonly cmid: ClientMessageId;
  /** How far from the place behind the head: 0 is right. Null is a registered outcome. */
  readonly offset: number | null;
  readonly expired: boolean;
}
type Operation =
  | { readonly op: 'append'; readonly drafts: readonly DocumentDraft[] }
  | { readonly op: 'redact'; readonly room: number; readonly targetSeq: number };

const anyDraft: fc.Arbitrary<DocumentDraft> = fc.record({
  room: fc.nat(ROOMS - 1),
  sender: fc.constantFrom(...SENDERS),
  cmid: fc.constantFrom(...CMIDS),
  offset: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 1) },
    { weight: 2, arbitrary: fc.constant(null) },
  ),
  expired: fc.boolean(),
});
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('append' as const),
      drafts: fc.array(anyDraft, { minLength: 1, maxLength: MAX_DOCUMENTS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('redact' as const),
      room: fc.nat(ROOMS - 1),
      targetSeq: fc.integer({ min: 1, max: 6 }),
    }),
  },
);

/** All documents of all rooms in one list, searched from its front every time. */
class ReferenceLog {
  readonly #entries: readonly Entry[];
  readonly #registered: readonly RegisteredOutcome[];

  constructor(entries: readonly Entry[] = [], registered: readonly RegisteredOutcome[] = []) {
    this.#entries = entries;
    this.#registered = registered;
  }

  of(room: RoomId): readonly Entry[] {
    return this.#entries.filter((entry) => entry.room === room);
  }

  outcomeOf(key: OutcomeKey): LogDocument | undefined {
    const isIt = (document: LogDocument): boolean => outcomeKeyText(document) === outcomeKeyText(key);
    return this.#entries.find(isIt) ?? this.#registered.find((r) => isIt(r) && r.expires > NOW);
  }

  /** With one document more; null where the log must refuse it. */
  with(document: LogDocument): ReferenceLog | null {
    if (this.outcomeOf(document) !== undefined) return null;
    if (isRegistered(document)) return new ReferenceLog(this.#entries, [...this.#registered, document]);
    if (document.seq !== this.of(document.room).length + 1) return null;
    return new ReferenceLog([...this.#entries, document], this.#registered);
  }

  /** After each prefix of the documents that it takes, the empty one first. */
  prefixes(documents: readonly LogDocument[]): readonly ReferenceLog[] {
    const states: ReferenceLog[] = [this];
    for (const document of documents) {
      const next = states.at(-1)?.with(document) ?? null;
      if (next === null) break;
      states.push(next);
    }
    return states;
  }

  redacted(room: RoomId, targetSeq: number): ReferenceLog {
    const blanked = this.#entries.map((entry) =>
      entry.kind === 'message' && entry.room === room && entry.seq === targetSeq
        ? { ...entry, type: null, content: null, redacted: true }
        : entry,
    );
    return new ReferenceLog(blanked, this.#registered);
  }
}

/** The documents of an append, sorted by room as commits are; each room's from its head on. */
const documentsOf = (
  drafts: readonly DocumentDraft[],
  rooms: readonly RoomId[],
  model: ReferenceLog,
): readonly LogDocument[] => {
  const heads = new Map(rooms.map((room) => [room, model.of(room).length]));
  const documents = drafts
    .toSorted((a, b) => a.room - b.room)
    .map(({ sender, cmid, ...draft }): LogDocument => {
      const key = { room: rooms[draft.room] ?? freshRoom(), sender, cmid, bodyHash: fresh('hash-') };
      if (draft.offset === null) return refusal({ ...key, expires: draft.expired ? LONG_AGO : FAR_OFF });
      const seq = Math.max((heads.get(key.room) ?? 0) + 1 + draft.offset, 1);
      heads.set(key.room, seq);
      return messageEntry({ ...key, seq });
    });
  return withoutExpiredRepeats(documents);
};

/** Nothing is promised of a key that one commit brings as expired and then again. */
const withoutExpiredRepeats = (documents: readonly LogDocument[]): readonly LogDocument[] => {
  const keys = documents.map(outcomeKeyText);
  const expired = new Set(documents.filter((d) => isRegistered(d) && d.expires <= NOW).map(outcomeKeyText));
  return documents.filter((document, i) => {
    const key = outcomeKeyText(document);
    return !expired.has(key) || keys.indexOf(key) === i;
  });
};

/** All that reads can tell, in the shape in which the reference is asked too. */
const observed = async (log: RoomLog, rooms: readonly RoomId[]) => {
  const keys = keysOf(rooms);
  const outcomes = await log.findOutcomes(keys, NOW);
  return {
    logs: await Promise.all(rooms.map((room) => log.readAfter(room, asSeq(0), ALL))),
    heads: new Map([...(await log.heads(rooms))].map(([room, head]) => [room, head.seq])),
    outcomes: keys.map((key) => outcomes.get(outcomeKeyText(key))?.bodyHash),
  };
};

const expected = (model: ReferenceLog, rooms: readonly RoomId[]): Awaited<ReturnType<typeof observed>> => ({
  logs: rooms.map((room) => model.of(room)),
  heads: new Map(rooms.flatMap((room) => model.of(room).slice(-1)).map((last) => [last.room, last.seq])),
  outcomes: keysOf(rooms).map((key) => model.outcomeOf(key)?.bodyHash),
});

const keysOf = (rooms: readonly RoomId[]): readonly OutcomeKey[] =>
  rooms.flatMap((room) => SENDERS.flatMap((sender) => CMIDS.map((cmid) => ({ room, sender, cmid }))));

/** Appends, and gives the state of the reference that the store must be in. */
const appendBoth = async (
  log: RoomLog,
  model: ReferenceLog,
  documents: readonly LogDocument[],
  rooms: readonly RoomId[],
): Promise<ReferenceLog> => {
  const states = model.prefixes(documents);
  const whole = states[documents.length];
  const failure: unknown = await log.append(commitOf(documents)).then(
    () => null,
    (error: unknown) => error,
  );
  if (failure === null) {
    expect(whole, 'the store took what it must refuse').toBeDefined();
    return whole ?? model;
  }
  expect(failure).toBeInstanceOf(AppendError);
  expect(whole, 'the store refused what it must take').toBeUndefined();
  const { applied } = failure as AppendError;
  if (applied === 'no') return model;
  await log.barrier();
  const now = await observed(log, rooms);
  const reached = states.findLast((state) => isDeepStrictEqual(expected(state, rooms), now));
  expect(reached, 'what a failed append left is no prefix of it').toBeDefined();
  return reached ?? model;
};

const redactBoth = async (
  store: Store,
  model: ReferenceLog,
  room: RoomId,
  targetSeq: number,
): Promise<ReferenceLog> => {
  const record = groupRecord({ roomId: room });
  await store.projection.project([{ record, members: [], redactions: [{ room, targetSeq: asSeq(targetSeq) }] }], []);
  return model.redacted(room, targetSeq);
};

export const describeRoomLogModel = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: RoomLog beside a reference`, factory, (subject) => {
    it('[S1] [S2] [S3] [S4] [S5] [S8] [I1] [I2] [I3] [I12] agrees after every operation', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyOperation, { minLength: 1, maxLength: MAX_OPERATIONS }), async (operations) => {
          const { store } = subject;
          const rooms = Array.from({ length: ROOMS }, freshRoom);
          let model = new ReferenceLog();
          for (const operation of operations) {
            model =
              operation.op === 'append'
                ? await appendBoth(store.log, model, documentsOf(operation.drafts, rooms, model), rooms)
                : await redactBoth(store, model, rooms[operation.room] ?? freshRoom(), operation.targetSeq);
            expect(await observed(store.log, rooms)).toEqual(expected(model, rooms));
          }
        }),
        { numRuns: RUNS },
      );
    });
  });
};
