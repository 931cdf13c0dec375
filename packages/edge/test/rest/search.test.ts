import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoomSchema } from '../../src/rest/schemas/views.js';
import { startWithActors } from './actors.js';
import type { Harness } from './harness.js';
import { junho, makeGroup, makeInquiry, makeTags, minji } from './people.js';

let api: Harness;
const rooms: Record<string, string> = {};
beforeAll(async () => {
  api = await startWithActors();
  await makeTags(api);
  rooms['boots'] = await makeGroup(api, { chatName: '겨울 부츠 Boots', tags: ['w-boots'], maxParticipants: 2 });
  rooms['both'] = await makeGroup(api, { chatName: '로퍼와 부츠', tags: ['w-loafers', 'm-boots'] }, junho);
  rooms['percent'] = await makeGroup(api, { chatName: "100%_'할인'" });
  rooms['closed'] = await makeGroup(api, { chatName: '닫힌 부츠' });
  await api.call(`PATCH /api/chat/group/close/${rooms['closed']}`, { token: minji });
  await api.call(`POST /api/chat/group/${rooms['boots']}`, { token: junho });
  await makeInquiry(api);
});
afterAll(() => api.close());

const search = async (query: string, token = minji): Promise<string[]> => {
  const answer = await api.call(`GET /api/chat/group/search?${query}`, { token });
  expect(answer.status, query).toBe(200);
  const found = RoomSchema.array().parse(answer.data);
  return found.map((room) => Object.keys(rooms).find((name) => rooms[name] === room.roomId) ?? room.name).sort();
};

describe('[H30] searching group rooms', () => {
  it('finds open ones by a part of the name, any case, each sign meaning itself', async () => {
    expect(await search('')).toEqual(['boots', 'both', 'percent']);
    expect(await search(`keyword=${encodeURIComponent('부')}`)).toEqual(['boots', 'both']);
    expect(await search('keyword=bOOt')).toEqual(['boots']);
    for (const sign of ['%', '_', "'", "_'할"]) {
      expect(await search(`keyword=${encodeURIComponent(sign)}`), sign).toEqual(['percent']);
    }
    expect(await search('keyword=')).toEqual(['boots', 'both', 'percent']);
  });

  it('by tags: any of them, a parent meaning its children, all of them where asked', async () => {
    expect(await search('tagIds=w-boots,m-boots')).toEqual(['boots', 'both']);
    expect(await search('tagIds=w-boots&tagIds=m-boots')).toEqual(['boots', 'both']);
    expect(await search('tagIds=w')).toEqual(['boots', 'both']);
    expect(await search('tagIds=w,m&tagMode=all')).toEqual(['both']);
    expect(await search('tagIds=')).toEqual(['boots', 'both', 'percent']);
    expect(await search('tagIds=nowhere')).toEqual([]);
  });

  it('by status, membership and room left', async () => {
    expect(await search('status=CLOSED')).toEqual(['closed']);
    expect(await search('status=DELETED')).toEqual([]);
    expect(await search('isMine=true', junho)).toEqual(['boots', 'both']);
    expect(await search('isMine=false', junho)).toEqual(['boots', 'both', 'percent']);
    expect(await search('hasSpace=true')).toEqual(['both', 'percent']);
    expect(await search('minMembers=2')).toEqual(['boots']);
    expect(await search('maxMembers=1')).toEqual(['both', 'percent']);
    expect(await search('minMembers=1&maxMembers=2&hasSpace=true&keyword=100')).toEqual(['percent']);
  });

  it('in the order asked for', async () => {
    const order = async (sort: string): Promise<string[]> =>
      RoomSchema.array()
        .parse((await api.call(`GET /api/chat/group/search?sort=${sort}`)).data)
        .map((room) => room.name);
    expect(await order('name')).toEqual(["100%_'할인'", '겨울 부츠 Boots', '로퍼와 부츠']);
    expect((await order('members'))[0]).toBe('겨울 부츠 Boots');
    expect((await order('created'))[0]).toBe("100%_'할인'");
  });

  it('refuses conditions that are none', async () => {
    const long = 'x'.repeat(101);
    for (const query of [
      'isMine=yes',
      'hasSpace=1',
      'sort=size',
      'status=open',
      'tagMode=some',
      'minMembers=-1',
      `keyword=${long}`,
    ]) {
      expect(await api.call(`GET /api/chat/group/search?${query}`), query).toMatchObject({
        status: 400,
        code: 'bad-request',
      });
    }
    for (const query of ['maxMembers=x', 'tagIds=a%20b', `tagIds=${'w,'.repeat(51)}`, 'keyword=%00']) {
      expect(await api.call(`GET /api/chat/group/search?${query}`), query).toMatchObject({
        status: 400,
        code: 'bad-request',
      });
    }
  });
});
