import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MyRoomSchema, RoomSchema } from '../../src/rest/schemas/views.js';
import { startWithActors } from './actors.js';
import type { Harness } from './harness.js';
import {
  admin,
  agent,
  junho,
  keyed,
  makeGroup,
  makeInquiry,
  makeProduct,
  minji,
  rival,
  roomIdOf,
  seller,
} from './people.js';

let api: Harness;
beforeAll(async () => {
  api = await startWithActors();
});
afterAll(() => api.close());

const ask = (product: string, token = minji) => api.call(`POST /api/chat/one-to-one/${product}`, { token });
const patch = (path: string, token: string) => api.call(`PATCH /api/chat/seller/${path}`, { token });

describe('[H11] the inquiry on a product', () => {
  it('is made once and found ever after', async () => {
    const product = await makeProduct(api);
    const first = await ask(product);
    expect(first.status).toBe(201);
    const room = RoomSchema.parse(first.data);
    expect(room).toMatchObject({ type: 'ONE_ON_ONE', name: '[첼시부츠] 문의 - 민지님', status: 'OPENED', head: 3 });
    expect(room).toMatchObject({ productId: product, buyerId: 'minji', sellerId: 'shop-1', ownerId: null });
    expect(room).toMatchObject({ maxParticipants: null, memberCount: 2, tags: [] });
    const again = await ask(product);
    expect(again.status).toBe(200);
    expect(roomIdOf(again)).toBe(room.roomId);
    expect(roomIdOf(await ask(product, junho))).not.toBe(room.roomId);
  });

  it('is one room of simultaneous calls, one of which made it', async () => {
    const product = await makeProduct(api);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(product)));
    expect(new Set(answers.map(roomIdOf)).size).toBe(1);
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19);
  });

  it('is 201 again for a retry of its creation, even when the product was renamed meanwhile', async () => {
    const product = await makeProduct(api);
    const call = { token: minji, ...keyed('ask-1') };
    expect(await api.call(`POST /api/chat/one-to-one/${product}`, call)).toMatchObject({ status: 201 });
    const body = { name: '다른 이름', price: 1, imageUrl: null, sellerId: 'shop-1' };
    await api.call(`PUT /api/products/${product}`, { token: admin, body });
    expect(await api.call(`POST /api/chat/one-to-one/${product}`, call)).toMatchObject({ status: 201 });
  });

  it('is reopened by its buyer asking again', async () => {
    const product = await makeProduct(api);
    const room = roomIdOf(await ask(product));
    await patch(room, seller);
    expect(await ask(product)).toMatchObject({ status: 200, data: { roomId: room, status: 'OPENED', head: 5 } });
  });

  it('cannot be on one’s own product, nor on one that there is not', async () => {
    const product = await makeProduct(api);
    for (const token of [seller, agent])
      expect(await ask(product, token)).toMatchObject({ status: 400, code: 'CHAT_11' });
    expect(await ask(product, rival)).toMatchObject({ status: 201 });
    expect(await ask('nowhere')).toMatchObject({ status: 404, code: 'PROD_01' });
    expect(await ask('not%20one')).toMatchObject({ status: 404, code: 'PROD_01' });
  });
});

describe('[H13] state of inquiries', () => {
  it('is the seller’s and the shop’s agents’ to change', async () => {
    const room = await makeInquiry(api);
    expect(await patch(room, minji)).toMatchObject({ status: 403, code: 'AUTH_02' });
    expect(await patch(room, rival)).toMatchObject({ status: 404, code: 'CHAT_01' });
    expect(await patch('nowhere', seller)).toMatchObject({ status: 404, code: 'CHAT_01' });
    expect(await patch(room, seller)).toMatchObject({ status: 200, data: { status: 'CLOSED' } });
    expect(await patch(room, agent)).toMatchObject({ status: 409, code: 'CHAT_02' });
    expect(await patch(`open/${room}`, agent)).toMatchObject({ status: 200, data: { status: 'OPENED' } });
    expect(await patch(`open/${room}`, seller)).toMatchObject({ status: 200, data: { status: 'OPENED' } });
  });
});

