import { compareCodePoints, decodeTextCursor, encodeCursor } from '../cursor.js';
import type { ProductId, TagId } from '../ids.js';
import type { ClusterRecord, Deployment, Product, Products, Tag, Tags } from '../ports/catalogue.js';
import type { Page } from '../ports/directory.js';
import { nameMatches, searchKeyword } from '../search-terms.js';
import type { Random } from '../ports/runtime.js';
import type { Lifecycle } from './lifecycle.js';
import { pageOf, type PageOrder } from './paging.js';

const PRODUCT_SORT = 'product';
/** There is nothing to migrate in memory. */
const MEMORY_SCHEMA = 1;

export class MemoryProducts implements Products {
  readonly #lifecycle: Lifecycle;
  readonly #products = new Map<ProductId, Product>();

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  async get(id: ProductId): Promise<Product | null> {
    this.#lifecycle.check();
    return this.#products.get(id) ?? null;
  }

  async put(product: Product): Promise<void> {
    this.#lifecycle.check();
    this.#products.set(product.productId, product);
  }

  async list(keyword: string, cursor: string | null, limit: number): Promise<Page<Product>> {
    this.#lifecycle.check();
    const order = productOrder(cursor);
    const wanted = searchKeyword(keyword);
    const matching = [...this.#products.values()].filter((product) => nameMatches(product.name, wanted));
    return pageOf(matching, order, limit);
  }
}

const productOrder = (cursor: string | null): PageOrder<Product> => {
  const from = cursor === null ? null : decodeTextCursor(PRODUCT_SORT, cursor);
  return {
    compare: (a, b) => compareCodePoints(a.productId, b.productId),
    isBehind: (product) => from === null || compareCodePoints(from.key, product.productId) < 0,
    cursorOf: (product) => encodeCursor(PRODUCT_SORT, product.productId, product.productId),
  };
};

export class MemoryTags implements Tags {
  readonly #lifecycle: Lifecycle;
  readonly #tags = new Map<TagId, Tag>();

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  async all(): Promise<readonly Tag[]> {
    this.#lifecycle.check();
    return this.tree().toSorted((a, b) => compareCodePoints(a.id, b.id));
  }

  async put(tag: Tag): Promise<void> {
    this.#lifecycle.check();
    this.#tags.set(tag.id, tag);
  }

  /** For the room directory, in no order. */
  tree(): readonly Tag[] {
    return [...this.#tags.values()];
  }
}

export class MemoryDeployment implements Deployment {
  readonly #random: Random;
  readonly #lifecycle: Lifecycle;
  #record: ClusterRecord | null = null;
  #key: string | null = null;
  #epoch = 0;

  constructor(random: Random, lifecycle: Lifecycle) {
    this.#random = random;
    this.#lifecycle = lifecycle;
  }

  async clusterRecord(shards: number, hash: string): Promise<ClusterRecord> {
    this.#lifecycle.check();
    this.#record ??= { generation: this.#random.id(), shards, hash, schema: MEMORY_SCHEMA };
    return this.#record;
  }

  async generation(): Promise<string | null> {
    this.#lifecycle.check();
    return this.#record?.generation ?? null;
  }

  async beginGeneration(shards: number, hash: string): Promise<ClusterRecord> {
    this.#lifecycle.check();
    this.#record = { generation: this.#random.id(), shards, hash, schema: MEMORY_SCHEMA };
    return this.#record;
  }

  async keyFingerprint(mine: string): Promise<string> {
    this.#lifecycle.check();
    this.#key ??= mine;
    return this.#key;
  }

  async nextEpoch(): Promise<number> {
    this.#lifecycle.check();
    return ++this.#epoch;
  }
}
