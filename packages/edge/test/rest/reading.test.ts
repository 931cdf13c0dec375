import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MyRoomSchema, RoomDetailsSchema } from '../../src/rest/schemas/views.js';
import { startWithActors } from './actors.js';
import type { Harness } from './harness.js';
import { junho, makeGroup, makeInquiry, minji, rival, say, seller, sora } from './people.js';

let api: Harness;
beforeAll(async () => {
  api = await startWithActors();
});
afterAll(() => api.close());

const read = (room: string, seq: unknown, token = minji) =>
  api.call(`PUT /api/chat/rooms/${room}/read`, { token, body: { seq } });
const detailsOf = async (room: string, token = minji) =>
  RoomDetailsSchema.parse((await api.call(`GET /api/chat/rooms/${room}`, { token })).data);
const pair = async (): Promise<string> => {
  const room = await makeGroup(api);
  await api.call(`POST /api/chat/group/${room}`, { token: junho });
  return room;
};

describe('[H19] read positions', () => {
  it('move forward only', async () => {
    const room = await pair();
    for (let i = 0; i < 3; i += 1) await say(api, room, 'a', junho);
    expect(await detailsOf(room)).toMatchObject({ head: 6, readSeq: 0, unreadCount: 3 });
    expect(await read(room, 5)).toMatchObject({ status: 200, data: { roomId: room, readSeq: 5, unreadCount: 1 } });
    expect(await read(room, 4)).toMatchObject({ status: 200, data: { readSeq: 5, unreadCount: 1 } });
    expect(await read(room, 0)).toMatchObject({ status: 200, data: { readSeq: 5, unreadCount: 1 } });
    expect(await read(room, 6)).toMatchObject({ data: { readSeq: 6, unreadCount: 0 } });
  });

  it('do not go beyond the head', async () => {
    const room = await pair();
    expect(await read(room, 4)).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await read(room, 3)).toMatchObject({ status: 200, data: { readSeq: 3 } });
    for (const bad of [-1, 1.5, '3', null, undefined, 1e300]) {
      expect(await read(room, bad), String(bad)).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('are moved by sending, and nobody else’s are', async () => {
    const room = await pair();
    await say(api, room, 'a', junho);
    await say(api, room, 'b', minji);
    await say(api, room, 'c', junho);
    expect(await detailsOf(room, minji)).toMatchObject({ readSeq: 5, unreadCount: 1 });
    expect(await detailsOf(room, junho)).toMatchObject({ readSeq: 6, unreadCount: 0 });
  });

  it('are for those who may read', async () => {
    const room = await pair();
    expect(await read(room, 1, sora)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await read(await makeInquiry(api), 1, rival)).toMatchObject({ status: 404, code: 'CHAT_01' });
  });
});

describe('[H10] my rooms', () => {
  it('are all those I am in, of both types, with head, read position and unread messages', async () => {
    const mine = await startWithActors();
    try {
      const inquiry = await makeInquiry(mine, sora);
      const group = await makeGroup(mine, {}, sora);
      const left = await makeGroup(mine);
      await mine.call(`POST /api/chat/group/${left}`, { token: sora });
      await mine.call(`POST /api/chat/group/leave/${left}`, { token: sora });
      await say(mine, inquiry, '네, 재고 있습니다', seller);
      const page = (await mine.call('GET /api/chat/rooms?limit=100', { token: sora })).data as { items: unknown };
      const rooms = MyRoomSchema.array().parse(page.items);
      expect(rooms.map((room) => room.roomId).sort()).toEqual([inquiry, group].sort());
      expect(rooms.find((room) => room.roomId === inquiry)).toMatchObject({ head: 4, readSeq: 0, unreadCount: 1 });
      expect(rooms.find((room) => room.roomId === group)).toMatchObject({ head: 2, readSeq: 0, unreadCount: 0 });
    } finally {
      await mine.close();
    }
  });

  it('one of them has its members too, an inquiry as well', async () => {
    const details = await detailsOf(await makeInquiry(api));
    expect(details.members.map((member) => member.userId).sort()).toEqual(['minji', 'shop-1']);
    expect(await api.call('GET /api/chat/rooms/nowhere')).toMatchObject({ status: 404, code: 'CHAT_01' });
  });
});

describe('[H29] head and last message', () => {
  it('are those of the message that was just answered, cut to 20 code points', async () => {
    const room = await pair();
    for (const content of ['첫 메시지', '👟'.repeat(30)]) {
      await say(api, room, content);
      const { lastMessage, lastMessageTime } = await detailsOf(room);
      expect(lastMessage).toBe([...content].slice(0, 20).join(''));
      expect(lastMessageTime).not.toBeNull();
    }
    expect(await detailsOf(room)).toMatchObject({ head: 5 });
  });

  it('are gone with their redaction', async () => {
    const room = await pair();
    await say(api, room, '비밀');
    await api.call(`DELETE /api/chat/messages/${room}/4`, { token: minji });
    expect(await detailsOf(room)).toMatchObject({ head: 5, lastMessage: null });
  });
});
