/** The STOMP interface of the started product, row by row: the inbox. On a cluster REST and sockets are at different edges. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { until } from '../../driver/wait.js';
import type { WireClient } from '../../driver/wire-client.js';
import { type MyRoomBody, type Page, type RoomBody, say, SELLER, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 60_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

interface InboxBody {
  readonly kind: 'snapshot' | 'room' | 'unread';
  readonly rooms?: readonly { readonly roomId: string; readonly unreadCount: number }[];
  readonly event?: string;
  readonly room?: RoomBody;
  readonly roomId?: string;
  readonly head?: number;
  readonly unreadCount?: number;
}

const heard = (client: WireClient): InboxBody[] =>
  client.messagesOf('in').map(({ body }) => JSON.parse(body) as InboxBody);

/** Subscribed, with its snapshot. */
const inboxOf = async (who: string | typeof SELLER): Promise<WireClient> => {
  const client = await shop.person(who);
  expect((await client.ask('SUBSCRIBE', { destination: '/user/queue/inbox', id: 'in' })).command).toBe('RECEIPT');
  await until('a snapshot', 15_000, () => heard(client).length > 0);
  expect(heard(client)[0]?.kind).toBe('snapshot');
  return client;
};

const untilHeard = async (client: WireClient, what: Partial<InboxBody>): Promise<InboxBody> => {
  const found = (): InboxBody | undefined =>
    heard(client).find((body) => Object.entries(what).every(([key, value]) => body[key as keyof InboxBody] === value));
  await until(JSON.stringify(what), 15_000, () => found() !== undefined);
  return found() ?? { kind: 'snapshot' };
};

const untilEvent = async (client: WireClient, event: string, roomId: string): Promise<RoomBody | undefined> => {
  const found = (): InboxBody | undefined =>
    heard(client).find((body) => body.event === event && body.room?.roomId === roomId);
  await until(`${event} ${roomId}`, 15_000, () => found() !== undefined);
  return found()?.room;
};

/** What the seller's list says of a room. */
const listed = async (roomId: string): Promise<Pick<MyRoomBody, 'head' | 'unreadCount'>> => {
  const { items } = await shop.data<Page<MyRoomBody>>('GET', '/api/chat/rooms?limit=100', { as: SELLER });
  const { head = 0, unreadCount = 0 } = items.find((item) => item.roomId === roomId) ?? {};
  return { head, unreadCount };
};

describe('the inbox', () => {
  it('[E70, E71, E72, E73] a seller sees a new inquiry, its count as messages come, and none of it once it is read', async () => {
    const [buyer, seller] = [shop.fresh('buyer'), await inboxOf(SELLER)];
    const room = await shop.inquiry(buyer);
    const shown = await untilEvent(seller, 'created', room);
    expect(await shop.data('GET', `/api/chat/rooms/${room}`, { as: SELLER })).toMatchObject({ ...shown });
    expect(shown).toMatchObject({ roomId: room, status: 'OPENED', memberCount: 2, type: 'ONE_ON_ONE' });
    const asking = await shop.person(buyer);
    await say(asking, room, '270 있나요?');
    await untilHeard(seller, { kind: 'unread', roomId: room, head: 4, unreadCount: 1 });
    await shop.post(room, buyer, '아직 계세요?');
    await untilHeard(seller, { kind: 'unread', roomId: room, head: 5, unreadCount: 2 });
    expect(await listed(room)).toEqual({ head: 5, unreadCount: 2 });
    const other = await inboxOf(SELLER);
    expect(heard(other)[0]?.rooms).toContainEqual({ roomId: room, head: 5, readSeq: 0, unreadCount: 2 });
    await shop.data('PUT', `/api/chat/rooms/${room}/read`, { as: SELLER, body: { seq: 4 } });
    for (const client of [seller, other]) await untilHeard(client, { roomId: room, head: 5, unreadCount: 1 });
    // Her answer, given elsewhere, is no news to her but for the head.
    await say(seller, room, '네, 있습니다');
    for (const client of [seller, other]) await untilHeard(client, { roomId: room, head: 6, unreadCount: 0 });
    await until('the list says so as well', 15_000, async () => (await listed(room)).unreadCount === 0);
  });

  it('[E70, E71] who is kicked is told, who leaves is not; all are told of a room that closes and opens', async () => {
    const [owner, guest, other] = [shop.fresh('owner'), shop.fresh('guest'), shop.fresh('other')];
    const [ofOwner, ofGuest, ofOther] = [await inboxOf(owner), await inboxOf(guest), await inboxOf(other)];
    expect(heard(ofGuest)).toEqual([{ kind: 'snapshot', rooms: [] }]);
    const room = await shop.group(owner, [guest, other]);
    await untilEvent(ofOwner, 'created', room);
    for (const client of [ofGuest, ofOther]) await untilEvent(client, 'joined', room);
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: owner });
    for (const client of [ofOwner, ofGuest, ofOther]) {
      expect(await untilEvent(client, 'closed', room)).toMatchObject({ status: 'CLOSED' });
    }
    await shop.data('PATCH', `/api/chat/group/open/${room}`, { as: owner });
    await untilEvent(ofGuest, 'opened', room);
    await shop.data('POST', `/api/chat/group/leave/${room}`, { as: other });
    await shop.data('POST', `/api/chat/group/kick/${room}`, { as: owner, body: { userId: guest } });
    await untilEvent(ofGuest, 'kicked', room);
    await shop.post(room, owner, '우리끼리');
    await untilHeard(ofOwner, { kind: 'unread', roomId: room, unreadCount: 0 });
    for (const client of [ofGuest, ofOther]) {
      expect(heard(client).filter(({ kind }) => kind === 'unread')).toEqual([]);
      await client.ask('SUBSCRIBE', { destination: '/user/queue/inbox', id: 'again' });
      await until('a snapshot', 15_000, () => client.messagesOf('again').length > 0);
      expect(JSON.parse(client.messagesOf('again')[0]?.body ?? '')).toEqual({ kind: 'snapshot', rooms: [] });
    }
  });
});
