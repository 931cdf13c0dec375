import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProductSchema, TagView } from '../../src/rest/schemas/views.js';
import { ADMIN, startHarness, tokenOf } from './harness.js';
import type { Harness } from './harness.js';

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
});
afterAll(() => api.close());

const WOMEN = { code: 'W', nameKo: '여성', nameEn: 'women', parentId: null };
const shoe = (more: object = {}) => ({ name: '첼시부츠', price: 129_000, imageUrl: null, sellerId: 'shop-1', ...more });
const putTag = (id: string, body: unknown, token = ADMIN) => api.call(`PUT /api/tags/${id}`, { token, body });
const putProduct = (id: string, body: unknown, token = ADMIN) => api.call(`PUT /api/products/${id}`, { token, body });

describe('[H20] tags', () => {
  it('are made and replaced by an admin', async () => {
    expect(await putTag('w', WOMEN)).toMatchObject({ status: 201, data: { id: 'w', ...WOMEN } });
    expect(await putTag('w', { ...WOMEN, nameEn: 'Women' })).toMatchObject({ status: 200, data: { nameEn: 'Women' } });
    const boots = { code: 'W_BOOTS', nameKo: '부츠', nameEn: 'boots', parentId: 'w' };
    expect(await putTag('w-boots', boots)).toMatchObject({ status: 201 });
    const all = await api.call('GET /api/tags');
    expect(TagView.array().parse(all.data)).toEqual([
      { id: 'w', ...WOMEN, nameEn: 'Women' },
      { id: 'w-boots', ...boots },
    ]);
  });

  it('are nobody else’s to change', async () => {
    for (const role of ['buyer', 'seller'] as const) {
      expect(await putTag('x', WOMEN, tokenOf('minji', role))).toMatchObject({ status: 403, code: 'forbidden' });
    }
  });

  it('have two levels and a parent that is there', async () => {
    await putTag('m', { ...WOMEN, code: 'M' });
    await putTag('m-boots', { ...WOMEN, code: 'M_BOOTS', parentId: 'm' });
    for (const [id, parentId] of [
      ['deep', 'm-boots'],
      ['orphan', 'nowhere'],
      ['self', 'self'],
      ['m', 'w'],
    ] as const) {
      expect(await putTag(id, { ...WOMEN, parentId }), id).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('are refused with a field missing, empty or too long', async () => {
    for (const bad of [
      { ...WOMEN, code: '' },
      { ...WOMEN, nameKo: undefined },
      { ...WOMEN, nameEn: 'x'.repeat(65) },
    ]) {
      expect(await putTag('bad', bad)).toMatchObject({ status: 400, code: 'bad-request' });
    }
    expect(await putTag('a%20b', WOMEN)).toMatchObject({ status: 400, code: 'bad-request' });
  });
});

describe('[H21] products', () => {
  it('are made by an admin and read by everybody', async () => {
    const made = await putProduct('p1', shoe());
    expect(made).toMatchObject({ status: 201, data: { productId: 'p1', ...shoe() } });
    const read = await api.call('GET /api/products/p1');
    expect(ProductSchema.parse(read.data)).toEqual({ productId: 'p1', ...shoe() });
    expect(await api.call('GET /api/products/none')).toMatchObject({ status: 404, code: 'PROD_01' });
    expect(await api.call('GET /api/products/not%20one')).toMatchObject({ status: 404, code: 'PROD_01' });
  });

  it('are replaced by their seller or an agent of the shop, but for sellerId', async () => {
    await putProduct('p2', shoe());
    const agent = tokenOf('hana', 'seller', { shop: 'shop-1' });
    const { sellerId: _, ...rest } = shoe({ price: 99_000 });
    expect(await putProduct('p2', rest, agent)).toMatchObject({
      status: 200,
      data: { price: 99_000, sellerId: 'shop-1' },
    });
    expect(await putProduct('p2', shoe({ name: '부츠' }), tokenOf('shop-1', 'seller'))).toMatchObject({ status: 200 });
    const taken = await putProduct('p2', shoe({ sellerId: 'hana' }), agent);
    expect(taken).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await putProduct('p2', shoe({ sellerId: 'shop-2' }))).toMatchObject({
      status: 200,
      data: { sellerId: 'shop-2' },
    });
  });

  it('are nobody else’s to make or change', async () => {
    await putProduct('p3', shoe());
    for (const token of [
      tokenOf('minji'),
      tokenOf('rival', 'seller'),
      tokenOf('shop-1', 'seller', { shop: 'shop-9' }),
    ]) {
      expect(await putProduct('p3', shoe(), token)).toMatchObject({ status: 403, code: 'forbidden' });
    }
    const seller = tokenOf('shop-1', 'seller');
    expect(await putProduct('p-new', shoe(), seller)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('have an integer price, an https image or none, and a name', async () => {
    for (const bad of [
      shoe({ price: -1 }),
      shoe({ price: 1.5 }),
      shoe({ price: '1000' }),
      shoe({ price: null }),
      shoe({ imageUrl: 'http://img.example/a.jpg' }),
      shoe({ imageUrl: 'javascript:alert(1)' }),
      shoe({ imageUrl: 'https://user:pass@img.example/' }),
      shoe({ name: '' }),
      shoe({ name: 'a\u0000b' }),
      shoe({ sellerId: 'not one' }),
      shoe({ sellerId: undefined }),
    ]) {
      expect(await putProduct('p-bad', bad), JSON.stringify(bad)).toMatchObject({ status: 400, code: 'bad-request' });
    }
    expect(await putProduct('p4', shoe({ imageUrl: 'https://img.example/a.jpg' }))).toMatchObject({ status: 201 });
  });

  it('are listed by a part of their name, a page at a time', async () => {
    for (const i of [1, 2, 3]) await putProduct(`loafer-${String(i)}`, shoe({ name: `로퍼 100% ${String(i)}` }));
    const keyword = encodeURIComponent('퍼 100%');
    const first = (await api.call(`GET /api/products?keyword=${keyword}&limit=2`)).data as Page;
    expect(first.items.map((p) => p.productId)).toEqual(['loafer-1', 'loafer-2']);
    const cursor = encodeURIComponent(first.nextCursor ?? '');
    const second = (await api.call(`GET /api/products?keyword=${keyword}&limit=2&cursor=${cursor}`)).data as Page;
    expect(second).toMatchObject({ items: [{ productId: 'loafer-3' }], nextCursor: null });
    expect(await api.call('GET /api/products?cursor=nonsense')).toMatchObject({ status: 400, code: 'bad-request' });
  });
});

interface Page {
  readonly items: readonly { readonly productId: string }[];
  readonly nextCursor: string | null;
}
