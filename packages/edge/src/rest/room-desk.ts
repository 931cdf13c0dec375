import { asClientMessageId, asSeq, ChatError, LIST_LIMIT_MAX, MAX_ROOMS_PER_USER } from '@munova/contracts';
import type { Actor, ClientMessageId, CommandBody, CommandKind, RoomId, RoomType } from '@munova/contracts';
import type { MemberView, MyRoomView, RoomView } from '../views/room-view.js';
import { RoomAccess } from './access.js';
import { CommandCaller } from './command-caller.js';
import type { CommandRequest, Effect } from './command-caller.js';
import type { HttpApiDeps } from './deps.js';
import type { PagingQuery } from './pages.js';
import { RoomClient } from './room-client.js';

/** A room with its members, in the eyes of one user. */
export interface RoomDetails extends MyRoomView {
  readonly members: readonly MemberView[];
  readonly nextCursor: string | null;
}

/** What several controllers do with rooms. */
export class RoomDesk {
  readonly access: RoomAccess;
  readonly #deps: HttpApiDeps;
  readonly #rooms: RoomClient;

  constructor(deps: HttpApiDeps) {
    this.#deps = deps;
    this.access = new RoomAccess(deps.store.directory, deps.store.memberships);
    this.#rooms = new RoomClient(new CommandCaller(deps.dispatcher, deps.deploymentKey, deps.runtime));
  }

  /** The caller's `Idempotency-Key`, or one made up: then a retry is a new command. */
  cmid(key: ClientMessageId | null): ClientMessageId {
    // An id's alphabet is part of that of a client-message-id.
    return key ?? asClientMessageId(this.#deps.runtime.random.id());
  }

  call<K extends CommandKind>(request: CommandRequest<K>): Promise<Effect> {
    return this.#rooms.request(request);
  }

  /** A command to a room of this type, answered with the room as it then is. */
  async change<K extends CommandKind>(
    type: RoomType,
    { kind, room, actor, key, body }: ChangeRequest<K>,
  ): Promise<RoomView> {
    await this.access.expectType(room, type, actor);
    await this.call({ kind, room, actor, cmid: this.cmid(key), body });
    return this.view(room);
  }

  /** @throws {ChatError} `CHAT_01` */
  async view(room: RoomId): Promise<RoomView> {
    const record = await this.#deps.store.directory.get(room);
    if (record === null) throw new ChatError('CHAT_01');
    return this.#deps.views.rooms.one(record);
  }

  /** @throws {ChatError} `CHAT_01`, `CHAT_03`; `CHAT_10` where it must be of the other type */
  async details(room: RoomId, actor: Actor, query: PagingQuery, type?: RoomType): Promise<RoomDetails> {
    const record = await this.access.readable(room, actor);
    if (type !== undefined && record.type !== type) throw new ChatError('CHAT_10');
    const { rooms } = this.#deps.views;
    const [[mine], page] = await Promise.all([
      rooms.mine(actor.id, [record]),
      rooms.members(room, query.cursor ?? null, query.limit ?? LIST_LIMIT_MAX),
    ]);
    if (mine === undefined) throw new ChatError('CHAT_01');
    return { ...mine, ...page };
  }

  /**
   * Refuses one room too many; a room the user is in already is none.
   * @throws {ChatError} `bad-request`
   */
  async expectPlaceFor(actor: Actor, room: RoomId): Promise<void> {
    const { memberships } = this.#deps.store;
    if ((await memberships.countRooms(actor.id)) < MAX_ROOMS_PER_USER) return;
    const member = await memberships.get(room, actor.id);
    if (member?.status === 'joined') return;
    throw new ChatError('bad-request', `You are in ${String(MAX_ROOMS_PER_USER)} rooms, which is the limit.`);
  }

  /** What a logged message moves besides the log: its author has read up to it. */
  sent(room: RoomId, actor: Actor, seq: number): void {
    this.#deps.views.marks.sent(room, actor.id, asSeq(seq), null);
  }
}

export interface ChangeRequest<K extends CommandKind> {
  readonly kind: K;
  readonly room: RoomId;
  readonly actor: Actor;
  readonly key: ClientMessageId | null;
  readonly body: CommandBody[K];
}
