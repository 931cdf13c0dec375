import { expect, it } from 'vitest';
import { compareCodePoints } from '../cursor.js';
import type { Product } from '../ports/catalogue.js';
import { fresh, freshProduct, freshTag, productOf, tagOf } from './fixtures.js';
import { describeWithStore, type StoreFactory, type StoreUnderTest } from './store-factory.js';

const PARALLEL = 20;

/** The contract of `Products`. */
export const describeProducts = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: Products`, factory, (subject) => {
    it('[S27] a product reads as it was put, and a later one replaces it whole', async () => {
      const { products } = subject.store;
      const first = productOf({ name: `O'Neil 100%_\\ "부츠" 👟` });
      expect(await products.get(first.productId)).toBeNull();
      await products.put(first);
      expect(await products.get(first.productId)).toEqual(first);
      const next = productOf({ productId: first.productId, name: '로퍼', price: 0, imageUrl: null });
      await products.put(next);
      await products.put(next);
      expect(await products.get(first.productId)).toEqual(next);
    });

    describeProductLists(subject);

    if (!factory.durable) return;
    it('[S10] products and tags are there after the store was opened again', async () => {
      const [product, tag] = [productOf(), tagOf(freshTag())];
      await subject.store.products.put(product);
      await subject.store.tags.put(tag);
      await subject.reopen();
      expect(await subject.store.products.get(product.productId)).toEqual(product);
      expect(await subject.store.tags.all()).toContainEqual(tag);
    });
  });
};

