/** The predecessor's interface on the started product: its STOMP destinations, its REST calls, its codes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import { refusalIn, type WireClient } from '../../driver/wire-client.js';
import { ADMIN, type RoomBody, say, SELLER, type WireAnswer, type WireCall, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

interface OldMessage {
  readonly content: string;
  readonly seq: number;
}
const mpub = (client: WireClient, room: string, body: object, headers = {}): Promise<RawFrame> =>
  client.ask('SEND', { destination: `/mpub/chat.sendMessage/${room}`, ...headers }, JSON.stringify(body));
const msub = (client: WireClient, room: string, headers = {}): Promise<RawFrame> =>
  client.ask('SUBSCRIBE', { destination: `/msub/topic/${room}`, id: 'old', ...headers });
const oldBodies = async (client: WireClient, count: number): Promise<OldMessage[]> =>
  (await client.bodiesOf('old', count)) as unknown as OldMessage[];
/** Status and code of a call. */
const outcome = async (method: string, path: string, call: WireCall = {}): Promise<[number, string]> => {
  const { status, body } = await shop.call(method, path, call);
  return [status, body.code];
};

describe('STOMP as the predecessor spoke it', () => {
  it('[E26, D8] a message goes from /mpub to /msub in the old form, with seq added', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person({ sub: user, name: '민지' });
    const subscribed = await msub(client, room);
    expect(subscribed.headers).toMatchObject({ head: '2', 'receipt-id': 'ask-2' });
    const receipt = await mpub(client, room, { senderId: user, messageType: 'TEXT', content: '안녕 👟' });
    expect(receipt.command).toBe('RECEIPT');
    expect(receipt.headers).toMatchObject({ seq: '3' });
    await oldBodies(client, 1);
    const [message] = client.messagesOf('old');
    const body = JSON.parse(message?.body ?? '') as Record<string, unknown>;
    expect(body).toEqual({
      chatId: room,
      senderId: user,
      username: '민지',
      content: '안녕 👟',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      messageType: 'TEXT',
      seq: 3,
    });
    expect(message?.headers).toEqual({
      destination: `/msub/topic/${room}`,
      subscription: 'old',
      'message-id': `${room}:3`,
      seq: '3',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(message?.body ?? '')),
      timestamp: String(Date.parse(String(body['createdAt']))),
    });
  });

  it('[E26] old and new destinations are one room', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.webPerson(user);
    await msub(client, room);
    await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 'new' });
    await mpub(client, room, { messageType: 'IMAGE', content: 'https://img.example/1.png' });
    await say(client, room, '새 길로');
    expect((await oldBodies(client, 2)).map(({ content }) => content)).toEqual([
      'https://img.example/1.png',
      '새 길로',
    ]);
    const entries = await client.bodiesOf('new', 2);
    expect(entries.map(({ type, content }) => [type, content])).toEqual([
      ['IMAGE', 'https://img.example/1.png'],
      ['TEXT', '새 길로'],
    ]);
  });

  it('[E5] senderId may be absent, null, right, or the right number', async () => {
    const client = await shop.person('4711');
    const room = await shop.group('4711');
    await msub(client, room);
    for (const senderId of [undefined, null, '4711', 4711]) {
      expect((await mpub(client, room, { senderId, messageType: 'TEXT', content: '나' })).command).toBe('RECEIPT');
    }
    for (const senderId of [4712, '04711', 'x', { id: 4711 }, true]) {
      const refusal = refusalIn(await mpub(client, room, { senderId, messageType: 'TEXT', content: '남' }));
      expect(refusal).toMatchObject({ code: 'forbidden', destination: `/mpub/chat.sendMessage/${room}` });
    }
    expect((await oldBodies(client, 4)).map(({ content }) => content)).toEqual(['나', '나', '나', '나']);
  });

  it('[D8] /msub delivers messages only, its seq may skip, and it takes last-seq', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await say(client, room, '하나');
    await shop.data('PATCH', `/api/chat/group/${room}`, { as: user, body: { maxParticipants: 50 } });
    await say(client, room, '둘');
    await msub(client, room, { 'last-seq': '0' });
    await shop.data('PATCH', `/api/chat/group/${room}`, { as: user, body: { maxParticipants: 51 } });
    await say(client, room, '셋');
    expect((await oldBodies(client, 3)).map(({ content, seq }) => [content, seq])).toEqual([
      ['하나', 3],
      ['둘', 5],
      ['셋', 7],
    ]);
    await client.ask('UNSUBSCRIBE', { id: 'old' });
    expect(refusalIn(await msub(client, room, { 'last-seq': '8' }))).toMatchObject({ code: 'reset', head: 7 });
  });

  it('[E26, R1] /mpub takes client-message-id: a retry gets its seq, also on the new destination', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    const id = { 'client-message-id': 'old-1' };
    const body = { senderId: user, messageType: 'TEXT', content: '한 번' };
    expect((await mpub(client, room, body, id)).headers).toMatchObject({ seq: '3', 'client-message-id': 'old-1' });
    expect((await mpub(client, room, body, id)).headers['seq']).toBe('3');
    expect((await say(client, room, '한 번', id)).headers['seq']).toBe('3');
    expect(refusalIn(await mpub(client, room, { ...body, content: '두 번' }, id)).code).toBe('cmid-conflict');
  });

  it('[E14, R17, R9] /mpub and /msub refuse with the same codes', async () => {
    const user = shop.fresh('u');
    const client = await shop.person(user);
    const [own, group] = [await shop.group(user), await shop.group(shop.fresh('owner'))];
    const inquiry = await shop.inquiry(shop.fresh('buyer'));
    const body = { messageType: 'TEXT', content: '안' };
    const code = async (answer: Promise<RawFrame>): Promise<string> => refusalIn(await answer).code;
    expect(await code(mpub(client, group, body))).toBe('CHAT_03');
    expect(await code(mpub(client, inquiry, body))).toBe('CHAT_01');
    expect(await code(mpub(client, 'missing', body))).toBe('CHAT_01');
    expect(await code(mpub(client, own, { content: '안' }))).toBe('bad-request');
    expect(await code(mpub(client, own, { messageType: 'TEXT' }))).toBe('bad-request');
    expect(await code(msub(client, group))).toBe('CHAT_03');
    expect(await code(msub(client, inquiry))).toBe('CHAT_01');
    expect(await code(client.ask('SEND', { destination: '/mpub/chat.enter/1' }))).toBe('unknown-destination');
    expect(await code(client.ask('SUBSCRIBE', { destination: '/msub/queue/1', id: 'x' }))).toBe('unknown-destination');
  });

  it('[D6, D8] who was kicked from the old topic is told so', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    const client = await shop.person(guest);
    await msub(client, room);
    await shop.data('POST', `/api/chat/group/kick/${room}`, { as: owner, body: { userId: guest } });
    const last = await client.next('the refusal', ({ headers }) => headers['destination'] === '/user/queue/errors');
    expect(refusalIn(last)).toMatchObject({ code: 'CHAT_03', subscription: 'old', destination: `/msub/topic/${room}` });
    expect(client.messagesOf('old')).toEqual([]);
  });
});

