/** The search of group rooms on the started product: every condition, every sort, pages while rooms come and go. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RoomBody, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
const word = '검색';
const PATIENT = { timeout: 5_000, interval: 100 };
/** Names, capacity, members beside the owner, tag codes. */
const ROOMS = [
  ['가 검색', 2, 1, ['M_SNEAKERS']],
  ['나 검색 100%', 10, 2, ['M_BOOTS', 'W_BOOTS']],
  ["다 검색_'따옴표'", 10, 0, ['W_SANDALS']],
  ['라 검색 ABC', 10, 3, []],
  ['마 검색 closed', 10, 0, ['M_SNEAKERS']],
] as const;
const ids: string[] = [];

beforeAll(async () => {
  shop = await WireShop.open();
  const tags = await shop.data<{ id: string; code: string }[]>('GET', '/api/tags', { as: 'owner' });
  for (const [chatName, maxParticipants, members, codes] of ROOMS) {
    const guests = Array.from({ length: members }, (_, i) => `guest-${String(i)}`);
    const productCategoryId = codes.map((code) => tags.find((tag) => tag.code === code)?.id);
    ids.push(await shop.group('owner', guests, { chatName, maxParticipants, productCategoryId }));
  }
  await shop.data('PATCH', `/api/chat/group/close/${ids[4] ?? ''}`, { as: 'owner' });
}, 60_000);
afterAll(() => shop.close());

/** Numbers of ROOMS found, in the order of the answer. */
const found = async (query: Record<string, string>, as = 'guest-0'): Promise<number[]> => {
  const path = `/api/chat/group/search?${new URLSearchParams({ keyword: word, ...query }).toString()}`;
  const data = await shop.data<RoomBody[] | { items: RoomBody[] }>('GET', path, { as });
  return ('items' in data ? data.items : data).map(({ roomId }) => ids.indexOf(roomId));
};
const tag = async (code: string): Promise<string> => {
  const tags = await shop.data<{ id: string; code: string }[]>('GET', '/api/tags', { as: 'owner' });
  return tags.find((each) => each.code === code)?.id ?? code;
};

describe('conditions', () => {
  it('[H30, S18] a keyword is a substring in any case; %, _ and quotes mean themselves', async () => {
    expect(await found({ sort: 'name' })).toEqual([0, 1, 2, 3]);
    expect(await found({ keyword: '색', sort: 'name' })).toEqual([0, 1, 2, 3]);
    expect(await found({ keyword: 'abc' })).toEqual([3]);
    expect(await found({ keyword: 'ＡＢＣ' })).toEqual([3]);
    expect(await found({ keyword: '%' })).toEqual([1]);
    expect(await found({ keyword: '_' })).toEqual([2]);
    expect(await found({ keyword: "'" })).toEqual([2]);
    expect(await found({ keyword: '"' })).toEqual([]);
    expect(await found({ keyword: '검색'.normalize('NFD'), sort: 'name' })).toEqual([0, 1, 2, 3]);
    expect(await found({ keyword: '', sort: 'name' })).toEqual([0, 1, 2, 3]);
  });

  it('[H30] status is OPENED unless said', async () => {
    expect(await found({ status: 'CLOSED' })).toEqual([4]);
    expect(await found({ status: 'DELETED' })).toEqual([]);
  });

  it('[H30, S19] any of the tags, all of them by tagMode, a parent meaning its children', async () => {
    const [sneakers, boots, womensBoots, men, women] = await Promise.all(
      ['M_SNEAKERS', 'M_BOOTS', 'W_BOOTS', 'M', 'W'].map(tag),
    );
    const both = `${sneakers ?? ''},${boots ?? ''}`;
    expect(await found({ tagIds: both, sort: 'name' })).toEqual([0, 1]);
    expect(await found({ tagIds: both, tagMode: 'all' })).toEqual([]);
    expect(await found({ tagIds: `${boots ?? ''},${womensBoots ?? ''}`, tagMode: 'all' })).toEqual([1]);
    expect(await found({ tagIds: men ?? '', sort: 'name' })).toEqual([0, 1]);
    expect(await found({ tagIds: `${men ?? ''},${women ?? ''}`, sort: 'name' })).toEqual([0, 1, 2]);
    expect(await found({ tagIds: `${men ?? ''},${women ?? ''}`, tagMode: 'all' })).toEqual([1]);
    const path = `/api/chat/group/search?keyword=${encodeURIComponent(word)}&sort=name&tagIds=${sneakers ?? ''}&tagIds=${boots ?? ''}`;
    const repeated = await shop.data<RoomBody[]>('GET', path, { as: 'guest-0' });
    expect(repeated.map(({ roomId }) => ids.indexOf(roomId))).toEqual([0, 1]);
  });

  it('[H30, S15] members, space and mine', async () => {
    expect(await found({ minMembers: '3', sort: 'name' })).toEqual([1, 3]);
    expect(await found({ maxMembers: '2', sort: 'name' })).toEqual([0, 2]);
    expect(await found({ minMembers: '2', maxMembers: '3', sort: 'name' })).toEqual([0, 1]);
    expect(await found({ hasSpace: 'true', sort: 'name' })).toEqual([1, 2, 3]);
    expect(await found({ hasSpace: 'false' })).toEqual([0]);
    expect(await found({ isMine: 'true', sort: 'name' }, 'guest-2')).toEqual([3]);
    expect(await found({ isMine: 'false', sort: 'name' }, 'guest-2')).toEqual([0, 1, 2, 3]);
    expect(await found({ isMine: 'true' }, 'nobody')).toEqual([]);
  });

  it('[H30] what is no condition is bad-request', async () => {
    for (const query of [
      'status=OPEN',
      'sort=age',
      'tagMode=some',
      'isMine=maybe',
      'hasSpace=1',
      'minMembers=x',
      'maxMembers=-1',
    ]) {
      const { status, body } = await shop.call('GET', `/api/chat/group/search?${query}`, { as: 'u' });
      expect([query, status, body.code]).toEqual([query, 400, 'bad-request']);
    }
  });
});

