import { Controller, Inject } from '@nestjs/common';
import { BEFORE_FIRST, LEGACY_LIST_MAX, LIST_LIMIT_DEFAULT } from '@munova/contracts';
import type { PageBounds, Seq } from '@munova/contracts';
import { created, ok } from '../answer.js';
import type { Answer } from '../answer.js';
import { checked } from '../../inbound/message-body.js';
import { DEPS } from '../deps.js';
import type { HttpApiDeps } from '../deps.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import { RoomDesk } from '../room-desk.js';
import { history, redactMessage, sendMessage } from '../schemas/messages.js';

const boundsOf = (before: Seq | undefined, after: Seq | undefined): PageBounds => {
  if (before !== undefined) return { before };
  return after === undefined ? { newest: true } : { after };
};

@Controller()
export class MessageController {
  readonly #deps: HttpApiDeps;
  readonly #desk: RoomDesk;

  constructor(@Inject(DEPS) deps: HttpApiDeps, @Inject(RoomDesk) desk: RoomDesk) {
    this.#deps = deps;
    this.#desk = desk;
  }

  @Handles(history)
  async history(@Call() { actor, params, query }: CallOf<typeof history>): Promise<Answer> {
    const { store, views, generation } = this.#deps;
    const { before, after, limit } = query;
    const room = params.roomId;
    await this.#desk.access.readable(room, actor);
    const bare = before === undefined && after === undefined && limit === undefined;
    const size = limit ?? (bare ? LEGACY_LIST_MAX : LIST_LIMIT_DEFAULT);
    const entries = await store.log.readPage(room, boundsOf(before, after), size);
    const items = entries.map((entry) => views.entries.view(entry));
    if (bare) return ok(items);
    // Read behind the page, so that no item is beyond it.
    const head = (await store.log.heads([room])).get(room);
    return ok({ items, head: head?.seq ?? BEFORE_FIRST, generation });
  }

  @Handles(sendMessage)
  async send(@Call() { actor, params, body, key }: CallOf<typeof sendMessage>): Promise<Answer> {
    const message = checked(body.type, body.content, this.#deps.config);
    const cmid = this.#desk.cmid(key);
    const effect = await this.#desk.call({ kind: 'message', room: params.roomId, actor, cmid, body: message });
    if (effect.status !== 'logged') throw new Error('a message was answered as a no-op');
    this.#desk.sent(params.roomId, actor, effect.seq);
    return created({ seq: effect.seq, clientMessageId: cmid });
  }

  @Handles(redactMessage)
  async redact(@Call() { actor, params, key }: CallOf<typeof redactMessage>): Promise<Answer> {
    const { roomId: room, seq: targetSeq } = params;
    const cmid = this.#desk.cmid(key);
    const effect = await this.#desk.call({ kind: 'redact', room, actor, cmid, body: { targetSeq } });
    return ok({ targetSeq, seq: effect.status === 'logged' ? effect.seq : null });
  }
}
