import { ChatError, readRefusal } from '@munova/contracts';
import type { Actor, Memberships, RoomDirectory, RoomId, RoomRecord, RoomType } from '@munova/contracts';

export class RoomAccess {
  readonly #directory: RoomDirectory;
  readonly #memberships: Memberships;

  constructor(directory: RoomDirectory, memberships: Memberships) {
    this.#directory = directory;
    this.#memberships = memberships;
  }

  /** @throws {ChatError} `CHAT_01`, `CHAT_03` */
  async readable(roomId: RoomId, actor: Actor): Promise<RoomRecord> {
    const room = await this.#directory.get(roomId);
    const member = room?.type === 'GROUP' ? await this.#memberships.get(roomId, actor.id) : null;
    const refusal = readRefusal(room, () => member?.status === 'joined', actor);
    if (refusal !== null || room === null) throw new ChatError(refusal ?? 'CHAT_01');
    return room;
  }

  /**
   * Refuses a room of the other type. A room's type never changes, so this may be judged here; all
   * else, a missing room too, is left to the actors.
   * @throws {ChatError} `CHAT_10`, or `CHAT_01` for another's inquiry
   */
  async expectType(roomId: RoomId, type: RoomType, actor: Actor): Promise<void> {
    const room = await this.#directory.get(roomId);
    if (room === null || room.type === type) return;
    const hidden = room.type === 'ONE_ON_ONE' && readRefusal(room, () => false, actor) !== null;
    throw new ChatError(hidden ? 'CHAT_01' : 'CHAT_10');
  }
}