const describeProductLists = (subject: StoreUnderTest): void => {
  it('[S27] [S18] products are listed by id in pages of any size, found by any part of their name', async () => {
    const { products } = subject.store;
    const mark = fresh('목록');
    const made = ['b', 'A', 'a', 'B', '1'].map((letter) =>
      productOf({ productId: freshProduct(), name: `${letter} 첼시${mark} 부츠` }),
    );
    for (const product of [...made.toReversed(), productOf()]) await products.put(product);
    const sorted = made.toSorted((a, b) => compareCodePoints(a.productId, b.productId));
    for (const limit of [1, 2, 5, 9]) expect(await listAll(`시${mark}`, limit)).toEqual(sorted);
    expect(await listAll(`B 첼시${mark}`, 9)).toEqual(sorted.filter((product) => /^b/i.test(product.name)));
    expect((await products.list(`${mark}없음`, null, 9)).items).toEqual([]);
    expect((await products.list(' ', null, 100)).items).toEqual(expect.arrayContaining(made));
  });

  it('[S27] a product that changes its name is found by the new one alone', async () => {
    const { products } = subject.store;
    const [before, after] = [fresh('옛날'), fresh('요즘')];
    const product = productOf({ name: before });
    await products.put(product);
    await products.put({ ...product, name: after });
    expect([(await listAll(before, 9)).length, (await listAll(after, 9)).length]).toEqual([0, 1]);
  });

  it('[S20] a cursor that is not of products is refused', async () => {
    for (const cursor of ['', 'rubbish!', Buffer.from('["name","a","b"]').toString('base64url')]) {
      await expect(subject.store.products.list('', cursor, 5)).rejects.toMatchObject({ code: 'bad-request' });
    }
  });

  const listAll = async (keyword: string, limit: number): Promise<readonly Product[]> => {
    const items: Product[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof subject.store.products.list>> = await subject.store.products.list(
        keyword,
        cursor,
        limit,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && items.length < 100);
    return items;
  };
};

/** The contract of `Tags`. */
export const describeTags = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: Tags`, factory, (subject) => {
    it('[S28] tags come by id, each as it was last put', async () => {
      const { tags } = subject.store;
      const parent = tagOf(freshTag());
      const child = { ...tagOf(freshTag(), parent.id), nameKo: "첼시'부츠 %", nameEn: 'Chelsea "boots"' };
      for (const tag of [child, parent, { ...parent, code: 'OLD' }, parent]) await tags.put(tag);
      const all = await tags.all();
      expect(all.filter((tag) => [parent.id, child.id].includes(tag.id))).toEqual([parent, child]);
      expect(all.map((tag) => tag.id)).toEqual(all.map((tag) => tag.id).toSorted(compareCodePoints));
    });
  });
};

/** The contract of `Deployment`. */
export const describeDeployment = (name: string, factory: StoreFactory): void => {
  describeWithStore(`${name}: Deployment`, factory, (subject) => {
    it('[S29] the cluster record is made once and stays', async () => {
      const { deployment } = subject.store;
      const asked = Array.from({ length: PARALLEL }, (_, i) => deployment.clusterRecord(64 + i, `hash-${String(i)}`));
      const [first, ...rest] = await Promise.all(asked);
      expect(first?.generation).toMatch(/^\S+$/);
      for (const record of rest) expect(record).toEqual(first);
      expect(await deployment.clusterRecord(7, 'another')).toEqual(first);
    });

    it('[S29] a new store makes its record as asked', async () => {
      const place = await factory.makePlace();
      const store = await place.open();
      expect(await store.deployment.generation()).toBeNull();
      const record = await store.deployment.clusterRecord(96, 'fnv');
      expect(record).toMatchObject({ shards: 96, hash: 'fnv' });
      expect(record.generation).not.toBe((await subject.store.deployment.clusterRecord(96, 'fnv')).generation);
      await store.close();
      await place.remove();
    });

    it('[S32] a new generation has another name and its own shards, and stays; epochs go on growing', async () => {
      const { deployment } = subject.store;
      const former = await deployment.clusterRecord(64, 'hash');
      const epoch = await deployment.nextEpoch();
      const record = await deployment.beginGeneration(96, 'hash');
      expect(record).toMatchObject({ shards: 96, hash: 'hash', schema: former.schema });
      expect(record.generation).not.toBe(former.generation);
      expect(await deployment.clusterRecord(64, 'hash')).toEqual(record);
      expect(await deployment.generation()).toBe(record.generation);
      expect(await deployment.nextEpoch()).toBeGreaterThan(epoch);
      expect((await deployment.beginGeneration(96, 'hash')).generation).not.toBe(record.generation);
    });

    it('[S33] the fingerprint of the first key is kept, also in a new generation', async () => {
      const { deployment } = subject.store;
      await deployment.clusterRecord(64, 'hash');
      const asked = await Promise.all(
        Array.from({ length: PARALLEL }, (_, i) => deployment.keyFingerprint(`key-${String(i)}`)),
      );
      expect(asked[0]).toMatch(/^key-\d+$/);
      expect(new Set(asked).size).toBe(1);
      await deployment.beginGeneration(96, 'hash');
      expect(await deployment.keyFingerprint('another')).toBe(asked[0]);
    });

    it('[S30] [I7] epochs grow strictly, in parallel calls too', async () => {
      const { deployment } = subject.store;
      const given = await Promise.all(Array.from({ length: PARALLEL }, () => deployment.nextEpoch()));
      expect(new Set(given).size).toBe(PARALLEL);
      expect(Math.min(...given)).toBeGreaterThan(0);
      expect(await deployment.nextEpoch()).toBeGreaterThan(Math.max(...given));
    });

    if (!factory.durable) return;
    it('[S29] [S30] [S33] [I7] the record stays and epochs go on growing after the store was opened again', async () => {
      const record = await subject.store.deployment.clusterRecord(64, 'hash');
      const epoch = await subject.store.deployment.nextEpoch();
      const key = await subject.store.deployment.keyFingerprint('key');
      await subject.reopen();
      expect(await subject.store.deployment.clusterRecord(128, 'other')).toEqual(record);
      expect(await subject.store.deployment.keyFingerprint('other')).toBe(key);
      expect(await subject.store.deployment.nextEpoch()).toBeGreaterThan(epoch);
    });
  });
};
