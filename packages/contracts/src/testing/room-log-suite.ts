import { expect, it } from 'vitest';
import { outcomeKeyText } from '../commands.js';
import type { LogDocument } from '../entries.js';
import { asClientMessageId, asSeq, type RoomId } from '../ids.js';
import { COMMIT_MAX_DOCUMENTS } from '../limits.js';
import { AppendError, type GroupCommit, type RoomLog } from '../ports/room-log.js';
import {
  LONG_AGO,
  NOW,
  closedEntry,
  commitOf,
  freshCmid,
  freshRoom,
  freshUser,
  intentOf,
  messageEntry,
  messages,
  noop,
  refusal,
} from './fixtures.js';
import { describeRoomLogModel } from './room-log-model.js';
import { describeRoomLogReads } from './room-log-reads-suite.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

const ALL = 1_000;
const RACERS = 50;

/** The contract of `RoomLog`. */
export const describeRoomLog = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: RoomLog, appending`, factory, (subject) => {
    describeOrder(subject);
    describeUniqueness(subject);
    describeKeys(subject);
    describeRefusedCommits(subject);
    describeRaces(subject);
  });
  describeRoomLogReads(name, factory);
  describeRoomLogModel(name, factory);
};

const appended = (log: RoomLog, documents: readonly LogDocument[]): Promise<void> => log.append(commitOf(documents));

const failureOf = async (log: RoomLog, commit: GroupCommit): Promise<AppendError> => {
  const failure: unknown = await log.append(commit).then(
    () => 'it was appended',
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(AppendError);
  return failure as AppendError;
};

const expectConflict = async (log: RoomLog, documents: readonly LogDocument[]): Promise<void> => {
  expect((await failureOf(log, commitOf(documents))).reason).toBe('conflict');
};

const headOf = async (log: RoomLog, room: RoomId): Promise<number> => (await log.heads([room])).get(room)?.seq ?? 0;

const describeOrder = (subject: StoreUnderTest): void => {
  it('[S1] [I1] entries stand in the log in the order in which commits brought them', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const all = messages(room, 1, 7);
    await appended(log, all.slice(0, 1));
    await appended(log, all.slice(1, 5));
    await appended(log, all.slice(5));
    expect(await log.readAfter(room, asSeq(0), ALL)).toEqual(all);
  });

  it('[S1] one commit extends several rooms, each from its own head', async () => {
    const { log } = subject.store;
    const [a, b] = [freshRoom(), freshRoom()];
    await appended(log, messages(a, 1, 2));
    const rest = [messages(a, 3, 4), messages(b, 1, 3)];
    await appended(log, rest.flat());
    expect(await log.readAfter(a, asSeq(2), ALL)).toEqual(rest[0]);
    expect(await log.readAfter(b, asSeq(0), ALL)).toEqual(rest[1]);
  });

  it('[S1] a commit of COMMIT_MAX_DOCUMENTS documents is taken', async () => {
    const room = freshRoom();
    await appended(subject.store.log, messages(room, 1, COMMIT_MAX_DOCUMENTS));
    expect(await headOf(subject.store.log, room)).toBe(COMMIT_MAX_DOCUMENTS);
  });

  it('[S1] [I1] a gap is refused, at the first entry, behind a head, and inside one commit', async () => {
    const { log } = subject.store;
    const [empty, room] = [freshRoom(), freshRoom()];
    await appended(log, messages(room, 1, 2));
    await expectConflict(log, [messageEntry({ room: empty, seq: 2 })]);
    await expectConflict(log, [messageEntry({ room, seq: 4 })]);
    await expectConflict(log, [messageEntry({ room: empty, seq: 1 }), messageEntry({ room: empty, seq: 3 })]);
    const both = [
      messageEntry({ room: freshRoom(), seq: 2 }),
      ...[1, 3].map((seq) => messageEntry({ room: empty, seq })),
    ];
    await expectConflict(log, both);
    expect(await headOf(log, room)).toBe(2);
    expect(await headOf(log, empty)).toBeLessThanOrEqual(1);
  });

  it('[S1] [I2] a place that is taken stays as it is', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const first = messages(room, 1, 2);
    await appended(log, first);
    await expectConflict(log, [messageEntry({ room, seq: 2 })]);
    await expectConflict(log, [messageEntry({ room, seq: 1 })]);
    expect(await log.readAfter(room, asSeq(0), ALL)).toEqual(first);
  });
};

const describeUniqueness = (subject: StoreUnderTest): void => {
  const sender = freshUser();

  it('[S2] [I3] an id that has an entry takes no second entry', async () => {
    const { log } = subject.store;
    const [room, cmid] = [freshRoom(), freshCmid()];
    await appended(log, [messageEntry({ room, seq: 1, sender, cmid })]);
    await expectConflict(log, [messageEntry({ room, seq: 2, sender, cmid })]);
    expect(await headOf(log, room)).toBe(1);
  });

  it('[S2] [I12] an id that has an entry takes no refusal and no no-op', async () => {
    const { log } = subject.store;
    const entry = messageEntry({ room: freshRoom(), seq: 1, sender });
    await appended(log, [entry]);
    await expectConflict(log, [refusal(entryKey(entry))]);
    await expectConflict(log, [noop(entryKey(entry))]);
    const found = await log.findOutcomes([entry], NOW);
    expect(found.get(outcomeKeyText(entry))?.outcome.status).toBe('logged');
  });

  it.each([
    ['refused', refusal],
    ['a no-op', noop],
  ] as const)('[S2] [I12] an id that was %s takes nothing more', async (_, make) => {
    const { log } = subject.store;
    const registered = make({ room: freshRoom(), sender });
    await appended(log, [registered]);
    await expectConflict(log, [messageEntry({ ...entryKey(registered), seq: 1 })]);
    await expectConflict(log, [refusal(entryKey(registered))]);
    await expectConflict(log, [noop(entryKey(registered))]);
    expect(await headOf(log, registered.room)).toBe(0);
  });

  it('[S2] [I3] one commit cannot bring an id twice', async () => {
    const { log } = subject.store;
    const entry = messageEntry({ room: freshRoom(), seq: 1, sender });
    await expectConflict(log, [entry, messageEntry({ ...entryKey(entry), seq: 2 })]);
    expect(await headOf(log, entry.room)).toBeLessThanOrEqual(1);
  });
};

/** What is one key and what are two, and when one is free again. */
const describeKeys = (subject: StoreUnderTest): void => {
  const sender = freshUser();

  it('[S2] the same id of another sender, or in another room, is another id', async () => {
    const { log } = subject.store;
    const entry = messageEntry({ room: freshRoom(), seq: 1, sender });
    const elsewhere = messageEntry({ ...entryKey(entry), room: freshRoom(), seq: 1 });
    const someoneElse = messageEntry({ ...entryKey(entry), sender: freshUser(), seq: 2 });
    await appended(log, [entry]);
    await appended(log, [elsewhere]);
    await appended(log, [someoneElse]);
    expect((await log.findOutcomes([entry, elsewhere, someoneElse], NOW)).size).toBe(3);
  });

  it('[S2] ids that differ by case only, or begin alike, are different ids', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const cmids = ['a', 'A', 'a~1', 'aa', 'a.', 'a:'].map(asClientMessageId);
    await appended(
      log,
      cmids.map((cmid, i) => messageEntry({ room, seq: i + 1, sender, cmid })),
    );
    expect(await headOf(log, room)).toBe(cmids.length);
  });

  it.each([
    ['refused', refusal],
    ['a no-op', noop],
  ] as const)('[S4] what was %s and has expired gives way to an entry or another outcome', async (_, make) => {
    const { log } = subject.store;
    const [first, second] = [
      make({ room: freshRoom(), sender, expires: LONG_AGO }),
      make({ room: freshRoom(), sender }),
    ];
    await appended(log, [first, { ...second, expires: LONG_AGO }]);
    await appended(log, [
      messageEntry({ ...entryKey(first), seq: 1 }),
      refusal({ ...entryKey(second), code: 'CHAT_06' }),
    ]);
    const found = await log.findOutcomes([first, second], NOW);
    expect(found.get(outcomeKeyText(first))?.outcome).toEqual({ status: 'logged', seq: 1, kind: 'message' });
    expect(found.get(outcomeKeyText(second))?.outcome).toEqual({ status: 'refused', code: 'CHAT_06' });
    await expectConflict(log, [noop(entryKey(second))]);
  });
};

/** Room, sender and client-message-id of a document, for another one under the same key. */
const entryKey = ({ room, sender, cmid }: LogDocument): Pick<LogDocument, 'room' | 'sender' | 'cmid'> => ({
  room,
  sender,
  cmid,
});

const describeRefusedCommits = (subject: StoreUnderTest): void => {
  it('[S3] [I1] a commit refused in its middle left a prefix, or nothing where it says so', async () => {
    const { log } = subject.store;
    const [before, blocked, behind] = [freshRoom(), freshRoom(), freshRoom()];
    await appended(log, messages(blocked, 1, 1));
    const documents = [...messages(before, 1, 3), ...messages(blocked, 1, 2), refusal({ room: behind })];
    const failure = await failureOf(log, commitOf(documents));
    expect(failure.reason).toBe('conflict');
    expect([null, blocked]).toContain(failure.room);

    const found = await log.findOutcomes(documents, NOW);
    const written = documents.map((document) => found.has(outcomeKeyText(document)));
    expect(written.indexOf(false)).toBeLessThanOrEqual(3);
    expect(written.lastIndexOf(true)).toBe(written.indexOf(false) - 1);
    if (failure.applied === 'no') expect(written).not.toContain(true);
    expect(await headOf(log, before)).toBe(written.filter(Boolean).length);
    expect(await headOf(log, blocked)).toBe(1);
  });

  it('[S3] [S14] a commit of which nothing was written leaves no intent', async () => {
    const { log, projection } = subject.store;
    const room = freshRoom();
    await appended(log, messages(room, 1, 1));
    const intent = intentOf(room);
    const failure = await failureOf(log, commitOf([closedEntry({ room, seq: 1 })], [intent]));
    const open = (await projection.openIntents()).map((i) => i.id);
    if (failure.applied === 'no') expect(open).not.toContain(intent.id);
    else await projection.project([], [intent.id]);
  });

  it('[S3] a refused commit does not stand in the way of the next one', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    await appended(log, messages(room, 1, 1));
    const planned = messageEntry({ room, seq: 1 });
    await expectConflict(log, [planned]);
    await log.barrier();
    await appended(log, [{ ...planned, seq: asSeq(2) }]);
    expect(await headOf(log, room)).toBe(2);
  });
};

const describeRaces = (subject: StoreUnderTest): void => {
  const race = async (log: RoomLog, commits: readonly (readonly LogDocument[])[]): Promise<readonly number[]> => {
    const results = await Promise.allSettled(commits.map((documents) => appended(log, documents)));
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ name: 'AppendError', reason: 'conflict' });
    }
    return results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
  };
  const racers = Array.from({ length: RACERS }, (_, i) => i);

  it(`[S9] [I1] of ${String(RACERS)} appends of one seq exactly one wins, and its entry stands there`, async () => {
    const { log } = subject.store;
    const room = freshRoom();
    await appended(log, messages(room, 1, 1));
    const entries = racers.map(() => messageEntry({ room, seq: 2 }));
    const winners = await race(
      log,
      entries.map((entry) => [entry]),
    );
    expect(winners).toHaveLength(1);
    expect(await log.readAfter(room, asSeq(1), ALL)).toEqual(winners.map((i) => entries[i]));
  });

  it('[S9] [I12] of an entry and refusals under one key exactly one wins', async () => {
    const { log } = subject.store;
    const entry = messageEntry({ room: freshRoom(), seq: 1 });
    const rivals = racers.map((i) =>
      i === 7 ? entry : refusal({ ...entryKey(entry), bodyHash: `rival-${String(i)}` }),
    );
    const winners = await race(
      log,
      rivals.map((document) => [document]),
    );
    expect(winners).toHaveLength(1);
    const stored = (await log.findOutcomes([entry], NOW)).get(outcomeKeyText(entry));
    expect(stored?.bodyHash).toBe(winners.map((i) => rivals[i]?.bodyHash)[0]);
  });

  it('[S9] appends to different rooms all succeed at once', async () => {
    const { log } = subject.store;
    const rooms = racers.map(freshRoom);
    const winners = await race(
      log,
      rooms.map((room) => messages(room, 1, 3)),
    );
    expect(winners).toHaveLength(RACERS);
    expect([...(await log.heads(rooms)).values()].map((head) => head.seq)).toEqual(rooms.map(() => 3));
  });

  it('[S11] after a barrier everything begun before it has been decided', async () => {
    const { log } = subject.store;
    const rooms = racers.map(freshRoom);
    const begun = rooms.map((room, i) => appended(log, [messageEntry({ room, seq: i % 2 === 0 ? 1 : 2 })]));
    const settled = Promise.allSettled(begun);
    await log.barrier();
    const seen = await log.heads(rooms);
    await settled;
    expect(await log.heads(rooms)).toEqual(seen);
    expect(seen.size).toBe(RACERS / 2);
  });
};
