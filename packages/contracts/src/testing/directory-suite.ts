import { beforeAll, describe, expect, it } from 'vitest';
import { asRoomId, asUserId, type RoomId, type TagId } from '../ids.js';
import type { RoomQuery, RoomRecord } from '../ports/directory.js';
import type { Store } from '../ports/store.js';
import { describeDirectoryModel } from './directory-model.js';
import { describeRoomPaging } from './directory-paging-suite.js';
import { fresh, freshTag, freshUser, groupRecord, inquiryRecord, memberRecord, tagOf } from './fixtures.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

/** The contract of `RoomDirectory.list`: what is found, in which order, page by page. */
export const describeRoomDirectory = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: RoomDirectory`, factory, (subject) => {
    describeConditions(subject);
    describeKeywords(subject);
    describeTags(subject);
    describeRoomPaging(subject);
    describeDirectoryModel(subject);
  });
};

const projectRooms = (store: Store, records: readonly RoomRecord[]): Promise<void> =>
  store.projection.project(
    records.map((record) => ({ record, members: [], redactions: [] })),
    [],
  );

const describeConditions = (subject: StoreUnderTest): void => {
  describe('conditions', () => {
    const [owner, other, buyer, seller] = [freshUser(), freshUser(), freshUser(), freshUser()];
    const id = (name: string): RoomId => asRoomId(`${owner}-${name}`);
    const rooms: readonly RoomRecord[] = [
      groupRecord({ roomId: id('full'), ownerId: owner, memberCount: 3, maxParticipants: 3 }),
      groupRecord({ roomId: id('last-seat'), ownerId: owner, memberCount: 2, maxParticipants: 3 }),
      groupRecord({ roomId: id('closed'), ownerId: owner, memberCount: 1, status: 'CLOSED' }),
      groupRecord({ roomId: id('big'), ownerId: owner, memberCount: 500, maxParticipants: 1_000 }),
      groupRecord({ roomId: id('others'), ownerId: other }),
      inquiryRecord({ roomId: id('asked'), buyerId: buyer, sellerId: seller }),
      inquiryRecord({ roomId: id('asked-elsewhere'), buyerId: buyer, sellerId: other }),
      inquiryRecord({ roomId: id('answered'), buyerId: other, sellerId: seller, status: 'CLOSED' }),
    ];
    beforeAll(() => projectRooms(subject.store, rooms));

    it.each<[string, Omit<RoomQuery, 'sort' | 'limit'>, readonly string[]]>([
      ['owner', { ownerId: owner }, ['big', 'closed', 'full', 'last-seat']],
      ['owner and status', { ownerId: owner, status: 'CLOSED' }, ['closed']],
      ['at least so many members', { ownerId: owner, minMembers: 3 }, ['big', 'full']],
      ['at most so many members', { ownerId: owner, maxMembers: 2 }, ['closed', 'last-seat']],
      ['between two numbers of members', { ownerId: owner, minMembers: 2, maxMembers: 3 }, ['full', 'last-seat']],
      ['a range that holds none', { ownerId: owner, minMembers: 4, maxMembers: 3 }, []],
      ['space', { ownerId: owner, hasSpace: true }, ['big', 'closed', 'last-seat']],
      ['no space', { ownerId: owner, hasSpace: false }, ['full']],
      ['space, of inquiries', { sellerId: seller, hasSpace: true }, []],
      ['no space, of inquiries', { sellerId: seller, hasSpace: false }, []],
      ['buyer', { buyerId: buyer }, ['asked', 'asked-elsewhere']],
      ['seller', { sellerId: seller }, ['answered', 'asked']],
      ['buyer and seller', { buyerId: buyer, sellerId: seller }, ['asked']],
      ['seller and status', { sellerId: seller, status: 'OPENED' }, ['asked']],
      ['seller and type', { sellerId: seller, type: 'GROUP' }, []],
      ['owner and type', { ownerId: other, type: 'GROUP' }, ['others']],
      ['somebody unknown', { ownerId: asUserId('nobody-at-all') }, []],
    ])('[S15] %s', async (_, conditions, names) => {
      const { items } = await subject.store.directory.list({ ...conditions, sort: 'members', limit: 50 });
      expect(items.map((room) => room.roomId).sort()).toEqual(names.map(id));
      expect(items).toEqual(items.map((item) => rooms.find((room) => room.roomId === item.roomId)));
    });

    it('[S15] rooms in which a user is joined, not those that were left', async () => {
      const { store } = subject;
      const user = freshUser();
      const [joined, left, kicked] = [groupRecord(), groupRecord(), groupRecord()];
      const member = (record: RoomRecord, status: 'joined' | 'left' | 'kicked') => ({
        record,
        members: [memberRecord({ room: record.roomId, user, status })],
        redactions: [],
      });
      await store.projection.project([member(joined, 'joined'), member(left, 'left'), member(kicked, 'kicked')], []);
      const found = await store.directory.list({ memberId: user, sort: 'latest', limit: 50 });
      expect(found).toEqual({ items: [joined], nextCursor: null });
    });
  });
};

const NAMES = [
  '부츠 모임',
  '부산 스니커즈',
  '첼시부츠',
  'NIKE Air Max',
  'nike 에어',
  '100% 가죽',
  '100 가죽',
  'a_b',
  'aXb',
  "O'Neil",
  'say "hi"',
  'back\\slash',
  'star*name',
  'ＦＵＬＬ１２３',
  'ﬁlter',
  'Ångström',
  '👟 러닝',
  '👠 힐',
  'ABCABC',
];

/** A keyword, and which of the names hold it. */
const KEYWORDS: readonly (readonly [string, readonly string[]])[] = [
  ['부', ['부산 스니커즈', '부츠 모임', '첼시부츠']],
  ['부츠', ['부츠 모임', '첼시부츠']],
  ['츠 모', ['부츠 모임']],
  ['\u1107\u116e\u110e\u1173', ['부츠 모임', '첼시부츠']],
  ['nike', ['NIKE Air Max', 'nike 에어']],
  ['ＮＩＫＥ', ['NIKE Air Max', 'nike 에어']],
  ['%', ['100% 가죽']],
  ['100%', ['100% 가죽']],
  ['_', ['a_b']],
  ['a_b', ['a_b']],
  ["'", ["O'Neil"]],
  ["o'n", ["O'Neil"]],
  ['"hi"', ['say "hi"']],
  ['\\', ['back\\slash']],
  ['*', ['star*name']],
  ['full123', ['ＦＵＬＬ１２３']],
  ['file', []],
  ['fil', ['ﬁlter']],
  ['A\u030angstro\u0308m', ['Ångström']],
  ['👟', ['👟 러닝']],
  ['\u{1f45f} 러', ['👟 러닝']],
  ['bca', ['ABCABC']],
  ['abab', []],
  ['cabc', ['ABCABC']],
  ['없는 이름', []],
  ["'; DROP TABLE rooms; --", []],
];

const describeKeywords = (subject: StoreUnderTest): void => {
  describe('keywords', () => {
    const ownerId = freshUser();
    beforeAll(() =>
      projectRooms(
        subject.store,
        NAMES.map((name) => groupRecord({ ownerId, name })),
      ),
    );

    it.each(KEYWORDS)('[S18] %s', async (keyword, found) => {
      const { items } = await subject.store.directory.list({ ownerId, keyword, sort: 'name', limit: 50 });
      expect(items.map((room) => room.name).sort()).toEqual([...found].sort());
    });

    it.each(['', ' ', '\t\n', '\u3000'])('[S18] the blank keyword %j is no condition', async (keyword) => {
      const { items } = await subject.store.directory.list({ ownerId, keyword, sort: 'name', limit: 50 });
      expect(items).toHaveLength(NAMES.length);
    });

    it('[S18] a keyword holds together with the other conditions', async () => {
      const { directory } = subject.store;
      const elsewhere = { ownerId: freshUser(), keyword: '부츠', sort: 'name' as const, limit: 50 };
      expect((await directory.list(elsewhere)).items).toEqual([]);
      expect((await directory.list({ ...elsewhere, ownerId, status: 'CLOSED' })).items).toEqual([]);
    });
  });
};

const describeTags = (subject: StoreUnderTest): void => {
  describe('tags', () => {
    const ownerId = freshUser();
    const [men, women, boots, loafers, heels] = [freshTag(), freshTag(), freshTag(), freshTag(), freshTag()];
    beforeAll(async () => {
      const { store } = subject;
      for (const tag of [men, women]) await store.tags.put(tagOf(tag));
      await store.tags.put(tagOf(boots, men));
      await store.tags.put(tagOf(loafers, men));
      await store.tags.put(tagOf(heels, women));
      const room = (name: string, tags: readonly TagId[]): RoomRecord => groupRecord({ ownerId, name, tags });
      await projectRooms(store, [
        room('boots', [boots]),
        room('boots-heels', [boots, heels]),
        room('loafers', [loafers]),
        room('men', [men]),
        room('none', []),
      ]);
    });

    it.each<[string, readonly TagId[], 'any' | 'all' | undefined, readonly string[]]>([
      ['one tag', [boots], undefined, ['boots', 'boots-heels']],
      ['any of two', [loafers, heels], undefined, ['boots-heels', 'loafers']],
      ['any of two, said', [loafers, heels], 'any', ['boots-heels', 'loafers']],
      ['all of two', [boots, heels], 'all', ['boots-heels']],
      ['all of two that no room has', [loafers, heels], 'all', []],
      ['a parent means its children and itself', [men], undefined, ['boots', 'boots-heels', 'loafers', 'men']],
      ['any of parent and child', [women, loafers], 'any', ['boots-heels', 'loafers']],
      ['all of two parents', [men, women], 'all', ['boots-heels']],
      ['all of a parent and its child', [men, boots], 'all', ['boots', 'boots-heels']],
      ['a child does not mean its parent', [heels], undefined, ['boots-heels']],
      ['an unknown tag', [freshTag()], undefined, []],
      ['an unknown tag beside a known one, all', [freshTag(), boots], 'all', []],
      ['no tag', [], undefined, ['boots', 'boots-heels', 'loafers', 'men', 'none']],
      ['no tag, all', [], 'all', ['boots', 'boots-heels', 'loafers', 'men', 'none']],
    ])('[S19] %s', async (_, tagIds, tagMode, found) => {
      const mode = tagMode === undefined ? {} : { tagMode };
      const { items } = await subject.store.directory.list({ ownerId, tagIds, ...mode, sort: 'name', limit: 50 });
      expect(items.map((room) => room.name)).toEqual(found);
    });

    it('[S19] a tag that moves under another parent takes its rooms along', async () => {
      const { store } = subject;
      const [from, to, moving] = [freshTag(), freshTag(), freshTag()];
      const record = groupRecord({ name: fresh('moved '), tags: [moving] });
      const found = async (tag: TagId): Promise<number> =>
        (await store.directory.list({ tagIds: [tag], sort: 'name', limit: 5 })).items.length;
      for (const tag of [tagOf(from), tagOf(to), tagOf(moving, from)]) await store.tags.put(tag);
      await projectRooms(store, [record]);
      expect([await found(from), await found(to)]).toEqual([1, 0]);
      await store.tags.put(tagOf(moving, to));
      expect([await found(from), await found(to)]).toEqual([0, 1]);
    });
  });
};
