import { decodeTextCursor, encodeCursor, nameTerms, searchForm } from '@munova/contracts';
import type {
  ClusterRecord,
  Deployment,
  Page,
  Product,
  ProductId,
  Products,
  Random,
  Tag,
  TagId,
  Tags,
} from '@munova/contracts';
import type { Document } from './commands.js';
import type { Majority } from './majority.js';
import { keywordFilters, pageOf } from './room-query.js';
import { GENERATION_EPOCHS } from './limits.js';
import { MONGO_SCHEMA } from './schema.js';

const PRODUCT_SORT = 'product';
const BY_ID = { _id: 1 } as const;

export class MongoProducts implements Products {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async get(id: ProductId): Promise<Product | null> {
    const document = await this.#store.findOne('products', { _id: id });
    return document && productOf(document);
  }

  async put({ productId, ...product }: Product): Promise<void> {
    const found = { form: searchForm(product.name), terms: nameTerms(product.name) };
    await put(this.#store, 'products', productId, { ...product, ...found });
  }

  async list(keyword: string, cursor: string | null, limit: number): Promise<Page<Product>> {
    const after = cursor === null ? '' : decodeTextCursor(PRODUCT_SORT, cursor).key;
    const filter = { $and: [{ _id: { $gt: after } }, ...keywordFilters(keyword)] };
    const found = await this.#store.find('products', filter, { sort: BY_ID, limit: limit + 1 });
    return pageOf(found.map(productOf), limit, ({ productId }) => encodeCursor(PRODUCT_SORT, productId, productId));
  }
}

/** Documents are what `put` made. */
const productOf = (document: Document): Product => {
  const { _id, form: _form, terms: _terms, ...product } = document;
  return { productId: _id as ProductId, ...product } as unknown as Product;
};

export class MongoTags implements Tags {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async all(): Promise<readonly Tag[]> {
    const found = await this.#store.find('tags', {}, { sort: BY_ID });
    return found.map(({ _id, ...tag }) => ({ id: _id as TagId, ...tag }) as unknown as Tag);
  }

  async put({ id, ...tag }: Tag): Promise<void> {
    await put(this.#store, 'tags', id, tag);
  }
}

/** Of two that make it at once one finds it there, and replaces it. */
const put = async (
  store: Majority,
  collection: 'products' | 'tags',
  _id: string,
  fields: NonNullable<Parameters<Majority['update']>[2]['$set']>,
): Promise<void> => {
  const made = await store.update(collection, { _id }, { $set: fields }, { upsert: true });
  if (made === null) await store.update(collection, { _id }, { $set: fields });
};

export class MongoDeployment implements Deployment {
  readonly #store: Majority;
  readonly #random: Random;

  constructor(store: Majority, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  async clusterRecord(shards: number, hash: string): Promise<ClusterRecord> {
    const made = { $setOnInsert: { generation: this.#random.id(), shards, hash } };
    await this.#store.update('deployment', { _id: 'cluster' }, made, { upsert: true });
    return this.#record();
  }

  async generation(): Promise<string | null> {
    const document = await this.#store.findOne('deployment', { _id: 'cluster' });
    return (document?.['generation'] ?? null) as string | null;
  }

  async beginGeneration(shards: number, hash: string): Promise<ClusterRecord> {
    await this.#store.remove('nodes', {});
    await this.#freeShards(shards);
    // Last: whoever finds the new generation finds what it needs.
    const renewed = { $set: { generation: this.#random.id(), shards, hash } };
    await this.#store.update('deployment', { _id: 'cluster' }, renewed, { upsert: true });
    return this.#record();
  }

  /** A room may be of another shard than before, and a backup may know less of epochs than its logs do. */
  async #freeShards(shards: number): Promise<void> {
    const known = await this.#store.find('shards', {}, { fields: ['epoch'] });
    const epoch = Math.max(0, ...known.map((shard) => Number(shard['epoch']))) + GENERATION_EPOCHS;
    const ids = new Set([...known.map(({ _id }) => _id), ...Array.from({ length: shards }, (_, id) => id)]);
    const freed = { $set: { owner: null, needs: 1 }, $max: { epoch } };
    await this.#store.bulk(
      'shards',
      [...ids].map((_id) => ({ filter: { _id }, update: freed, upsert: true })),
    );
  }

  async keyFingerprint(mine: string): Promise<string> {
    // Null is also a field that is not there: records were kept without one.
    await this.#store.update('deployment', { _id: 'cluster', key: null }, { $set: { key: mine } });
    const document = await this.#store.findOne('deployment', { _id: 'cluster' });
    return document?.['key'] as string;
  }

  async #record(): Promise<ClusterRecord> {
    const document = await this.#store.findOne('deployment', { _id: 'cluster' });
    return {
      generation: document?.['generation'] as string,
      shards: Number(document?.['shards']),
      hash: document?.['hash'] as string,
      schema: MONGO_SCHEMA,
    };
  }

  async nextEpoch(): Promise<number> {
    const counted = { $inc: { epoch: 1 } };
    const document =
      (await this.#store.changed('deployment', { _id: 'epoch' }, counted, { upsert: true })) ??
      (await this.#store.changed('deployment', { _id: 'epoch' }, counted));
    return Number(document?.['epoch']);
  }
}
