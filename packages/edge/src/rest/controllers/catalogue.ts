import { Controller, Inject } from '@nestjs/common';
import { ChatError, sellerOf } from '@munova/contracts';
import type { Actor, Product, Tag, TagId, UserId } from '@munova/contracts';
import { created, ok } from '../answer.js';
import type { Answer } from '../answer.js';
import { DEPS } from '../deps.js';
import type { HttpApiDeps } from '../deps.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import { page } from '../pages.js';
import * as ops from '../schemas/catalogue.js';

@Controller()
export class CatalogueController {
  readonly #deps: HttpApiDeps;

  constructor(@Inject(DEPS) deps: HttpApiDeps) {
    this.#deps = deps;
  }

  @Handles(ops.listTags)
  async tags(): Promise<Answer> {
    return ok((await this.#deps.store.tags.all()).map(tagView));
  }

  @Handles(ops.putTag)
  async putTag(@Call() { actor, params, body }: CallOf<typeof ops.putTag>): Promise<Answer> {
    if (actor.role !== 'admin') throw new ChatError('forbidden');
    const { tags } = this.#deps.store;
    const tag: Tag = { id: params.id, ...body, parentId: body.parentId ?? null };
    const before = await tags.all();
    expectTwoLevels(before, tag.id, tag.parentId);
    await tags.put(tag);
    await this.#deps.views.tags.reload();
    return before.some(({ id }) => id === tag.id) ? ok(tagView(tag)) : created(tagView(tag));
  }

  @Handles(ops.listProducts)
  products(@Call() { query }: CallOf<typeof ops.listProducts>): Promise<Answer> {
    const { products } = this.#deps.store;
    return page(
      query,
      ({ cursor, limit }) => products.list(query.keyword ?? '', cursor ?? null, limit),
      (found) => found.map(productView),
    );
  }

  @Handles(ops.getProduct)
  async product(@Call() { params }: CallOf<typeof ops.getProduct>): Promise<Answer> {
    const product = await this.#deps.store.products.get(params.id);
    if (product === null) throw new ChatError('PROD_01');
    return ok(productView(product));
  }

  @Handles(ops.putProduct)
  async putProduct(@Call() { actor, params, body }: CallOf<typeof ops.putProduct>): Promise<Answer> {
    const { products } = this.#deps.store;
    const before = await products.get(params.id);
    const product: Product = {
      productId: params.id,
      name: body.name,
      price: body.price,
      imageUrl: body.imageUrl ?? null,
      sellerId: sellerFor(actor, before, body.sellerId ?? null),
    };
    await products.put(product);
    return before === null ? created(productView(product)) : ok(productView(product));
  }
}

/** @throws {ChatError} `forbidden`, `bad-request` */
const sellerFor = (actor: Actor, before: Product | null, given: UserId | null): UserId => {
  if (actor.role !== 'admin') {
    const own = before !== null && before.sellerId === sellerOf(actor);
    if (!own || (given !== null && given !== before.sellerId)) throw new ChatError('forbidden');
  }
  const sellerId = given ?? before?.sellerId;
  if (sellerId === undefined) throw new ChatError('bad-request', 'sellerId: is needed for a new product');
  return sellerId;
};

/** @throws {ChatError} `bad-request` */
const expectTwoLevels = (tags: readonly Tag[], id: TagId, parentId: TagId | null): void => {
  if (parentId === null) return;
  const parent = tags.find((tag) => tag.id === parentId);
  if (parent === undefined) throw new ChatError('bad-request', `parentId: there is no tag ${parentId}`);
  if (parent.parentId !== null || parent.id === id || tags.some((tag) => tag.parentId === id)) {
    throw new ChatError('bad-request', 'parentId: the tree has two levels');
  }
};

const tagView = ({ id, code, nameKo, nameEn, parentId }: Tag): Tag => ({ id, code, nameKo, nameEn, parentId });

const productView = ({ productId, name, price, imageUrl, sellerId }: Product): Product => ({
  productId,
  name,
  price,
  imageUrl,
  sellerId,
});
