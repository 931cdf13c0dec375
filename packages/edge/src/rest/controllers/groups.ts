import { Controller, Inject } from '@nestjs/common';
import { ChatError, groupRoomId } from '@munova/contracts';
import type { TagId } from '@munova/contracts';
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
export class GroupController {
  readonly #deps: HttpApiDeps;
  readonly #desk: RoomDesk;

  constructor(@Inject(DEPS) deps: HttpApiDeps, @Inject(RoomDesk) desk: RoomDesk) {
    this.#deps = deps;
    this.#desk = desk;
  }

  @Handles(ops.createGroup)
  async create(@Call() { actor, body, key }: CallOf<typeof ops.createGroup>): Promise<Answer> {
    await this.#expectTags(body.tags);
    const cmid = this.#desk.cmid(key);
    const room = groupRoomId(this.#deps.deploymentKey, actor.id, cmid);
    await this.#desk.expectPlaceFor(actor, room);
    await this.#desk.call({ kind: 'create-group', room, actor, cmid, body });
    return created(await this.#desk.view(room));
  }

  @Handles(ops.searchGroups)
  search(@Call() { actor, query }: CallOf<typeof ops.searchGroups>): Promise<Answer> {
    const { directory } = this.#deps.store;
    const { keyword, tagIds, minMembers, maxMembers, hasSpace } = query;
    const conditions = {
      type: 'GROUP',
      status: query.status,
      sort: query.sort,
      tagMode: query.tagMode,
      ...(query.isMine === true ? { memberId: actor.id } : {}),
      ...(keyword === undefined ? {} : { keyword }),
      ...(tagIds === undefined || tagIds.length === 0 ? {} : { tagIds }),
      ...(minMembers === undefined ? {} : { minMembers }),
      ...(maxMembers === undefined ? {} : { maxMembers }),
      ...(hasSpace === undefined ? {} : { hasSpace }),
    } as const;
    return list(
      query,
      (page) => directory.list({ ...conditions, ...page }),
      (rooms) => this.#deps.views.rooms.many(rooms),
    );
  }

  @Handles(ops.listOwnGroups)
  own(@Call() { actor, query }: CallOf<typeof ops.listOwnGroups>): Promise<Answer> {
    const { directory } = this.#deps.store;
    return list(
      query,
      (page) => directory.list({ type: 'GROUP', ownerId: actor.id, sort: 'latest', ...page }),
      (rooms) => this.#deps.views.rooms.mine(actor.id, rooms),
    );
  }

  @Handles(ops.updateGroup)
  async update(@Call() { actor, params, body, key }: CallOf<typeof ops.updateGroup>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'update', room: params.roomId, actor, key, body }));
  }

  @Handles(ops.joinGroup)
  async join(@Call() { actor, params, key }: CallOf<typeof ops.joinGroup>): Promise<Answer> {
    await this.#desk.expectPlaceFor(actor, params.roomId);
    return ok(await this.#desk.change('GROUP', { kind: 'join', room: params.roomId, actor, key, body: {} }));
  }

  @Handles(ops.leaveGroup)
  async leave(@Call() { actor, params, key }: CallOf<typeof ops.leaveGroup>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'leave', room: params.roomId, actor, key, body: {} }));
  }

  @Handles(ops.closeGroup)
  async close(@Call() { actor, params, key }: CallOf<typeof ops.closeGroup>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'close', room: params.roomId, actor, key, body: {} }));
  }

  @Handles(ops.openGroup)
  async open(@Call() { actor, params, key }: CallOf<typeof ops.openGroup>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'open', room: params.roomId, actor, key, body: {} }));
  }

  @Handles(ops.kickMember)
  async kick(@Call() { actor, params, body, key }: CallOf<typeof ops.kickMember>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'kick', room: params.roomId, actor, key, body }));
  }

  @Handles(ops.unkickMember)
  async unkick(@Call() { actor, params, body, key }: CallOf<typeof ops.unkickMember>): Promise<Answer> {
    return ok(await this.#desk.change('GROUP', { kind: 'unkick', room: params.roomId, actor, key, body }));
  }

  @Handles(ops.groupDetails)
  async details(@Call() { actor, params, query }: CallOf<typeof ops.groupDetails>): Promise<Answer> {
    return ok(await this.#desk.details(params.roomId, actor, query, 'GROUP'));
  }

  /** @throws {ChatError} `bad-request` naming a tag that there is not */
  async #expectTags(ids: readonly TagId[]): Promise<void> {
    const { tags } = this.#deps.views;
    if (tags.resolve(ids).length === ids.length) return;
    // Not known here yet, perhaps: made by another process a moment ago.
    const all = new Set((await tags.reload()).map((tag) => tag.id));
    const unknown = ids.find((id) => !all.has(id));
    if (unknown !== undefined) throw new ChatError('bad-request', `tags: there is no tag ${unknown}`);
  }
}
