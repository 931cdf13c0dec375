import { describe, expect, it } from 'vitest';
import { compareCodePoints, encodeCursor } from '../cursor.js';
import { MAX_CURSOR_LENGTH } from '../limits.js';
import { asRoomId, asSeq, type UserId } from '../ids.js';
import type { RoomQuery, RoomRecord, RoomSort } from '../ports/directory.js';
import type { Store } from '../ports/store.js';
import { NOW, fresh, freshUser, groupRecord } from './fixtures.js';
import type { StoreUnderTest } from './store-factory.js';

const SORTS: readonly RoomSort[] = ['latest', 'members', 'name', 'created'];
const MANY = 100;

/** Order and paging of `RoomDirectory.list`. */
export const describeRoomPaging = (subject: StoreUnderTest): void => {
  describe('order', () => describeOrder(subject));
  describe('pages', () => describePages(subject));
  describe('cursors', () => describeCursors(subject));
};

const projectRooms = (store: Store, ...records: readonly RoomRecord[]): Promise<void> =>
  store.projection.project(
    records.map((record) => ({ record, members: [], redactions: [] })),
    [],
  );

/** Rooms named by their last letter, of one owner. */
const idsOf = (records: readonly RoomRecord[]): string => records.map((room) => room.roomId.at(-1)).join('');

/** Every page of a query, one after the other. */
const allPages = async (store: Store, query: RoomQuery): Promise<readonly RoomRecord[]> => {
  const items: RoomRecord[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof store.directory.list>> = await store.directory.list(
      cursor === null ? query : { ...query, cursor },
    );
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    items.push(...page.items);
    cursor = page.nextCursor;
    expect(items.length, 'paging does not end').toBeLessThan(MANY);
  } while (cursor !== null);
  return items;
};

const describeOrder = (subject: StoreUnderTest): void => {
  it.each<[RoomSort, string]>([
    // d and e were said something in, and e last; the others count from their creation.
    ['latest', 'edcabf'],
    ['members', 'facedb'],
    ['name', 'bacfde'],
    ['created', 'cabdfe'],
  ])('[S16] %s, equals by id, in pages of any size', async (sort, order) => {
    const ownerId = freshUser();
    const room = (letter: string, parts: Partial<RoomRecord>): RoomRecord =>
      groupRecord({ roomId: asRoomId(`${ownerId}-${letter}`), ownerId, ...parts });
    const spoken = (time: number): Partial<RoomRecord> => ({
      lastMessage: '네',
      lastMessageSeq: asSeq(3),
      lastMessageTime: time,
    });
    await projectRooms(
      subject.store,
      room('f', { memberCount: 9, name: '가', createdAt: NOW }),
      room('a', { memberCount: 7, name: 'Zoo', createdAt: NOW + 5 }),
      room('b', { memberCount: 1, name: 'A', createdAt: NOW + 5 }),
      room('e', { memberCount: 3, name: '\u{1f45f}', createdAt: NOW - 1, ...spoken(NOW + 20) }),
      room('c', { memberCount: 7, name: 'a', createdAt: NOW + 6 }),
      room('d', { memberCount: 2, name: '\uff21', createdAt: NOW + 1, ...spoken(NOW + 10) }),
    );
    for (const limit of [1, 2, 3, 5, 6, 50]) {
      expect(idsOf(await allPages(subject.store, { ownerId, sort, limit }))).toBe(order);
    }
  });

  it.each(SORTS)('[S16] %s: rooms alike in everything come by id', async (sort) => {
    const ownerId = freshUser();
    const alike = ['c', 'a', 'e', 'b', 'd'].map((letter) =>
      groupRecord({ roomId: asRoomId(`${ownerId}-${letter}`), ownerId, name: 'same' }),
    );
    await projectRooms(subject.store, ...alike);
    for (const limit of [1, 2, 4, 5]) {
      expect(idsOf(await allPages(subject.store, { ownerId, sort, limit }))).toBe('abcde');
    }
  });

  it('[S16] capitals come before small letters, and what lies beyond U+FFFF last', async () => {
    const ownerId = freshUser();
    const names = ['부츠', 'boots', 'Boots', '\uffee', '\u{1f45f}', '1', '로퍼', 'é', 'z'];
    await projectRooms(subject.store, ...names.map((name) => groupRecord({ ownerId, name })));
    const listed = await allPages(subject.store, { ownerId, sort: 'name', limit: 2 });
    expect(listed.map((room) => room.name)).toEqual(names.toSorted(compareCodePoints));
  });
};

