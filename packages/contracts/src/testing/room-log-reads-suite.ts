import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcomeKeyText } from '../commands.js';
import type { Entry } from '../entries.js';
import { asClientMessageId, asSeq, type RoomId } from '../ids.js';
import type { PageBounds, RoomLog } from '../ports/room-log.js';
import { anyLog } from './arbitraries.js';
import {
  FAR_OFF,
  LONG_AGO,
  NOW,
  closedEntry,
  commitOf,
  freshRoom,
  groupRecord,
  intentOf,
  messageEntry,
  messages,
  noop,
  refusal,
} from './fixtures.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

const ALL = 1_000;
const LOG_RUNS = 20;

/** What a log gives back: pages, heads, outcomes, redacted bodies, and all of it after a restart. */
export const describeRoomLogReads = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: RoomLog, reading`, factory, (subject) => {
    describePages(subject);
    describeCommands(subject);
    describeOutcomes(subject);
    describeRedaction(subject);
    if (factory.durable) describeDurability(subject);
  });
};

const roomWith = async (log: RoomLog, count: number): Promise<{ room: RoomId; all: readonly Entry[] }> => {
  const room = freshRoom();
  const all = messages(room, 1, count);
  await log.append(commitOf(all));
  return { room, all };
};

const describePages = (subject: StoreUnderTest): void => {
  it('[S6] a suffix begins behind its bound and has at most so many entries', async () => {
    const { log } = subject.store;
    const { room, all } = await roomWith(log, 10);
    expect(await log.readAfter(room, asSeq(0), 4)).toEqual(all.slice(0, 4));
    expect(await log.readAfter(room, asSeq(7), 4)).toEqual(all.slice(7));
    expect(await log.readAfter(room, asSeq(10), 4)).toEqual([]);
    expect(await log.readAfter(room, asSeq(99), 4)).toEqual([]);
    expect(await log.readAfter(freshRoom(), asSeq(0), 4)).toEqual([]);
  });

  it.each<[PageBounds, number, number, number]>([
    [{ newest: true }, 3, 8, 10],
    [{ newest: true }, 99, 1, 10],
    [{ before: asSeq(8) }, 3, 5, 7],
    [{ before: asSeq(3) }, 5, 1, 2],
    [{ before: asSeq(99) }, 2, 9, 10],
    [{ before: asSeq(1) }, 5, 1, 0],
    [{ after: asSeq(8) }, 5, 9, 10],
    [{ after: asSeq(2) }, 3, 3, 5],
    [{ after: asSeq(0) }, 2, 1, 2],
    [{ after: asSeq(10) }, 2, 1, 0],
  ])('[S6] the page %o of at most %i is L(%i)…L(%i)', async (bounds, limit, first, last) => {
    const { log } = subject.store;
    const { room, all } = await roomWith(log, 10);
    expect(await log.readPage(room, bounds, limit)).toEqual(all.slice(first - 1, last));
  });

  it('[S6] a page of a room without entries is empty', async () => {
    const { log } = subject.store;
    expect(await log.readPage(freshRoom(), { newest: true }, 5)).toEqual([]);
    expect(await log.readPage(freshRoom(), { before: asSeq(5) }, 5)).toEqual([]);
  });

  it('[S6] [I2] every kind of entry reads as it was appended, whatever its text', async () => {
    const { log } = subject.store;
    await fc.assert(
      fc.asyncProperty(anyLog, async (entries) => {
        const room = freshRoom();
        const all = entries.map((entry) => ({ ...entry, room }));
        await log.append(commitOf(all));
        expect(await log.readAfter(room, asSeq(0), ALL)).toEqual(all);
        expect(await log.readPage(room, { newest: true }, ALL)).toEqual(all);
      }),
      { numRuns: LOG_RUNS },
    );
  });

  it('[S7] heads are those of the last entries; rooms without one are absent', async () => {
    const { log } = subject.store;
    const [{ room: a }, empty, refusedOnly] = [await roomWith(log, 3), freshRoom(), freshRoom()];
    await log.append(commitOf([closedEntry({ room: a, seq: 4, n: 3 }), refusal({ room: refusedOnly })]));
    expect(await log.heads([a, empty, refusedOnly])).toEqual(new Map([[a, { seq: 4, n: 3 }]]));
    expect((await log.heads([])).size).toBe(0);
  });

  it('[S7] heads are those of the log, wherever the records of the rooms are', async () => {
    const { log, projection } = subject.store;
    const rooms = [null, 1, 2, 3, 7].map((stateSeq) => ({ room: freshRoom(), stateSeq }));
    for (const { room, stateSeq } of rooms) {
      const created = closedEntry({ room, seq: 1 });
      const further = closedEntry({ room, seq: 2, cmid: asClientMessageId(`${created.cmid}~1`) });
      await log.append(commitOf([created, further]));
      await log.append(commitOf(messages(room, 3, 7)));
      if (stateSeq === null) continue;
      const record = groupRecord({ roomId: room, stateSeq: asSeq(stateSeq) });
      await projection.project([{ record, members: [], redactions: [] }], []);
    }
    const asked = rooms.map(({ room }) => room);
    const expected = new Map(asked.map((room) => [room, { seq: 7, n: 7 }]));
    expect(await log.heads([...asked, ...asked, freshRoom()])).toEqual(expected);
  });
};

/** `created` at 1, and one who joined with it at 2 and 3; then a message. */
const describeCommands = (subject: StoreUnderTest): void => {
  const makeRoom = async (log: RoomLog): Promise<{ room: RoomId; all: readonly Entry[] }> => {
    const room = freshRoom();
    const created = closedEntry({ room, seq: 1 });
    const further = [1, 2].map((i) =>
      closedEntry({ room, seq: 1 + i, cmid: asClientMessageId(`${created.cmid}~${String(i)}`) }),
    );
    const all = [created, ...further, messageEntry({ room, seq: 4, n: 1 })];
    await log.append(commitOf(all, [intentOf(room)]));
    return { room, all };
  };

  it('[S6] [M1] the entries of one command read one by one, from any bound', async () => {
    const { log } = subject.store;
    const { room, all } = await makeRoom(log);
    for (let bound = 0; bound <= 5; bound++) {
      for (const limit of [1, 2, 9]) {
        expect(await log.readAfter(room, asSeq(bound), limit)).toEqual(all.slice(bound, bound + limit));
        const before = all.slice(0, Math.max(bound - 1, 0)).slice(-limit);
        expect(await log.readPage(room, { before: asSeq(bound) }, limit)).toEqual(before);
        expect(await log.readPage(room, { newest: true }, limit)).toEqual(all.slice(-limit));
      }
    }
  });

  it('[S1] [M1] [M2] places inside a command are taken, and its end is a head', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const created = closedEntry({ room, seq: 1 });
    const further = closedEntry({ room, seq: 2, cmid: asClientMessageId(`${created.cmid}~1`) });
    await log.append(commitOf([created, further]));
    expect(await log.heads([room])).toEqual(new Map([[room, { seq: 2, n: 0 }]]));
    for (const seq of [1, 2, 4]) {
      await expect(log.append(commitOf([messageEntry({ room, seq })]))).rejects.toMatchObject({ reason: 'conflict' });
    }
    await log.append(commitOf([messageEntry({ room, seq: 3 })]));
    expect((await log.readAfter(room, asSeq(0), ALL)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('[S5] [M1] the outcomes of all entries of a command are found by their own keys', async () => {
    const { log } = subject.store;
    const { all } = await makeRoom(log);
    const found = await log.findOutcomes(all, NOW);
    expect(all.map((entry) => found.get(outcomeKeyText(entry))?.outcome)).toEqual(
      all.map(({ seq, kind }) => ({ status: 'logged', seq, kind })),
    );
  });
};

const describeOutcomes = (subject: StoreUnderTest): void => {
  it('[S5] outcomes are found by key, each with its body hash', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const [said, closed] = [messageEntry({ room, seq: 1 }), closedEntry({ room, seq: 2 })];
    const [refused, nothing] = [refusal({ room, code: 'CHAT_06' }), noop({ room })];
    await log.append(commitOf([said, closed, refused, nothing]));
    const found = await log.findOutcomes([said, closed, refused, nothing], NOW);
    expect(found).toEqual(
      new Map([
        [outcomeKeyText(said), { outcome: { status: 'logged', seq: 1, kind: 'message' }, bodyHash: said.bodyHash }],
        [outcomeKeyText(closed), { outcome: { status: 'logged', seq: 2, kind: 'closed' }, bodyHash: closed.bodyHash }],
        [outcomeKeyText(refused), { outcome: { status: 'refused', code: 'CHAT_06' }, bodyHash: refused.bodyHash }],
        [outcomeKeyText(nothing), { outcome: { status: 'noop' }, bodyHash: nothing.bodyHash }],
      ]),
    );
  });

  it('[S5] unknown ids are absent, and so are outcomes from the moment they expire', async () => {
    const { log } = subject.store;
    const room = freshRoom();
    const [long, short] = [refusal({ room, expires: FAR_OFF }), noop({ room, expires: FAR_OFF - 10 })];
    await log.append(commitOf([long, short, refusal({ room, expires: LONG_AGO })]));
    const unknown = { ...long, cmid: asClientMessageId('never-sent') };
    expect((await log.findOutcomes([long, short, unknown], FAR_OFF - 11)).size).toBe(2);
    expect([...(await log.findOutcomes([long, short, unknown], FAR_OFF - 10)).keys()]).toEqual([outcomeKeyText(long)]);
    expect((await log.findOutcomes([long, short], FAR_OFF)).size).toBe(0);
    expect((await log.findOutcomes([], NOW)).size).toBe(0);
  });

  it('[S5] many keys are looked up at once', async () => {
    const { log } = subject.store;
    const { all } = await roomWith(log, 200);
    const found = await log.findOutcomes([...all, ...messages(freshRoom(), 1, 200)], NOW);
    expect([...found.values()].map(({ bodyHash }) => bodyHash).sort()).toEqual(all.map((e) => e.bodyHash).sort());
  });
};

const describeRedaction = (subject: StoreUnderTest): void => {
  it('[S8] [I2] a redacted body is gone from every read; place, id, hash and outcome stay', async () => {
    const { log, projection } = subject.store;
    const { room, all } = await roomWith(log, 5);
    const record = groupRecord({ roomId: room, stateSeq: asSeq(5) });
    await projection.project([{ record, members: [], redactions: [{ room, targetSeq: asSeq(2) }] }], []);
    const expected = all.map((e) => (e.seq === 2 ? { ...e, type: null, content: null, redacted: true } : e));
    expect(await log.readAfter(room, asSeq(0), ALL)).toEqual(expected);
    expect(await log.readPage(room, { newest: true }, ALL)).toEqual(expected);
    expect(await log.readPage(room, { before: asSeq(3) }, ALL)).toEqual(expected.slice(0, 2));
    expect(await log.heads([room])).toEqual(new Map([[room, { seq: 5, n: 5 }]]));
    const outcomes = await log.findOutcomes(all.slice(1, 2), NOW);
    expect([...outcomes.values()]).toEqual([
      { outcome: { status: 'logged', seq: 2, kind: 'message' }, bodyHash: 'hash-2' },
    ]);
  });
};

const describeDurability = (subject: StoreUnderTest): void => {
  it('[S10] [I4] what an append resolved for is there after the store was opened again', async () => {
    const { room, all } = await roomWith(subject.store.log, 5);
    const [refused, intent] = [refusal({ room }), intentOf(room)];
    const closed = closedEntry({ room, seq: 6, n: 5 });
    await subject.store.log.append(commitOf([closed, refused], [intent]));
    await subject.reopen();
    const { log, projection } = subject.store;
    expect(await log.readAfter(room, asSeq(0), ALL)).toEqual([...all, closed]);
    expect((await log.findOutcomes([refused], NOW)).get(outcomeKeyText(refused))?.outcome).toEqual({
      status: 'refused',
      code: 'CHAT_02',
    });
    expect(await projection.openIntents()).toContainEqual(intent);
    await projection.project([], [intent.id]);
  });

  it('[S10] [S1] a log goes on from its head after the store was opened again', async () => {
    const { room } = await roomWith(subject.store.log, 3);
    await subject.reopen();
    const { log } = subject.store;
    await expect(log.append(commitOf(messages(room, 3, 3)))).rejects.toMatchObject({ reason: 'conflict' });
    await log.append(commitOf(messages(room, 4, 4)));
    expect((await log.heads([room])).get(room)?.seq).toBe(4);
  });
};