describe('sorts and pages', () => {
  it('[S16] name goes up by code point, members and created go down, latest is the last message, else creation', async () => {
    expect(await found({ sort: 'name' })).toEqual([0, 1, 2, 3]);
    expect(await found({ sort: 'members' })).toEqual([3, 1, 0, 2]);
    expect(await found({ sort: 'created' })).toEqual([3, 2, 1, 0]);
    expect(await found({})).toEqual([3, 2, 1, 0]);
    await shop.data('POST', `/api/chat/messages/${ids[1] ?? ''}`, {
      as: 'owner',
      body: { type: 'TEXT', content: '최신' },
    });
    await vi.waitFor(async () => expect(await found({ sort: 'latest' })).toEqual([1, 3, 2, 0]), PATIENT);
  });

  it('[S16] code points count, not UTF-16 units: a full-width letter stands before an emoji', async () => {
    const key = shop.fresh('순서');
    for (const first of ['👟', 'ｚ', '가', 'z', 'Z']) await shop.group('owner', [], { chatName: `${first} ${key}` });
    const path = `/api/chat/group/search?sort=name&keyword=${encodeURIComponent(key)}`;
    const names = (await shop.data<RoomBody[]>('GET', path, { as: 'u' })).map(({ name }) => [...name][0]);
    expect(names).toEqual(['Z', 'z', '가', 'ｚ', '👟']);
  });

  it.each(['name', 'created'])(
    '[S17] by %s a room present throughout comes exactly once, while others come and go',
    async (sort) => {
      const key = shop.fresh(`쪽-${sort}`);
      const lasting: string[] = [];
      for (let i = 0; i < 9; i += 1)
        lasting.push(await shop.group('pager', [], { chatName: `${key} ${String(i)} 그대로` }));
      const seen: string[] = [];
      let cursor: string | null = null;
      let turn = 0;
      do {
        const query = new URLSearchParams({ keyword: key, sort, limit: '2', ...(cursor === null ? {} : { cursor }) });
        const page: { items: RoomBody[]; nextCursor: string | null } = await shop.data(
          'GET',
          `/api/chat/group/search?${query.toString()}`,
          { as: 'pager' },
        );
        seen.push(...page.items.map(({ roomId }) => roomId));
        cursor = page.nextCursor;
        const passing = await shop.group('pager', [], { chatName: `${key} ${String(turn)} 지나감` });
        if (turn % 2 === 1) await shop.data('PATCH', `/api/chat/group/close/${passing}`, { as: 'pager' });
        turn += 1;
      } while (cursor !== null && turn < 40);
      expect(seen.filter((roomId) => lasting.includes(roomId)).toSorted()).toEqual(lasting.toSorted());
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  it('[S20] a cursor of another sort is bad-request', async () => {
    const first = await shop.data<{ nextCursor: string }>('GET', '/api/chat/group/search?sort=name&limit=1', {
      as: 'u',
    });
    const path = `/api/chat/group/search?sort=members&limit=1&cursor=${encodeURIComponent(first.nextCursor)}`;
    const { status, body } = await shop.call('GET', path, { as: 'u' });
    expect([status, body.code]).toEqual([400, 'bad-request']);
  });
});
