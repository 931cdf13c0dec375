import { expect, it } from 'vitest';
import { asSeq, type RoomId } from '../ids.js';
import type { MemberRecord, ProjectionUpdate, RoomRecord } from '../ports/directory.js';
import type { Store } from '../ports/store.js';
import {
  closedEntry,
  commitOf,
  freshRoom,
  freshUser,
  groupRecord,
  inquiryRecord,
  intentOf,
  memberRecord,
  messages,
} from './fixtures.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

/** The contract of `Projection`, seen through the directory and the memberships. */
export const describeProjection = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: Projection`, factory, (subject) => {
    describeRooms(subject);
    describeRepeats(subject);
    describeMembers(subject);
    describeIntents(subject);
    if (factory.durable) describeDurability(subject);
  });
};

const update = (record: RoomRecord, members: readonly MemberRecord[] = []): ProjectionUpdate => ({
  record,
  members,
  redactions: [],
});

const projectRooms = (store: Store, ...records: readonly RoomRecord[]): Promise<void> =>
  store.projection.project(
    records.map((record) => update(record)),
    [],
  );

const describeRooms = (subject: StoreUnderTest): void => {
  it('[S12] a room is absent until it is projected, and then reads as it was written', async () => {
    const { store } = subject;
    const records = [
      groupRecord({
        lastMessage: '네, 240 있어요 👟',
        lastMessageSeq: asSeq(7),
        lastMessageTime: 1_700_000_000_123,
        n: 4,
      }),
      groupRecord({ status: 'CLOSED', name: 'O\'Neil 100%_\\"…' }),
      inquiryRecord(),
    ];
    const ids = records.map((record) => record.roomId);
    expect(await store.directory.getMany(ids)).toEqual([]);
    await projectRooms(store, ...records);
    for (const record of records) expect(await store.directory.get(record.roomId)).toEqual(record);
    const found = await store.directory.getMany([...ids, ...ids, freshRoom()]);
    expect(found.toSorted((a, b) => (a.roomId < b.roomId ? -1 : 1))).toEqual(records);
    expect(await store.directory.get(freshRoom())).toBeNull();
  });

  it('[S12] a room advances by a greater stateSeq only', async () => {
    const { store } = subject;
    const first = groupRecord({ stateSeq: asSeq(5), memberCount: 2 });
    const next = { ...first, stateSeq: asSeq(6), memberCount: 3, name: '새 이름', status: 'CLOSED' as const };
    await projectRooms(store, first);
    await projectRooms(store, { ...first, memberCount: 9 });
    await projectRooms(store, { ...first, stateSeq: asSeq(4), memberCount: 1 });
    expect(await store.directory.get(first.roomId)).toEqual(first);
    await projectRooms(store, next);
    await projectRooms(store, first);
    expect(await store.directory.get(first.roomId)).toEqual(next);
  });
};

/** What comes twice, late, or out of order. */
const describeRepeats = (subject: StoreUnderTest): void => {
  it('[S12] the newer of two updates in one call counts, whichever comes first', async () => {
    const { store } = subject;
    const older = groupRecord({ stateSeq: asSeq(3) });
    const newer = { ...older, stateSeq: asSeq(8), memberCount: 5 };
    await projectRooms(store, newer, older);
    expect(await store.directory.get(older.roomId)).toEqual(newer);
  });

  it('[S12] a list finds a room by what it became, and no longer by what it was', async () => {
    const { store } = subject;
    const ownerId = freshUser();
    const first = groupRecord({ ownerId, name: '부츠 모임' });
    await projectRooms(store, first);
    await projectRooms(store, { ...first, stateSeq: asSeq(9), name: '로퍼 모임' });
    const count = async (keyword: string): Promise<number> =>
      (await store.directory.list({ ownerId, keyword, sort: 'name', limit: 10 })).items.length;
    expect([await count('부츠'), await count('로퍼')]).toEqual([0, 1]);
  });

  it('[S8] [S12] a redaction counts even where the record is no news, and counts once', async () => {
    const { store } = subject;
    const room = freshRoom();
    await store.log.append(commitOf(messages(room, 1, 3)));
    const record = groupRecord({ roomId: room, stateSeq: asSeq(3) });
    await projectRooms(store, record);
    const late = {
      record: { ...record, stateSeq: asSeq(2) },
      members: [],
      redactions: [{ room, targetSeq: asSeq(1) }],
    };
    await store.projection.project([late], []);
    await store.projection.project([late], []);
    const read = await store.log.readAfter(room, asSeq(0), 10);
    expect(read.map((e) => [e.content === null, e.redacted])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it('[S12] an empty projection is nothing', async () => {
    await expect(subject.store.projection.project([], [])).resolves.toBeUndefined();
  });
};

const describeMembers = (subject: StoreUnderTest): void => {
  it('[S13] a member advances by a greater stateSeq only, whatever the room does', async () => {
    const { store } = subject;
    const room = groupRecord({ stateSeq: asSeq(4) });
    const joined = memberRecord({ room: room.roomId, stateSeq: asSeq(4) });
    const left: MemberRecord = { ...joined, status: 'left', stateSeq: asSeq(6) };
    await store.projection.project([update(room, [joined])], []);
    await store.projection.project([update({ ...room, stateSeq: asSeq(9) }, [{ ...joined, name: '다른 이름' }])], []);
    expect(await store.memberships.get(room.roomId, joined.user)).toEqual(joined);
    await store.projection.project([update(room, [left])], []);
    await store.projection.project([update(room, [joined])], []);
    expect(await store.memberships.get(room.roomId, joined.user)).toEqual(left);
  });

  it('[S13] of one user in one call the newer record counts', async () => {
    const { store } = subject;
    const joined = memberRecord({ room: freshRoom(), stateSeq: asSeq(2) });
    const kicked: MemberRecord = { ...joined, status: 'kicked', stateSeq: asSeq(3) };
    await store.projection.project([update(groupRecord({ roomId: joined.room }), [joined, kicked, joined])], []);
    expect(await store.memberships.get(joined.room, joined.user)).toEqual(kicked);
  });
};

const describeIntents = (subject: StoreUnderTest): void => {
  const openIds = async (): Promise<readonly string[]> =>
    (await subject.store.projection.openIntents()).map((intent) => intent.id);
  const closing = (room: RoomId) => closedEntry({ room, seq: 1 });

  it('[S14] an intent is open from its append until it is settled', async () => {
    const { log, projection } = subject.store;
    const [a, b] = [freshRoom(), freshRoom()];
    const [one, two] = [intentOf(a, b), intentOf(b)];
    await log.append(commitOf([closing(a), closing(b)], [one, two]));
    const open = await projection.openIntents();
    expect(open).toContainEqual(one);
    expect(open).toContainEqual(two);

    await projection.project([update(groupRecord({ roomId: a }))], [one.id]);
    expect(await openIds()).not.toContain(one.id);
    expect(await openIds()).toContain(two.id);
    await projection.project([], [two.id]);
    expect(await openIds()).not.toContain(two.id);
  });

  it('[S14] settling twice, or what never was, is nothing', async () => {
    const { projection } = subject.store;
    const before = await openIds();
    await projection.project([], ['intent-unknown']);
    await projection.project([], ['intent-unknown']);
    expect(await openIds()).toEqual(before);
  });
};

const describeDurability = (subject: StoreUnderTest): void => {
  it('[S10] rooms, members and redactions are there after the store was opened again', async () => {
    const room = freshRoom();
    const record = groupRecord({ roomId: room, stateSeq: asSeq(3), name: '등산화 모임' });
    const member = memberRecord({ room, stateSeq: asSeq(3) });
    await subject.store.log.append(commitOf(messages(room, 1, 2)));
    await subject.store.projection.project(
      [{ record, members: [member], redactions: [{ room, targetSeq: asSeq(2) }] }],
      [],
    );
    await subject.reopen();
    const { store } = subject;
    expect(await store.directory.get(room)).toEqual(record);
    expect(await store.memberships.get(room, member.user)).toEqual(member);
    expect((await store.log.readAfter(room, asSeq(0), 9)).map((e) => e.redacted)).toEqual([false, true]);
    await projectRooms(store, { ...record, stateSeq: asSeq(2) });
    expect(await store.directory.get(room)).toEqual(record);
  });
};
