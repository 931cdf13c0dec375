import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppendError, asRoomId, asTagId, asUserId, MAX_ROOMS_PER_USER } from '@munova/contracts';
import { groupRecord, memberRecord } from '@munova/contracts/testing';
import { RoomDetailsSchema, RoomSchema } from '../../src/rest/schemas/views.js';
import { startWithActors } from './actors.js';
import { tokenOf } from './harness.js';
import type { Answered, CallOptions, Harness } from './harness.js';
import {
  admin,
  freshName,
  junho,
  keyed,
  makeGroup,
  makeInquiry,
  makeProduct,
  makeTags,
  minji,
  roomIdOf,
  sora,
} from './people.js';

let api: Harness;
beforeAll(async () => {
  api = await startWithActors();
  await makeTags(api);
});
afterAll(() => api.close());

const create = (body: object = {}, options: CallOptions = {}): Promise<Answered> =>
  api.call('POST /api/chat/group', {
    token: minji,
    body: { chatName: freshName(), maxParticipants: 10, ...body },
    ...options,
  });
const join = (room: string, token: string) => api.call(`POST /api/chat/group/${room}`, { token });
const leave = (room: string, token: string) => api.call(`POST /api/chat/group/leave/${room}`, { token });
const patch = (path: string, token: string, body?: unknown) =>
  api.call(`PATCH /api/chat/group/${path}`, body === undefined ? { token } : { token, body });

