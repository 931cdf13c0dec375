import { Controller, Inject } from '@nestjs/common';
import { asUserId, ChatError, inquiryRoomId, sellerOf } from '@munova/contracts';
import { created, ok } from '../answer.js';
import type { Answer } from '../answer.js';
import { DEPS } from '../deps.js';
import type { HttpApiDeps } from '../deps.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import { list } from '../pages.js';
import { RoomDesk } from '../room-desk.js';
import * as ops from '../schemas/rooms.js';

@Controller()
export class InquiryController {
  readonly #deps: HttpApiDeps;
  readonly #desk: RoomDesk;

  constructor(@Inject(DEPS) deps: HttpApiDeps, @Inject(RoomDesk) desk: RoomDesk) {
    this.#deps = deps;
    this.#desk = desk;
  }

  @Handles(ops.createInquiry)
  async create(@Call() { actor, params, key }: CallOf<typeof ops.createInquiry>): Promise<Answer> {
    const product = await this.#deps.store.products.get(params.productId);
    if (product === null) throw new ChatError('PROD_01');
    if (sellerOf(actor) === product.sellerId) throw new ChatError('CHAT_11');
    const room = inquiryRoomId(this.#deps.deploymentKey, product.productId, actor.id);
    await this.#desk.expectPlaceFor(actor, room);
    const { productId, name: productName, sellerId } = product;
    const effect = await this.#desk.call({
      kind: 'create-inquiry',
      room,
      actor,
      cmid: this.#desk.cmid(key),
      body: { productId, productName, sellerId },
      // The caller named the product only: a retry stays one when the catalogue has changed meanwhile.
      asked: { productId, productName: '', sellerId: asUserId('') },
    });
    const view = await this.#desk.view(room);
    return effect.status === 'logged' && effect.kind === 'created' ? created(view) : ok(view);
  }

  @Handles(ops.listMyInquiries)
  mine(@Call() { actor, query }: CallOf<typeof ops.listMyInquiries>): Promise<Answer> {
    const { directory } = this.#deps.store;
    return list(
      query,
      (page) => directory.list({ type: 'ONE_ON_ONE', buyerId: actor.id, status: 'OPENED', sort: 'latest', ...page }),
      (rooms) => this.#deps.views.rooms.mine(actor.id, rooms),
    );
  }

  @Handles(ops.listSellerInquiries)
  sellers(@Call() { actor, query }: CallOf<typeof ops.listSellerInquiries>): Promise<Answer> {
    const { directory } = this.#deps.store;
    return list(
      query,
      (page) => directory.list({ type: 'ONE_ON_ONE', sellerId: sellerOf(actor), sort: 'latest', ...page }),
      (rooms) => this.#deps.views.rooms.mine(actor.id, rooms),
    );
  }

  @Handles(ops.closeInquiry)
  async close(@Call() { actor, params, key }: CallOf<typeof ops.closeInquiry>): Promise<Answer> {
    const change = { kind: 'close', room: params.roomId, actor, key, body: {} } as const;
    return ok(await this.#desk.change('ONE_ON_ONE', change));
  }

  @Handles(ops.openInquiry)
  async open(@Call() { actor, params, key }: CallOf<typeof ops.openInquiry>): Promise<Answer> {
    const change = { kind: 'open', room: params.roomId, actor, key, body: {} } as const;
    return ok(await this.#desk.change('ONE_ON_ONE', change));
  }
}
