/** The predecessor's REST calls on the started product: inquiries, group rooms, its codes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN, type RoomBody, SELLER, type WireAnswer, type WireCall, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

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
    expect(await shop.outcome('POST', `/api/chat/one-to-one/${id}`, { as: SELLER })).toEqual([400, 'CHAT_11']);
    const agent = { sub: shop.fresh('agent'), role: 'seller', shop: SELLER.sub } as const;
    expect(await shop.outcome('POST', `/api/chat/one-to-one/${id}`, { as: agent })).toEqual([400, 'CHAT_11']);
    expect(await shop.outcome('POST', '/api/chat/one-to-one/none', { as: 'somebody' })).toEqual([404, 'PROD_01']);
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
    expect(await shop.outcome('PATCH', path, { as: shop.fresh('u') })).toEqual([404, 'CHAT_01']);
    expect(await shop.outcome('PATCH', path, { as: buyer })).toEqual([403, 'AUTH_02']);
    const closed = await shop.call<RoomBody>('PATCH', path, { as: SELLER });
    expect([closed.status, closed.body.data.status]).toEqual([200, 'CLOSED']);
    expect(await shop.outcome('PATCH', path, { as: SELLER })).toEqual([409, 'CHAT_02']);
    const send = { as: buyer, body: { type: 'TEXT', content: '계세요' } };
    expect(await shop.outcome('POST', `/api/chat/messages/${room}`, send)).toEqual([409, 'CHAT_02']);
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
    expect(await shop.outcome('POST', path, { as: shop.fresh('u') })).toEqual([400, 'CHAT_06']);
    await shop.data('POST', `/api/chat/group/leave/${room}`, { as: guest });
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: owner });
    expect(await shop.outcome('POST', path, { as: guest })).toEqual([409, 'CHAT_02']);
    expect(await shop.outcome('POST', path, { as: owner })).toEqual([200, 'success']);
    expect(await shop.outcome('POST', '/api/chat/group/missing', { as: guest })).toEqual([404, 'CHAT_01']);
  });

  it('[H13] leaving: a member may, the owner AUTH_02, a stranger CHAT_03, an inquiry CHAT_10', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    const path = `/api/chat/group/leave/${room}`;
    expect(await shop.outcome('POST', path, { as: owner })).toEqual([403, 'AUTH_02']);
    expect(await shop.outcome('POST', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    const left = await shop.call<RoomBody>('POST', path, { as: guest });
    expect([left.status, left.body.data.memberCount]).toEqual([200, 1]);
    expect(await shop.outcome('POST', path, { as: guest })).toEqual([403, 'CHAT_03']);
    const inquiry = await shop.inquiry(guest);
    expect(await shop.outcome('POST', `/api/chat/group/leave/${inquiry}`, { as: guest })).toEqual([404, 'CHAT_10']);
  });

  it('[H13, R15] the owner renames and resizes; below the members CHAT_04, a taken name CHAT_09', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const [room, other] = [await shop.group(owner, [guest]), await shop.group(owner)];
    const path = `/api/chat/group/${room}`;
    const patch = (as: string, body: object): Promise<[number, string]> => shop.outcome('PATCH', path, { as, body });
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
      expect(await shop.outcome('PATCH', path, { as: guest })).toEqual([403, 'AUTH_02']);
      expect(await shop.outcome('PATCH', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
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
    expect(await shop.outcome('GET', `/api/chat/group/${open}`, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
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
    expect(await shop.outcome('GET', `/api/chat/messages/${room}`, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    expect(await shop.outcome('GET', '/api/chat/messages/missing', { as: owner })).toEqual([404, 'CHAT_01']);
  });
});