const describePages = (subject: StoreUnderTest): void => {
  const roomsOf = (ownerId: UserId, count: number, parts: (i: number) => Partial<RoomRecord>): readonly RoomRecord[] =>
    Array.from({ length: count }, (_, i) => groupRecord({ ownerId, ...parts(i) }));

  it.each<[number, boolean]>([
    [4, true],
    [5, false],
    [6, false],
  ])('[S17] of five rooms a page of %i has a next one: %s', async (limit, hasNext) => {
    const ownerId = freshUser();
    await projectRooms(subject.store, ...roomsOf(ownerId, 5, () => ({})));
    const page = await subject.store.directory.list({ ownerId, sort: 'name', limit });
    expect(page.nextCursor !== null).toBe(hasNext);
  });

  it('[S17] the page of an empty list is empty and the last', async () => {
    const empty = { items: [], nextCursor: null };
    expect(await subject.store.directory.list({ ownerId: freshUser(), sort: 'latest', limit: 5 })).toEqual(empty);
  });

  it.each<RoomSort>(['name', 'created'])(
    '[S17] %s: whoever was there throughout comes exactly once while rooms come, change and go',
    async (sort) => {
      const { store } = subject;
      const ownerId = freshUser();
      const place = (i: number): Partial<RoomRecord> => ({
        name: `방 ${String(i).padStart(3, '0')}`,
        createdAt: NOW + i,
      });
      const lasting = roomsOf(ownerId, 12, (i) => place(i * 10));
      const leaving = roomsOf(ownerId, 4, (i) => place(i * 30 + 5));
      await projectRooms(store, ...lasting, ...leaving);
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let round = 0; round === 0 || cursor !== null; round++) {
        const query = { ownerId, status: 'OPENED' as const, sort, limit: 3 };
        const page: Awaited<ReturnType<typeof store.directory.list>> = await store.directory.list(
          cursor === null ? query : { ...query, cursor },
        );
        seen.push(...page.items.map((room) => room.roomId));
        cursor = page.nextCursor;
        await disturb(store, ownerId, round, lasting, leaving, place);
        expect(round, 'paging does not end').toBeLessThan(MANY);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(lasting.map((room) => room.roomId)));
    },
  );

  /** New rooms before and behind every place, one closed, and the others spoken in. */
  const disturb = (
    store: Store,
    ownerId: UserId,
    round: number,
    lasting: readonly RoomRecord[],
    leaving: readonly RoomRecord[],
    place: (i: number) => Partial<RoomRecord>,
  ): Promise<void> => {
    const coming = roomsOf(ownerId, 4, (i) => place(i * 37 + round));
    const going = leaving.slice(round, round + 1).map((room) => ({ ...room, status: 'CLOSED' as const }));
    const spoken = lasting.map((room) => ({ ...room, memberCount: 2 + round, lastMessageTime: NOW + 1_000 + round }));
    const later = [...going, ...spoken].map((room) => ({ ...room, stateSeq: asSeq(10 + round) }));
    return round < 5 ? projectRooms(store, ...coming, ...later) : Promise.resolve();
  };
};

const describeCursors = (subject: StoreUnderTest): void => {
  it.each(SORTS)('[S20] %s takes only cursors of its own', async (sort) => {
    const { directory } = subject.store;
    const ownerId = freshUser();
    await projectRooms(subject.store, ...Array.from({ length: 3 }, () => groupRecord({ ownerId })));
    const { nextCursor } = await directory.list({ ownerId, sort, limit: 2 });
    expect(nextCursor).toMatch(/^[A-Za-z0-9_-]+$/);
    const key = sort === 'name' ? 7 : 'text';
    const bad = [
      ...['', '!!', 'bm90IGpzb24', '%', "' OR 1=1 --", 'x'.repeat(MAX_CURSOR_LENGTH + 1), fresh('cursor-')],
      `${nextCursor ?? ''}=`,
      `${nextCursor ?? ''} `,
      (nextCursor ?? '').slice(0, -3),
      Buffer.from('[]').toString('base64url'),
      Buffer.from('null').toString('base64url'),
      Buffer.from(JSON.stringify([sort, null, 'room'])).toString('base64url'),
      Buffer.from(JSON.stringify([sort, { $gt: '' }, 'room'])).toString('base64url'),
      encodeCursor(sort, key, 'room'),
    ];
    for (const cursor of bad) {
      await expect(directory.list({ sort, limit: 2, cursor }), cursor).rejects.toMatchObject({ code: 'bad-request' });
    }
    for (const other of SORTS.filter((s) => s !== sort)) {
      const query = { sort: other, limit: 2, cursor: nextCursor ?? '' };
      await expect(directory.list(query)).rejects.toMatchObject({ code: 'bad-request' });
    }
  });
};