describe('inquiries as the predecessor had them', () => {
  const ask = (as: WireCall['as'], productId: string): Promise<WireAnswer<RoomBody>> =>
    shop.call<RoomBody>('POST', `/api/chat/one-to-one/${productId}`, as === undefined ? {} : { as });

  it('[H11, R6] the first asking makes the room, every other finds it', async () => {
    const buyer = { sub: shop.fresh('buyer'), name: '민지' };
    const id = await shop.shoe({ name: '한강 러너' });
    const first = await ask(buyer, id);
    expect([first.status, first.body.statusCode, first.body.code]).toEqual([201, 201, 'success']);
    expect(first.body.data).toMatchObject({ name: '[한강 러너] 문의 - 민지님', status: 'OPENED', memberCount: 2 });
    const again = await ask(buyer, id);
    expect([again.status, again.body.statusCode]).toEqual([200, 200]);
    expect(again.body.data).toEqual(first.body.data);
    expect((await ask(shop.fresh('buyer'), id)).body.data.roomId).not.toBe(first.body.data.roomId);
  });

  it('[H11] one’s own product is CHAT_11, a product that is not there PROD_01', async () => {
    const id = await shop.shoe();
    expect(await outcome('POST', `/api/chat/one-to-one/${id}`, { as: SELLER })).toEqual([400, 'CHAT_11']);
    const agent = { sub: shop.fresh('agent'), role: 'seller', shop: SELLER.sub } as const;
    expect(await outcome('POST', `/api/chat/one-to-one/${id}`, { as: agent })).toEqual([400, 'CHAT_11']);
    expect(await outcome('POST', '/api/chat/one-to-one/none', { as: 'somebody' })).toEqual([404, 'PROD_01']);
  });

  it('[H9] the buyer lists open ones, latest message first, the seller all of them', async () => {
    const seller = { sub: shop.fresh('seller'), role: 'seller' } as const;
    const buyer = shop.fresh('buyer');
    const rooms: string[] = [];
    for (let i = 0; i < 3; i += 1)
      rooms.push((await ask(buyer, await shop.shoe({ sellerId: seller.sub }))).body.data.roomId);
    const [a = '', b = '', c = ''] = rooms;
    await shop.data('POST', `/api/chat/messages/${a}`, { as: buyer, body: { content: '1234567890123456789👟1' } });
    await shop.data('PATCH', `/api/chat/seller/${b}`, { as: seller });
    await vi.waitFor(
      async () => {
        const mine = await shop.data<RoomBody[]>('GET', '/api/chat/one-to-one', { as: buyer });
        expect(mine.map(({ roomId }) => roomId)).toEqual([a, c]);
        expect(mine[0]?.lastMessage).toBe('1234567890123456789👟');
        expect(mine[0]?.lastMessageTime).toMatch(/Z$/);
        expect(mine[1]).toMatchObject({ lastMessage: null, lastMessageTime: null });
      },
      { timeout: 5_000, interval: 100 },
    );
    const theirs = await shop.data<RoomBody[]>('GET', '/api/chat/seller/one-to-one', { as: seller });
    expect(theirs.map(({ roomId, status }) => [roomId, status])).toEqual([
      [a, 'OPENED'],
      [c, 'OPENED'],
      [b, 'CLOSED'],
    ]);
    expect(await shop.data<RoomBody[]>('GET', '/api/chat/seller/one-to-one', { as: buyer })).toEqual([]);
    const agent = { sub: shop.fresh('agent'), role: 'seller', shop: seller.sub } as const;
    expect(await shop.data<RoomBody[]>('GET', '/api/chat/seller/one-to-one', { as: agent })).toHaveLength(3);
  });

  it('[H13, R14] the seller closes: a stranger CHAT_01, the buyer AUTH_02, closed already CHAT_02', async () => {
    const buyer = shop.fresh('buyer');
    const room = await shop.inquiry(buyer);
    const path = `/api/chat/seller/${room}`;
    expect(await outcome('PATCH', path, { as: shop.fresh('u') })).toEqual([404, 'CHAT_01']);
    expect(await outcome('PATCH', path, { as: buyer })).toEqual([403, 'AUTH_02']);
    const closed = await shop.call<RoomBody>('PATCH', path, { as: SELLER });
    expect([closed.status, closed.body.data.status]).toEqual([200, 'CLOSED']);
    expect(await outcome('PATCH', path, { as: SELLER })).toEqual([409, 'CHAT_02']);
    const send = { as: buyer, body: { type: 'TEXT', content: '계세요' } };
    expect(await outcome('POST', `/api/chat/messages/${room}`, send)).toEqual([409, 'CHAT_02']);
  });
});

