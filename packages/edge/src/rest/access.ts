import { ChatError } from '@munova/contracts';
import type { Actor, ErrorCode, MemberRecord, Memberships, RoomDirectory, RoomId, RoomRecord } from '@munova/contracts';
import type { RoomType, UserId } from '@munova/contracts';

/** Whom a seller's products and inquiries belong to: an agent acts for the shop. */
export const sellerOf = (actor: Actor): UserId => actor.shop ?? actor.id;

/** May this user read the room? The same answer as the actors give to a SUBSCRIBE; null when yes. */
const readRefusal = (
  room: RoomRecord | null,
  member: MemberRecord | null,
  actor: Actor,
): Extract<ErrorCode, 'CHAT_01' | 'CHAT_03'> | null => {
  if (room === null) return 'CHAT_01';
  if (actor.role === 'admin') return null;
  if (room.type === 'ONE_ON_ONE') {
    // Another's inquiry and a missing room answer alike: nobody learns who asked about what.
    return room.buyerId === actor.id || room.sellerId === sellerOf(actor) ? null : 'CHAT_01';
  }
  return member?.status === 'joined' ? null : 'CHAT_03';
};

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
    const refusal = readRefusal(room, member, actor);
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
    const hidden = room.type === 'ONE_ON_ONE' && readRefusal(room, null, actor) !== null;
    throw new ChatError(hidden ? 'CHAT_01' : 'CHAT_10');
  }
}
