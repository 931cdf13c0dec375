import { Controller, Inject } from '@nestjs/common';
import { ok } from '../answer.js';
import type { Answer } from '../answer.js';
import { DEPS } from '../deps.js';
import type { HttpApiDeps } from '../deps.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import { page } from '../pages.js';
import { RoomDesk } from '../room-desk.js';
import { markRead } from '../schemas/messages.js';
import { listMyRooms, roomDetails } from '../schemas/rooms.js';

@Controller()
export class RoomController {
  readonly #deps: HttpApiDeps;
  readonly #desk: RoomDesk;

  constructor(@Inject(DEPS) deps: HttpApiDeps, @Inject(RoomDesk) desk: RoomDesk) {
    this.#deps = deps;
    this.#desk = desk;
  }

  @Handles(listMyRooms)
  mine(@Call() { actor, query }: CallOf<typeof listMyRooms>): Promise<Answer> {
    const { store, views } = this.#deps;
    return page(
      query,
      (request) => store.directory.list({ memberId: actor.id, sort: 'latest', ...request }),
      (rooms) => views.rooms.mine(actor.id, rooms),
    );
  }

  @Handles(roomDetails)
  async details(@Call() { actor, params, query }: CallOf<typeof roomDetails>): Promise<Answer> {
    return ok(await this.#desk.details(params.roomId, actor, query));
  }

  @Handles(markRead)
  async read(@Call() { actor, params, body }: CallOf<typeof markRead>): Promise<Answer> {
    const { marks, rooms } = this.#deps.views;
    const record = await this.#desk.access.readable(params.roomId, actor);
    await marks.advance(params.roomId, actor.id, body.seq);
    const [mine] = await rooms.mine(actor.id, [record]);
    return ok({ roomId: params.roomId, readSeq: mine?.readSeq ?? 0, unreadCount: mine?.unreadCount ?? 0 });
  }
}