describe('[H9] lists', () => {
  interface Page {
    readonly items: readonly { readonly roomId: string }[];
    readonly nextCursor: string | null;
  }

  it('of inquiries are the buyer’s open ones, and all of the seller’s, latest message first', async () => {
    const lists = await startWithActors();
    try {
      const [first, second, third] = [await makeInquiry(lists), await makeInquiry(lists), await makeInquiry(lists)];
      await lists.call(`PATCH /api/chat/seller/${second}`, { token: seller });
      await lists.call(`POST /api/chat/messages/${first}`, { token: minji, body: { content: '안녕하세요' } });
      const roomsOf = async (route: string, token: string): Promise<string[]> =>
        MyRoomSchema.array()
          .parse((await lists.call(route, { token })).data)
          .map((room) => room.roomId);
      await expect.poll(() => roomsOf('GET /api/chat/one-to-one', minji)).toEqual([first, third]);
      for (const token of [seller, agent]) {
        expect((await roomsOf('GET /api/chat/seller/one-to-one', token)).sort()).toEqual([first, second, third].sort());
      }
      expect(await roomsOf('GET /api/chat/one-to-one', junho)).toEqual([]);
      expect(await roomsOf('GET /api/chat/seller/one-to-one', rival)).toEqual([]);
    } finally {
      await lists.close();
    }
  });

  it('are pages with a limit or a cursor', async () => {
    const rooms = [await makeGroup(api), await makeGroup(api), await makeGroup(api)];
    const first = (await api.call('GET /api/chat/group/search?sort=created&limit=2')).data as Page;
    expect(Object.keys(first).sort()).toEqual(['items', 'nextCursor']);
    expect(first.items.map((room) => room.roomId)).toEqual([rooms[2], rooms[1]]);
    const cursor = encodeURIComponent(first.nextCursor ?? '');
    const second = (await api.call(`GET /api/chat/group/search?sort=created&cursor=${cursor}`)).data as Page;
    expect(second).toMatchObject({ items: [{ roomId: rooms[0] }], nextCursor: null });
  });

  it('are arrays of the newest 100 with neither, and X-Next-Cursor leads on', async () => {
    const crowd = await startWithActors();
    try {
      for (let i = 0; i < 101; i += 1) await makeGroup(crowd);
      const answer = await crowd.call('GET /api/chat/group/owner', { token: minji });
      expect(MyRoomSchema.array().parse(answer.data)).toHaveLength(100);
      const cursor = encodeURIComponent(answer.headers.get('x-next-cursor') ?? '');
      const rest = (await crowd.call(`GET /api/chat/group/owner?cursor=${cursor}`, { token: minji })).data as Page;
      expect(rest).toMatchObject({ nextCursor: null });
      expect(rest.items).toHaveLength(1);
      const mine = (await crowd.call('GET /api/chat/rooms', { token: minji })).data as Page;
      expect(mine.items).toHaveLength(20);
      const few = await crowd.call('GET /api/chat/group/owner', { token: junho });
      expect(few.data).toEqual([]);
      expect(few.headers.get('x-next-cursor')).toBeNull();
    } finally {
      await crowd.close();
    }
  });

  it('refuse a limit or a cursor that is none', async () => {
    const lists = ['one-to-one', 'seller/one-to-one', 'group/search', 'group/owner', 'rooms'];
    for (const list of lists) {
      for (const query of [
        'limit=0',
        'limit=101',
        'limit=x',
        'limit=',
        'limit=1&limit=2',
        'cursor=nonsense',
        'cursor=',
      ]) {
        const answer = await api.call(`GET /api/chat/${list}?${query}`);
        expect(answer, `${list}?${query}`).toMatchObject({ status: 400, code: 'bad-request' });
      }
    }
  });
});
