/** Actors and commands for tests. */
import {
  asClientMessageId,
  asProductId,
  asRoomId,
  asTagId,
  asUserId,
  type Actor,
  type ClientMessageId,
  type Command,
  type CommandBody,
  type CommandKind,
  type RoomId,
} from '@munova/contracts';

export const INQUIRY = asRoomId('r-inquiry');
export const GROUP = asRoomId('r-group');

const person = (id: string, name: string, role: Actor['role'], shop: string | null = null): Actor => ({
  id: asUserId(id),
  name,
  role,
  shop: shop === null ? null : asUserId(shop),
});

export const minji = person('minji', '민지', 'buyer');
export const jisoo = person('jisoo', '지수', 'buyer');
export const haneul = person('haneul', '하늘', 'buyer');
export const stranger = person('stranger', 'Stranger', 'buyer');
export const seller = person('shoe-shop', '슈즈샵', 'seller');
export const agent = person('agent-7', '상담원', 'seller', 'shoe-shop');
export const otherSeller = person('boot-shop', '부츠샵', 'seller');
export const admin = person('root', 'Admin', 'admin');

let made = 0;
export const freshId = (): ClientMessageId => asClientMessageId(`c-${String((made += 1))}`);

/** A stand-in for the keyed hash: equal for equal kind and body, and for nothing else. */
const hashOf = (kind: CommandKind, body: object): string => `${kind}:${JSON.stringify(body)}`;

export const commandOf = <K extends CommandKind>(
  kind: K,
  room: RoomId,
  actor: Actor,
  body: CommandBody[K],
  cmid: ClientMessageId = freshId(),
): Command => ({ kind, room, actor, cmid, body, bodyHash: hashOf(kind, body) }) as Command;

export const ask = (actor: Actor = minji, cmid = freshId()): Command =>
  commandOf(
    'create-inquiry',
    INQUIRY,
    actor,
    { productId: asProductId('p-1'), productName: '첼시부츠', sellerId: seller.id },
    cmid,
  );

export const found = (actor: Actor = minji, maxParticipants = 10, name = '부츠 모임', cmid = freshId()): Command =>
  commandOf('create-group', GROUP, actor, { name, maxParticipants, tags: [asTagId('M_BOOTS')] }, cmid);

export const say = (room: RoomId, actor: Actor, content = '안녕하세요', cmid = freshId()): Command =>
  commandOf('message', room, actor, { type: 'TEXT', content }, cmid);

export const join = (actor: Actor, room = GROUP): Command => commandOf('join', room, actor, {});
export const leave = (actor: Actor, room = GROUP): Command => commandOf('leave', room, actor, {});
export const kick = (actor: Actor, target: Actor, room = GROUP): Command =>
  commandOf('kick', room, actor, { userId: target.id });
export const close = (actor: Actor, room = GROUP): Command => commandOf('close', room, actor, {});
