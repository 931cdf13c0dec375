/** Rooms over REST on the started product: their fields everywhere, their members, who moderates them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ADMIN,
  type MyRoomBody,
  type Page,
  type RoomBody,
  SELLER,
  type WireCall,
  WireShop,
} from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

const ROOM_FIELDS = [
  ...['roomId', 'chatId', 'type', 'name', 'chatName', 'status', 'ownerId', 'productId', 'buyerId', 'sellerId'],
  ...['maxParticipants', 'memberCount', 'tags', 'head', 'lastMessage', 'lastMessageTime', 'createdAt'],
];
const MINE_FIELDS = [...ROOM_FIELDS, 'readSeq', 'unreadCount'];
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const PATIENT = { timeout: 5_000, interval: 100 };

const keys = (value: object | undefined): string[] => Object.keys(value ?? {});
describe('the room, everywhere', () => {
  it('[H10] a group has exactly these fields and values', async () => {
    const owner = shop.fresh('owner');
    const name = shop.fresh('모임');
    const tags = await shop.data<{ id: string }[]>('GET', '/api/tags', { as: owner });
    const body = { chatName: name, maxParticipants: 7, productCategoryId: [tags[5]?.id, tags[9]?.id] };
    const made = await shop.data<RoomBody>('POST', '/api/chat/group', { as: owner, body });
    expect(keys(made)).toEqual(ROOM_FIELDS);
    expect(made).toEqual({
      roomId: expect.stringMatching(/^[A-Za-z0-9._-]{1,64}$/) as string,
      chatId: made.roomId,
      type: 'GROUP',
      name,
      chatName: name,
      status: 'OPENED',
      ownerId: owner,
      productId: null,
      buyerId: null,
      sellerId: null,
      maxParticipants: 7,
      memberCount: 1,
      tags: [tags[5], tags[9]],
      head: 2,
      lastMessage: null,
      lastMessageTime: null,
      createdAt: ISO,
    });
    const [found] = await shop.data<object[]>('GET', `/api/chat/group/search?keyword=${encodeURIComponent(name)}`, {
      as: owner,
    });
    expect(found).toEqual(made);
    const changed = await shop.data<object>('PATCH', `/api/chat/group/${made.roomId}`, {
      as: owner,
      body: { maxParticipants: 8 },
    });
    expect(changed).toEqual({ ...made, maxParticipants: 8, head: 3 });
  });

  it('[H10] an inquiry has the same fields, and null where one does not apply', async () => {
    const buyer = { sub: shop.fresh('buyer'), name: '민지' };
    const productId = await shop.shoe({ name: '한강' });
    const made = await shop.data<RoomBody>('POST', `/api/chat/one-to-one/${productId}`, { as: buyer });
    expect(keys(made)).toEqual(ROOM_FIELDS);
    expect(made).toEqual({
      roomId: made.roomId,
      chatId: made.roomId,
      type: 'ONE_ON_ONE',
      name: '[한강] 문의 - 민지님',
      chatName: '[한강] 문의 - 민지님',
      status: 'OPENED',
      ownerId: null,
      productId,
      buyerId: buyer.sub,
      sellerId: SELLER.sub,
      maxParticipants: null,
      memberCount: 2,
      tags: [],
      head: 3,
      lastMessage: null,
      lastMessageTime: null,
      createdAt: ISO,
    });
  });

  it('[H10, H29] my rooms add readSeq and unreadCount, latest message first, with its first 20 code points', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const [first, second] = [await shop.group(owner, [guest]), await shop.group(owner, [guest])];
    await shop.post(second, owner, '둘째 방');
    await shop.post(first, owner, '👟'.repeat(21));
    await vi.waitFor(async () => {
      const [a, b] = (await shop.data<Page<MyRoomBody>>('GET', '/api/chat/rooms', { as: guest })).items;
      expect(keys(a)).toEqual(MINE_FIELDS);
      expect(a).toMatchObject({ roomId: first, lastMessage: '👟'.repeat(20), head: 4, readSeq: 0, unreadCount: 1 });
      expect(b).toMatchObject({ roomId: second, lastMessage: '둘째 방', lastMessageTime: ISO });
    }, PATIENT);
  });

  it('[H10] details add members, for members of the room', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group({ sub: owner, name: '주인' }, [{ sub: guest, name: '손님' }]);
    for (const path of [`/api/chat/rooms/${room}`, `/api/chat/group/${room}`]) {
      const details = await shop.data<Record<string, unknown>>('GET', path, { as: guest });
      expect(keys(details)).toEqual([...MINE_FIELDS, 'members', 'nextCursor']);
      expect(details).toMatchObject({ roomId: room, memberCount: 2, head: 3, nextCursor: null });
      expect(details['members']).toEqual([
        { userId: owner, name: '주인', memberType: 'OWNER', joinedAt: ISO },
        { userId: guest, name: '손님', memberType: 'MEMBER', joinedAt: ISO },
      ]);
      expect(await shop.outcome('GET', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
      expect(await shop.outcome('GET', path, { as: ADMIN })).toEqual([200, 'success']);
    }
  });

  it('[H10] members are paged beyond 100, each exactly once', async () => {
    const owner = shop.fresh('owner');
    const guests = Array.from({ length: 104 }, () => shop.fresh('guest'));
    const room = await shop.group(owner, [], { maxParticipants: 200 });
    await Promise.all(guests.map((as) => shop.data('POST', `/api/chat/group/${room}`, { as })));
    type Members = RoomBody & { members: { userId: string }[]; nextCursor: string | null };
    const first = await shop.data<Members>('GET', `/api/chat/rooms/${room}`, { as: owner });
    expect([first.memberCount, first.members.length, first.nextCursor === null]).toEqual([105, 100, false]);
    const cursor = encodeURIComponent(first.nextCursor ?? '');
    const second = await shop.data<Members>('GET', `/api/chat/rooms/${room}?cursor=${cursor}`, { as: owner });
    expect([second.members.length, second.nextCursor]).toEqual([5, null]);
    const seen = [...first.members, ...second.members].map(({ userId }) => userId);
    expect(seen.toSorted()).toEqual([owner, ...guests].toSorted());
  });

  it('[H14] a route of the other kind is CHAT_10, where the room may be known at all', async () => {
    const buyer = shop.fresh('buyer');
    const [inquiry, group] = [await shop.inquiry(buyer), await shop.group(SELLER)];
    expect(await shop.outcome('GET', `/api/chat/group/${inquiry}`, { as: buyer })).toEqual([404, 'CHAT_10']);
    expect(await shop.outcome('PATCH', `/api/chat/seller/${group}`, { as: SELLER })).toEqual([404, 'CHAT_10']);
    for (const path of [`/api/chat/group/${inquiry}`, `/api/chat/rooms/${inquiry}`]) {
      const [theirs, missing] = [
        await shop.call('GET', path, { as: shop.fresh('u') }),
        await shop.call('GET', path.replace(inquiry, 'missing'), { as: shop.fresh('u') }),
      ];
      expect(theirs.body).toEqual(missing.body);
      expect(theirs.body.code).toBe('CHAT_01');
    }
  });
});

describe('moderating', () => {
  it('[H13, R12, R13] the kicked may not join again until unkicked', async () => {
    const [owner, guest, other] = [shop.fresh('owner'), shop.fresh('guest'), shop.fresh('other')];
    const room = await shop.group(owner, [guest, other]);
    const kick = (as: WireCall['as'], userId: unknown, verb = 'kick'): Promise<[number, string]> =>
      shop.outcome('POST', `/api/chat/group/${verb}/${room}`, as === undefined ? {} : { as, body: { userId } });
    expect(await kick(other, guest)).toEqual([403, 'AUTH_02']);
    expect(await kick(shop.fresh('u'), guest)).toEqual([403, 'CHAT_03']);
    expect(await kick(owner, 'nobody-here')).toEqual([404, 'AUTH_01']);
    expect(await kick(owner, owner)).toEqual([403, 'AUTH_02']);
    expect(await kick(owner, 'not an id')).toEqual([400, 'bad-request']);
    const kicked = await shop.call<RoomBody>('POST', `/api/chat/group/kick/${room}`, {
      as: owner,
      body: { userId: guest },
    });
    expect([kicked.status, kicked.body.data.memberCount]).toEqual([200, 2]);
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, { as: guest })).toEqual([403, 'CHAT_03']);
    expect(await shop.outcome('GET', `/api/chat/messages/${room}`, { as: guest })).toEqual([403, 'CHAT_03']);
    expect(await kick(other, guest, 'unkick')).toEqual([403, 'AUTH_02']);
    expect(await kick(ADMIN, guest, 'unkick')).toEqual([200, 'success']);
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, { as: guest })).toEqual([200, 'success']);
    expect(await kick(ADMIN, other)).toEqual([200, 'success']);
    const inquiry = await shop.inquiry(guest);
    const path = `/api/chat/group/kick/${inquiry}`;
    expect(await shop.outcome('POST', path, { as: ADMIN, body: { userId: guest } })).toEqual([404, 'CHAT_10']);
  });

  it('[R7, R14] a closed inquiry is reopened by its seller, and by the buyer’s next asking', async () => {
    const buyer = shop.fresh('buyer');
    const productId = await shop.shoe();
    const ask = () => shop.call<RoomBody>('POST', `/api/chat/one-to-one/${productId}`, { as: buyer });
    const { roomId } = (await ask()).body.data;
    const close = (): Promise<unknown> => shop.data('PATCH', `/api/chat/seller/${roomId}`, { as: SELLER });
    await close();
    expect(await shop.outcome('PATCH', `/api/chat/seller/open/${roomId}`, { as: buyer })).toEqual([403, 'AUTH_02']);
    const opened = await shop.call<RoomBody>('PATCH', `/api/chat/seller/open/${roomId}`, { as: SELLER });
    expect([opened.status, opened.body.data.status]).toEqual([200, 'OPENED']);
    await close();
    const asked = await ask();
    expect([asked.status, asked.body.data.status, asked.body.data.roomId]).toEqual([200, 'OPENED', roomId]);
  });

  it('[H6] a retry with its key gets the first outcome, status included; with another request cmid-conflict', async () => {
    const owner = shop.fresh('owner');
    const body = { chatName: shop.fresh('모임'), maxParticipants: 3, productCategoryId: [] };
    const create = (more: object = {}) =>
      shop.call<RoomBody>('POST', '/api/chat/group', { as: owner, key: 'make', body: { ...body, ...more } });
    const made = await create();
    const again = await create();
    expect([again.status, again.body.data.roomId]).toEqual([201, made.body.data.roomId]);
    expect((await create({ maxParticipants: 4 })).body.code).toBe('cmid-conflict');
    const room = made.body.data.roomId;
    const guest = shop.fresh('guest');
    const once = { as: guest, key: 'join' };
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, once)).toEqual([200, 'success']);
    await shop.data('POST', `/api/chat/group/leave/${room}`, { as: guest });
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, once)).toEqual([200, 'success']);
    const { memberCount } = await shop.data<RoomBody>('GET', `/api/chat/group/${room}`, { as: owner });
    expect(memberCount).toBe(1);
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: owner });
    const late = { as: guest, key: 'join-late' };
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, late)).toEqual([409, 'CHAT_02']);
    await shop.data('PATCH', `/api/chat/group/open/${room}`, { as: owner });
    expect(await shop.outcome('POST', `/api/chat/group/${room}`, late)).toEqual([409, 'CHAT_02']);
  });
});
