/** Lists and the catalogue over REST on the started product: pages, tags, products, the demo sign-in. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN, type Page, type RoomBody, SELLER, type WireCall, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open({ args: ['--demo'] });
}, 60_000);
afterAll(() => shop.close());

const keys = (value: object | undefined): string[] => Object.keys(value ?? {});
/** Every item of a list, by its pages; at most `limit` each. */
const walk = async <T>(path: string, as: WireCall['as'], limit: number): Promise<T[][]> => {
  const pages: T[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more = `${path.includes('?') ? '&' : '?'}limit=${String(limit)}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: Page<T> = await shop.data<Page<T>>('GET', `${path}${more}`, as === undefined ? {} : { as });
    expect(keys(page).sort()).toEqual(['items', 'nextCursor']);
    pages.push([...page.items]);
    cursor = page.nextCursor;
  }
  return pages;
};

describe('lists', () => {
  it('[H9] page by limit and cursor without a gap or a repeat; a bad one is 400', async () => {
    const owner = shop.fresh('owner');
    const rooms: string[] = [];
    for (let i = 0; i < 5; i += 1) rooms.push(await shop.group(owner));
    for (const path of ['/api/chat/rooms', '/api/chat/group/owner', '/api/chat/group/search?isMine=true']) {
      const pages = await walk<RoomBody>(path, owner, 2);
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
      expect(pages.flat().map(({ roomId }) => roomId)).toEqual(rooms.toReversed());
      for (const bad of [
        'limit=0',
        'limit=101',
        'limit=x',
        'limit=-1',
        'cursor=nonsense',
        'limit=5&cursor=',
        'cursor=e30',
      ]) {
        const answer = await shop.outcome('GET', `${path}${path.includes('?') ? '&' : '?'}${bad}`, { as: owner });
        expect([path, bad, ...answer]).toEqual([path, bad, 400, 'bad-request']);
      }
    }
  });

  it('[H9] the predecessor’s lists answer an array of the newest 100, and X-Next-Cursor', async () => {
    const owner = shop.fresh('owner');
    const name = shop.fresh('많은 방');
    for (let i = 0; i < 102; i += 1) await shop.group(owner, [], { chatName: `${name} ${String(i)}` });
    for (const path of ['/api/chat/group/owner', `/api/chat/group/search?keyword=${encodeURIComponent(name)}`]) {
      const answer = await shop.call<RoomBody[]>('GET', path, { as: owner });
      expect(answer.body.data).toHaveLength(100);
      const cursor = encodeURIComponent(answer.headers.get('x-next-cursor') ?? 'none');
      const rest = await shop.data<Page<RoomBody>>('GET', `${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`, {
        as: owner,
      });
      expect([rest.items.length, rest.nextCursor]).toEqual([2, null]);
      const all = [...answer.body.data, ...rest.items].map((room) => room.name);
      expect(new Set(all).size).toBe(102);
    }
    const few = await shop.call<RoomBody[]>('GET', '/api/chat/one-to-one', { as: owner });
    expect([few.body.data, few.headers.get('x-next-cursor')]).toEqual([[], null]);
  });
});

describe('the catalogue', () => {
  it('[H20] the tag tree is flat and whole, two levels, and an admin’s to change', async () => {
    interface Tag {
      readonly id: string;
      readonly code: string;
      readonly nameKo: string;
      readonly parentId: string | null;
    }
    const tags = await shop.data<Tag[]>('GET', '/api/tags', { as: 'u' });
    for (const tag of tags) expect(keys(tag)).toEqual(['id', 'code', 'nameKo', 'nameEn', 'parentId']);
    const parents = tags.filter(({ parentId }) => parentId === null);
    expect(parents.map(({ nameKo }) => nameKo).toSorted()).toEqual(['남성', '남여공용', '아동', '여성']);
    for (const { parentId } of tags) if (parentId !== null) expect(parents.map(({ id }) => id)).toContain(parentId);
    expect(tags.find(({ code }) => code === 'M_SNEAKERS')?.nameKo).toBe('스니커즈');
    const id = shop.fresh('tag');
    const body = { code: 'M_CLOGS', nameKo: '나막신', nameEn: 'Clogs', parentId: parents[0]?.id };
    expect(await shop.outcome('PUT', `/api/tags/${id}`, { as: 'u', body })).toEqual([403, 'forbidden']);
    expect(await shop.data('PUT', `/api/tags/${id}`, { as: ADMIN, body })).toEqual({ id, ...body });
    const below = { ...body, parentId: id };
    expect(await shop.outcome('PUT', `/api/tags/${shop.fresh('tag')}`, { as: ADMIN, body: below })).toEqual([
      400,
      'bad-request',
    ]);
    expect(
      await shop.outcome('PUT', `/api/tags/${shop.fresh('tag')}`, { as: ADMIN, body: { ...body, parentId: 'none' } }),
    ).toEqual([400, 'bad-request']);
    expect(await shop.data<Tag[]>('GET', '/api/tags', { as: 'u' })).toHaveLength(tags.length + 1);
  });

  it('[H21] a product is an admin’s to make; its seller may change all but sellerId', async () => {
    const id = shop.fresh('shoe');
    const path = `/api/products/${id}`;
    const body = { name: '한강 러너', price: 0, imageUrl: 'https://img.example/1.png', sellerId: SELLER.sub };
    expect(await shop.outcome('GET', path, { as: 'u' })).toEqual([404, 'PROD_01']);
    expect(await shop.outcome('PUT', path, { as: SELLER, body })).toEqual([403, 'forbidden']);
    expect(await shop.data('PUT', path, { as: ADMIN, body })).toEqual({ productId: id, ...body });
    expect(await shop.data('GET', path, { as: 'u' })).toEqual({ productId: id, ...body });
    const { sellerId, ...rest } = { ...body, price: 10 };
    expect(await shop.outcome('PUT', path, { as: SELLER, body: rest })).toEqual([200, 'success']);
    expect(await shop.outcome('PUT', path, { as: SELLER, body: { ...rest, sellerId: 'another' } })).toEqual([
      403,
      'forbidden',
    ]);
    expect(await shop.outcome('PUT', path, { as: { sub: 'x', role: 'seller', shop: sellerId }, body: rest })).toEqual([
      200,
      'success',
    ]);
    expect(await shop.outcome('PUT', path, { as: { sub: 'x', role: 'seller' }, body: rest })).toEqual([
      403,
      'forbidden',
    ]);
    for (const bad of [
      { price: -1 },
      { price: 1.5 },
      { price: '10' },
      { imageUrl: 'http://img.example/1.png' },
      { name: '' },
    ]) {
      expect(await shop.outcome('PUT', path, { as: ADMIN, body: { ...body, ...bad } })).toEqual([400, 'bad-request']);
    }
    expect(await shop.data('GET', path, { as: 'u' })).toEqual({ productId: id, ...body, price: 10 });
  });

  it('[H9, H21] products are listed by a part of their name, in pages', async () => {
    const word = shop.fresh('Runner');
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push(await shop.shoe({ name: `${word} ${String(i)}` }));
    const pages = await walk<{ productId: string }>(`/api/products?keyword=${word.toLowerCase()}`, 'u', 2);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(
      pages
        .flat()
        .map(({ productId }) => productId)
        .toSorted(),
    ).toEqual(ids.toSorted());
  });

  it('[H22] the demo sign-in names people and gives their tokens, to loopback only', async () => {
    const people = await shop.data<{ sub: string }[]>('GET', '/api/demo/people');
    const [person] = people;
    const { token } = await shop.data<{ token: string }>('POST', '/api/demo/token', { body: { sub: person?.sub } });
    expect(await shop.outcome('GET', '/api/chat/rooms', { headers: { authorization: `Bearer ${token}` } })).toEqual([
      200,
      'success',
    ]);
    expect(await shop.outcome('POST', '/api/demo/token', { body: { sub: 'nobody' } })).toEqual([404, 'AUTH_01']);
    const foreign = { origin: 'https://evil.example' };
    expect(await shop.outcome('GET', '/api/demo/people', { headers: foreign })).toEqual([403, 'forbidden']);
  });
});