describe('[H12] creating a group room', () => {
  it('answers 201 with the room, its creator the owner and a member', async () => {
    const chatName = freshName();
    const answer = await create({ chatName, productCategoryId: ['w-boots', 'm'] });
    expect(answer.status).toBe(201);
    const room = RoomSchema.parse(answer.data);
    expect(room).toMatchObject({ chatId: room.roomId, type: 'GROUP', name: chatName, chatName, status: 'OPENED' });
    expect(room).toMatchObject({ ownerId: 'minji', productId: null, buyerId: null, sellerId: null });
    expect(room).toMatchObject({ maxParticipants: 10, memberCount: 1, head: 2, lastMessage: null });
    expect(room.tags).toEqual([
      { id: 'w-boots', code: 'w-boots', nameKo: 'w-boots', nameEn: 'w-boots', parentId: 'w' },
      { id: 'm', code: 'm', nameKo: 'm', nameEn: 'm', parentId: null },
    ]);
  });

  it('[H33] answered `later` leaves its name free for a retry, with a key or without', async () => {
    const { log } = api.store;
    const append = log.append.bind(log);
    for (const key of [keyed('g-again'), {}]) {
      const chatName = freshName();
      log.append = () => Promise.reject(new AppendError('unavailable', 'no', null, 'no room'));
      expect(await create({ chatName }, key)).toMatchObject({ status: 503, code: 'unavailable' });
      log.append = append;
      expect((await create({ chatName }, key)).status).toBe(201);
    }
  });

  it('takes tags as one id or several, numbers too, and by their other names', async () => {
    const tagsOf = async (body: object): Promise<string[]> =>
      RoomSchema.parse((await create(body)).data).tags.map((tag) => tag.id);
    expect(await tagsOf({ productCategoryId: 7 })).toEqual(['7']);
    expect(await tagsOf({ productCategoryId: 'w' })).toEqual(['w']);
    expect(await tagsOf({ productCategoryId: [7, 'w', 'w'] })).toEqual(['7', 'w']);
    expect(await tagsOf({ tags: ['m'] })).toEqual(['m']);
    expect(await tagsOf({ tagIds: ['m-boots'] })).toEqual(['m-boots']);
    expect(await tagsOf({})).toEqual([]);
  });

  it('refuses more than 4 tags, or one that there is not', async () => {
    for (const productCategoryId of [['w', 'w-boots', 'w-loafers', 'm', 'm-boots'], ['w', 'nowhere'], [{}], 'a b']) {
      expect(await create({ productCategoryId })).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('knows a tag that another process made a moment ago', async () => {
    const tag = { code: 'new', nameKo: 'new', nameEn: 'new', parentId: null };
    await api.store.tags.put({ id: asTagId('new'), ...tag });
    expect(await create({ tags: ['new'] })).toMatchObject({ status: 201, data: { tags: [{ id: 'new', ...tag }] } });
  });

  it('takes a name of 1 to 100 code points after NFC and trimming', async () => {
    const named = async (chatName: unknown): Promise<Answered> => create({ chatName });
    expect(await named('  부츠 모임\n')).toMatchObject({ status: 201, data: { name: '부츠 모임' } });
    expect(await named('가방'.normalize('NFD'))).toMatchObject({
      status: 201,
      data: { name: '가방'.normalize('NFC') },
    });
    expect(await named('👟'.repeat(100))).toMatchObject({ status: 201 });
    expect(await named('가'.repeat(100).normalize('NFD'))).toMatchObject({ status: 201 });
    for (const bad of ['', '   ', '👟'.repeat(101), null, undefined]) {
      expect(await named(bad), String(bad)).toMatchObject({ status: 400, code: 'CHAT_05' });
    }
    for (const bad of [7, ['a'], 'a\u0000b', '\ud800']) {
      expect(await named(bad)).toMatchObject({ status: 400, code: 'bad-request' });
    }
    const byName = await create({ chatName: undefined, name: freshName() });
    expect(byName).toMatchObject({ status: 201 });
  });

  it('takes a capacity of 1 to 1000', async () => {
    expect(await create({ maxParticipants: 1 })).toMatchObject({ status: 201 });
    expect(await create({ maxParticipants: 1_000 })).toMatchObject({ status: 201 });
    for (const bad of [0, -1, 1_001, 1.5, '10', null, undefined]) {
      expect(await create({ maxParticipants: bad })).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('refuses a name that is taken', async () => {
    const chatName = freshName();
    await create({ chatName });
    expect(await create({ chatName: ` ${chatName} ` }, { token: junho })).toMatchObject({
      status: 409,
      code: 'CHAT_09',
    });
  });
});

describe('[H6] the Idempotency-Key', () => {
  it('makes a retried creation the same room, 201 again', async () => {
    const body = { chatName: freshName(), maxParticipants: 5 };
    const call = { token: minji, body, ...keyed('create-1') };
    const [first, again] = [await api.call('POST /api/chat/group', call), await api.call('POST /api/chat/group', call)];
    expect(first.status).toBe(201);
    expect(again.status).toBe(201);
    expect(roomIdOf(again)).toBe(roomIdOf(first));
    const other = await api.call('POST /api/chat/group', { ...call, body: { ...body, maxParticipants: 6 } });
    expect(other).toMatchObject({ status: 409, code: 'cmid-conflict' });
  });

  it('makes one room of simultaneous copies', async () => {
    const call = { token: minji, body: { chatName: freshName(), maxParticipants: 5 }, ...keyed('create-many') };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.call('POST /api/chat/group', call)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map(roomIdOf)).size).toBe(1);
  });

  it('answers a retried change with its first outcome, whatever came after', async () => {
    const room = await makeGroup(api);
    const joining = { token: junho, ...keyed('join-1') };
    expect(await api.call(`POST /api/chat/group/${room}`, joining)).toMatchObject({ status: 200 });
    await leave(room, junho);
    expect(await api.call(`POST /api/chat/group/${room}`, joining)).toMatchObject({ data: { memberCount: 1 } });
    const closing = { token: minji, ...keyed('close-1') };
    await api.call(`PATCH /api/chat/group/close/${room}`, closing);
    expect(await api.call(`PATCH /api/chat/group/close/${room}`, closing)).toMatchObject({ status: 200 });
    expect(await patch(`close/${room}`, minji)).toMatchObject({ status: 409, code: 'CHAT_02' });
  });

  it('is 1–64 of A-Za-z0-9._:-', async () => {
    for (const key of ['a b', 'x'.repeat(65), 'a/b', 'a~1']) {
      expect(await create({}, keyed(key))).toMatchObject({ status: 400, code: 'bad-request' });
    }
    expect(await create({}, { token: minji, ...keyed('A-z0.9_:-') })).toMatchObject({ status: 201 });
  });
});

describe('[H13] membership and state of group rooms', () => {
  it('joining answers the room; joined already changes nothing', async () => {
    const room = await makeGroup(api, { maxParticipants: 2 });
    expect(await join(room, junho)).toMatchObject({ status: 200, data: { roomId: room, memberCount: 2, head: 3 } });
    expect(await join(room, junho)).toMatchObject({ status: 200, data: { memberCount: 2, head: 3 } });
    expect(await join(room, sora)).toMatchObject({ status: 400, code: 'CHAT_06' });
    expect(await join('nowhere', sora)).toMatchObject({ status: 404, code: 'CHAT_01' });
    expect(await join('no~room', sora)).toMatchObject({ status: 404, code: 'CHAT_01' });
  });

  it('leaving is for members but the owner', async () => {
    const room = await makeGroup(api);
    await join(room, junho);
    expect(await leave(room, junho)).toMatchObject({ status: 200, data: { memberCount: 1 } });
    expect(await leave(room, junho)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await leave(room, minji)).toMatchObject({ status: 403, code: 'AUTH_02' });
  });

  it('the owner closes and reopens, members and strangers do not', async () => {
    const room = await makeGroup(api);
    await join(room, junho);
    expect(await patch(`close/${room}`, junho)).toMatchObject({ status: 403, code: 'AUTH_02' });
    expect(await patch(`close/${room}`, sora)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await patch(`close/${room}`, minji)).toMatchObject({ status: 200, data: { status: 'CLOSED' } });
    expect(await join(room, sora)).toMatchObject({ status: 409, code: 'CHAT_02' });
    expect(await patch(`open/${room}`, minji)).toMatchObject({ status: 200, data: { status: 'OPENED' } });
    expect(await join(room, sora)).toMatchObject({ status: 200 });
  });

  it('the owner renames and resizes, both or one', async () => {
    const room = await makeGroup(api);
    await join(room, junho);
    const [first, second] = [freshName(), freshName()];
    expect(await patch(room, minji, { chatName: first })).toMatchObject({ status: 200, data: { chatName: first } });
    const both = await patch(room, minji, { name: second, maxParticipants: 3 });
    expect(both).toMatchObject({ status: 200, data: { name: second, maxParticipants: 3 } });
    expect(await patch(room, minji, { maxParticipants: 1 })).toMatchObject({ status: 400, code: 'CHAT_04' });
    expect(await patch(room, minji, { chatName: ' ' })).toMatchObject({ status: 400, code: 'CHAT_05' });
    expect(await patch(room, minji, {})).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await patch(room, junho, { chatName: freshName() })).toMatchObject({ status: 403, code: 'AUTH_02' });
    await makeGroup(api, { chatName: first });
    expect(await patch(room, minji, { chatName: first })).toMatchObject({ status: 409, code: 'CHAT_09' });
  });

  it('the kicked stay out until they are let in again', async () => {
    const room = await makeGroup(api);
    await join(room, junho);
    const on = (what: string, userId: unknown, token: string) =>
      api.call(`POST /api/chat/group/${what}/${room}`, { token, body: { userId } });
    expect(await on('kick', 'minji', junho)).toMatchObject({ status: 403, code: 'AUTH_02' });
    expect(await on('kick', 'nobody', minji)).toMatchObject({ status: 404, code: 'AUTH_01' });
    expect(await on('kick', 'no body', minji)).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await on('kick', 'junho', minji)).toMatchObject({ status: 200, data: { memberCount: 1 } });
    expect(await join(room, junho)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await api.call(`GET /api/chat/group/${room}`, { token: junho })).toMatchObject({
      status: 403,
      code: 'CHAT_03',
    });
    expect(await on('unkick', 'junho', admin)).toMatchObject({ status: 200 });
    expect(await join(room, junho)).toMatchObject({ status: 200, data: { memberCount: 2 } });
  });
});

describe('[H14] rooms of the other type', () => {
  it('are CHAT_10 on the routes of groups, and CHAT_01 where the inquiry is another’s', async () => {
    const inquiry = await makeInquiry(api, minji);
    const routes = [
      `POST /api/chat/group/${inquiry}`,
      `POST /api/chat/group/leave/${inquiry}`,
      `PATCH /api/chat/group/close/${inquiry}`,
      `PATCH /api/chat/group/open/${inquiry}`,
      `GET /api/chat/group/${inquiry}`,
    ];
    for (const route of routes) {
      expect(await api.call(route, { token: minji }), route).toMatchObject({ status: 404, code: 'CHAT_10' });
      expect(await api.call(route, { token: junho }), route).toMatchObject({ status: 404, code: 'CHAT_01' });
    }
  });

  it('are CHAT_10 on the routes of inquiries', async () => {
    const room = await makeGroup(api);
    for (const route of [`PATCH /api/chat/seller/${room}`, `PATCH /api/chat/seller/open/${room}`]) {
      expect(await api.call(route, { token: minji })).toMatchObject({ status: 404, code: 'CHAT_10' });
    }
  });
});

describe('[H10] details of a group room', () => {
  it('show the members to members, and to admins', async () => {
    const room = await makeGroup(api);
    await join(room, junho);
    const answer = await api.call(`GET /api/chat/group/${room}`, { token: junho });
    const details = RoomDetailsSchema.parse(answer.data);
    expect(details).toMatchObject({ roomId: room, memberCount: 2, head: 3, nextCursor: null });
    expect(details.members.map(({ joinedAt: _, ...member }) => member)).toEqual([
      { userId: 'minji', name: '민지', memberType: 'OWNER' },
      { userId: 'junho', name: '준호', memberType: 'MEMBER' },
    ]);
    expect(await api.call(`GET /api/chat/group/${room}`, { token: sora })).toMatchObject({
      status: 403,
      code: 'CHAT_03',
    });
    expect(await api.call(`GET /api/chat/group/${room}`, { token: admin })).toMatchObject({ status: 200 });
    expect(await api.call('GET /api/chat/group/nowhere')).toMatchObject({ status: 404, code: 'CHAT_01' });
  });

  it('page the members', async () => {
    const room = await makeGroup(api);
    for (const user of ['a', 'b', 'c', 'd']) await join(room, tokenOf(user));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '?limit=2' : `?limit=2&cursor=${encodeURIComponent(cursor)}`;
      const page = RoomDetailsSchema.parse(
        (await api.call(`GET /api/chat/group/${room}${query}`, { token: minji })).data,
      );
      expect(page.members.length).toBeLessThanOrEqual(2);
      seen.push(...page.members.map((member) => member.userId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['minji', 'a', 'b', 'c', 'd']);
    expect(await api.call(`GET /api/chat/group/${room}?cursor=nonsense`, { token: minji })).toMatchObject({
      status: 400,
      code: 'bad-request',
    });
  });
});

describe('[H8] words in the place of a room id', () => {
  it('are the routes they name', async () => {
    for (const route of ['GET /api/chat/group/owner', 'GET /api/chat/group/search', 'GET /api/chat/group/search/']) {
      const answer = await api.call(route);
      expect(answer.status, route).toBe(200);
      expect(Array.isArray(answer.data), route).toBe(true);
    }
  });
});

describe('[H26] rooms a user', () => {
  it('are at most 1,000: one more is refused, naming the limit, and those there still work', async () => {
    const busy = asUserId('busy');
    const token = tokenOf('busy');
    const room = await makeGroup(api);
    const key = keyed('busy-create');
    const body = { chatName: freshName(), maxParticipants: 3 };
    const own = roomIdOf(await api.call('POST /api/chat/group', { token, body, ...key }));
    const rooms = Array.from({ length: MAX_ROOMS_PER_USER - 1 }, (_, i) => asRoomId(`filler-${String(i)}`));
    const updates = rooms.map((roomId) => ({
      record: groupRecord({ roomId, ownerId: asUserId('root') }),
      members: [memberRecord({ room: roomId, user: busy })],
      redactions: [],
    }));
    await api.store.projection.project(updates, []);
    for (const refused of [
      await join(room, token),
      await create({}, { token }),
      await api.call(`POST /api/chat/one-to-one/${await makeProduct(api)}`, { token }),
    ]) {
      expect(refused).toMatchObject({ status: 400, code: 'bad-request' });
      expect(refused.message).toContain(String(MAX_ROOMS_PER_USER));
    }
    expect(await join(own, token)).toMatchObject({ status: 200 });
    const retried = await api.call('POST /api/chat/group', { token, body, ...key });
    expect(retried.status).toBe(201);
    expect(roomIdOf(retried)).toBe(own);
  });
});
