/** Who may read a room: one rule for those that let subscribe and those that serve its history. */
import type { Actor } from './commands.js';
import type { UserId } from './ids.js';
import type { RoomRecord } from './ports/directory.js';

/** Whom products and inquiries belong to that this user sells: agents of a shop are the shop. */
export const sellerOf = (actor: Actor): UserId => actor.shop ?? actor.id;

/**
 * @param room null where there is none
 * @param isMember asked only of a group, and not for an admin
 * @returns null where the actor may read
 */
export const readRefusal = (
  room: Pick<RoomRecord, 'type' | 'buyerId' | 'sellerId'> | null,
  isMember: () => boolean,
  actor: Actor,
): 'CHAT_01' | 'CHAT_03' | null => {
  if (room === null) return 'CHAT_01';
  if (actor.role === 'admin') return null;
  if (room.type === 'GROUP') return isMember() ? null : 'CHAT_03';
  // Another's inquiry and a missing room answer alike: nobody learns who asked about what.
  return room.buyerId === actor.id || room.sellerId === sellerOf(actor) ? null : 'CHAT_01';
};