describe('group rooms as the predecessor had them', () => {
  const group = (body: object): Promise<WireAnswer<RoomBody>> =>
    shop.call<RoomBody>('POST', '/api/chat/group', { as: shop.fresh('owner'), body });

  it('[H12] a name is needed and unique, the capacity 1 to 1000, at most 4 known tags', async () => {
    const tags = (await shop.data<{ id: string }[]>('GET', '/api/tags', { as: ADMIN })).map(({ id }) => id);
    const name = shop.fresh('이름');
    const base = { chatName: name, maxParticipants: 10, productCategoryId: tags.slice(0, 4) };
    const code = async (body: object): Promise<[number, string]> => {
      const answer = await group(body);
      return [answer.status, answer.body.code];
    };
    const made = await group(base);
    expect([made.status, made.body.code]).toEqual([201, 'success']);
    expect(made.body.data).toMatchObject({ chatName: name, type: 'GROUP', memberCount: 1, maxParticipants: 10 });
    expect(await code({ ...base, chatName: `  ${name} ` })).toEqual([409, 'CHAT_09']);
    expect(await code({ ...base, chatName: name.normalize('NFD') })).toEqual([409, 'CHAT_09']);
    expect(await code({ ...base, chatName: `${name}a` })).toEqual([201, 'success']);
    expect(await code({ ...base, chatName: `${name}A` })).toEqual([201, 'success']);
    await shop.data('PATCH', `/api/chat/group/close/${made.body.data.roomId}`, { as: ADMIN });
    expect(await code(base)).toEqual([409, 'CHAT_09']);
    for (const chatName of ['', '   ', 'ㅋ'.repeat(101)])
      expect(await code({ ...base, chatName })).toEqual([400, 'CHAT_05']);
    expect(await code({ maxParticipants: 10 })).toEqual([400, 'CHAT_05']);
    for (const maxParticipants of [0, 1_001, -1, 1.5, '10', null]) {
      expect(await code({ ...base, chatName: shop.fresh('방'), maxParticipants })).toEqual([400, 'bad-request']);
    }
    const five = { ...base, chatName: shop.fresh('방'), productCategoryId: tags.slice(0, 5) };
    expect(await code(five)).toEqual([400, 'bad-request']);
    expect(await code({ ...five, productCategoryId: ['no-such-tag'] })).toEqual([400, 'bad-request']);
    expect(await code({ ...five, chatName: '👟'.repeat(100), maxParticipants: 1, productCategoryId: [] })).toEqual([
      201,
      'success',
    ]);
  });

  it('[H13] joining: again changes nothing, full CHAT_06, closed CHAT_02', async () => {
    const owner = shop.fresh('owner');
    const room = await shop.group(owner, [], { maxParticipants: 2 });
    const guest = shop.fresh('guest');
    const path = `/api/chat/group/${room}`;
    const joined = await shop.call<RoomBody>('POST', path, { as: guest });
    expect([joined.status, joined.body.data.memberCount, joined.body.data.head]).toEqual([200, 2, 3]);
    const again = await shop.call<RoomBody>('POST', path, { as: guest });
    expect([again.status, again.body.data.memberCount, again.body.data.head]).toEqual([200, 2, 3]);
    expect(await outcome('POST', path, { as: shop.fresh('u') })).toEqual([400, 'CHAT_06']);
    await shop.data('POST', `/api/chat/group/leave/${room}`, { as: guest });
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: owner });
    expect(await outcome('POST', path, { as: guest })).toEqual([409, 'CHAT_02']);
    expect(await outcome('POST', path, { as: owner })).toEqual([200, 'success']);
    expect(await outcome('POST', '/api/chat/group/missing', { as: guest })).toEqual([404, 'CHAT_01']);
  });

  it('[H13] leaving: a member may, the owner AUTH_02, a stranger CHAT_03, an inquiry CHAT_10', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    const path = `/api/chat/group/leave/${room}`;
    expect(await outcome('POST', path, { as: owner })).toEqual([403, 'AUTH_02']);
    expect(await outcome('POST', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    const left = await shop.call<RoomBody>('POST', path, { as: guest });
    expect([left.status, left.body.data.memberCount]).toEqual([200, 1]);
    expect(await outcome('POST', path, { as: guest })).toEqual([403, 'CHAT_03']);
    const inquiry = await shop.inquiry(guest);
    expect(await outcome('POST', `/api/chat/group/leave/${inquiry}`, { as: guest })).toEqual([404, 'CHAT_10']);
  });

  it('[H13, R15] the owner renames and resizes; below the members CHAT_04, a taken name CHAT_09', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const [room, other] = [await shop.group(owner, [guest]), await shop.group(owner)];
    const path = `/api/chat/group/${room}`;
    const patch = (as: string, body: object): Promise<[number, string]> => outcome('PATCH', path, { as, body });
    const { name: taken } = await shop.data<RoomBody>('GET', `/api/chat/group/${other}`, { as: owner });
    const { name: before } = await shop.data<RoomBody>('GET', path, { as: owner });
    expect(await patch(owner, { maxParticipants: 1 })).toEqual([400, 'CHAT_04']);
    expect(await patch(owner, { chatName: taken })).toEqual([409, 'CHAT_09']);
    expect(await patch(owner, { chatName: '' })).toEqual([400, 'CHAT_05']);
    expect(await patch(owner, {})).toEqual([400, 'bad-request']);
    expect(await patch(guest, { maxParticipants: 50 })).toEqual([403, 'AUTH_02']);
    expect(await patch(shop.fresh('u'), { maxParticipants: 50 })).toEqual([403, 'CHAT_03']);
    const next = shop.fresh('새 이름');
    const renamed = await shop.call<RoomBody>('PATCH', path, {
      as: owner,
      body: { chatName: ` ${next} `, maxParticipants: 2 },
    });
    expect([renamed.status, renamed.body.data]).toEqual([
      200,
      expect.objectContaining({ name: next, chatName: next, maxParticipants: 2, head: 5 }),
    ]);
    expect((await group({ chatName: before, maxParticipants: 1, productCategoryId: [] })).status).toBe(201);
  });

  it('[H13, R14] the owner closes and reopens, others AUTH_02 or CHAT_03', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    for (const verb of ['close', 'open']) {
      const path = `/api/chat/group/${verb}/${room}`;
      expect(await outcome('PATCH', path, { as: guest })).toEqual([403, 'AUTH_02']);
      expect(await outcome('PATCH', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    }
    const turn = async (verb: string): Promise<unknown[]> => {
      const { status, body } = await shop.call<RoomBody>('PATCH', `/api/chat/group/${verb}/${room}`, { as: owner });
      return [status, body.code, status === 200 ? body.data.status : null];
    };
    expect(await turn('close')).toEqual([200, 'success', 'CLOSED']);
    expect(await turn('close')).toEqual([409, 'CHAT_02', null]);
    expect(await turn('open')).toEqual([200, 'success', 'OPENED']);
    expect(await turn('open')).toEqual([200, 'success', 'OPENED']);
  });

  it('[H10] the owner’s list holds rooms of any status; details are for members, with tags and members', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const tag = (await shop.data<{ id: string; code: string }[]>('GET', '/api/tags', { as: owner })).find(
      ({ code }) => code === 'M_SNEAKERS',
    );
    const open = await shop.group({ sub: owner, name: '주인' }, [guest], { productCategoryId: [tag?.id] });
    const closed = await shop.group(owner);
    await shop.data('PATCH', `/api/chat/group/close/${closed}`, { as: owner });
    const own = await shop.data<RoomBody[]>('GET', '/api/chat/group/owner', { as: owner });
    expect(own.map(({ roomId, status }) => [roomId, status]).toSorted()).toEqual(
      [
        [open, 'OPENED'],
        [closed, 'CLOSED'],
      ].toSorted(),
    );
    expect(await shop.data<RoomBody[]>('GET', '/api/chat/group/owner', { as: guest })).toEqual([]);
    expect(await outcome('GET', `/api/chat/group/${open}`, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    const details = await shop.data<{ tags: unknown[]; members: unknown[] }>('GET', `/api/chat/group/${open}`, {
      as: guest,
    });
    expect(details.tags).toEqual([tag]);
    expect(details.members).toEqual([
      { userId: owner, name: '주인', memberType: 'OWNER', joinedAt: expect.stringMatching(/Z$/) as string },
      { userId: guest, name: guest, memberType: 'MEMBER', joinedAt: expect.stringMatching(/Z$/) as string },
    ]);
  });

  it('[H30] search without limit or cursor answers an array: keyword any case, any of the tags, mine', async () => {
    const tags = await shop.data<{ id: string; code: string; parentId: string | null }[]>('GET', '/api/tags', {
      as: ADMIN,
    });
    const idOf = (code: string): string => tags.find((tag) => tag.code === code)?.id ?? code;
    const [me, word] = [shop.fresh('me'), shop.fresh('Zebra')];
    const boots = await shop.group(me, [], { chatName: `${word} 부츠`, productCategoryId: [idOf('M_BOOTS')] });
    const loafer = await shop.group(shop.fresh('u'), [], {
      chatName: `로퍼 ${word}`,
      productCategoryId: [idOf('W_LOAFERS')],
    });
    const found = async (query: string): Promise<string[]> => {
      const items = await shop.data<RoomBody[]>('GET', `/api/chat/group/search?${query}`, { as: me });
      return items.map(({ roomId }) => roomId).toSorted();
    };
    const keyword = `keyword=${word.toUpperCase()}`;
    expect(await found(keyword)).toEqual([boots, loafer].toSorted());
    expect(await found(`${keyword}&isMine=true`)).toEqual([boots]);
    expect(await found(`${keyword}&tagIds=${idOf('M_BOOTS')}`)).toEqual([boots]);
    expect(await found(`${keyword}&tagIds=${idOf('M')}`)).toEqual([boots]);
    expect(await found(`${keyword}&tagIds=${idOf('M_BOOTS')},${idOf('W')}`)).toEqual([boots, loafer].toSorted());
    expect(await found(`${keyword}&tagIds=${idOf('K')}`)).toEqual([]);
  });

  it('[H15, H16] the history is for participants, an array in the order of seq', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    await shop.data('POST', `/api/chat/messages/${room}`, {
      as: guest,
      body: { messageType: 'TEXT', content: '안녕' },
    });
    const items = await shop.data<{ seq: number; content: string | null }[]>('GET', `/api/chat/messages/${room}`, {
      as: owner,
    });
    expect(items.map(({ seq, content }) => [seq, content])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [4, '안녕'],
    ]);
    expect(await outcome('GET', `/api/chat/messages/${room}`, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    expect(await outcome('GET', '/api/chat/messages/missing', { as: owner })).toEqual([404, 'CHAT_01']);
  });
});
