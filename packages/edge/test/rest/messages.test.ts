import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_CONTENT_CODE_POINTS } from '@munova/contracts';
import type { MessageView } from '@munova/contracts';
import { MessageSchema } from '../../src/rest/schemas/views.js';
import { startWithActors } from './actors.js';
import type { Answered, Harness } from './harness.js';
import {
  admin,
  agent,
  freshId,
  junho,
  keyed,
  makeGroup,
  makeInquiry,
  minji,
  rival,
  say,
  seller,
  sora,
} from './people.js';

let api: Harness;
beforeAll(async () => {
  api = await startWithActors({ config: { imageHosts: ['img.example'] } });
});
afterAll(() => api.close());

const get = (room: string, query = '', token = minji): Promise<Answered> =>
  api.call(`GET /api/chat/messages/${room}${query}`, { token });
const post = (room: string, body: unknown, token = minji): Promise<Answered> =>
  api.call(`POST /api/chat/messages/${room}`, { token, body });
const itemsOf = (answer: Answered): MessageView[] => (answer.data as { items: MessageView[] }).items;
const seqs = (answer: Answered): number[] => itemsOf(answer).map((item) => item.seq);

describe('[H17] sending without a socket', () => {
  it('answers 201 with seq and id, the same on a retry', async () => {
    const room = await makeGroup(api);
    const call = { token: minji, body: { type: 'TEXT', content: '안녕하세요 👟\n두 번째 줄' }, ...keyed('say-1') };
    const first = await api.call(`POST /api/chat/messages/${room}`, call);
    expect(first).toMatchObject({ status: 201, data: { seq: 3, clientMessageId: 'say-1' } });
    await say(api, room, '다음');
    const again = await api.call(`POST /api/chat/messages/${room}`, call);
    expect(again).toMatchObject({ status: 201, data: { seq: 3, clientMessageId: 'say-1' } });
    const other = await api.call(`POST /api/chat/messages/${room}`, { ...call, body: { type: 'TEXT', content: '!' } });
    expect(other).toMatchObject({ status: 409, code: 'cmid-conflict' });
    const [item] = itemsOf(await get(room, '?after=2&limit=1'));
    expect(item).toMatchObject({ seq: 3, content: '안녕하세요 👟\n두 번째 줄', clientMessageId: 'say-1' });
  });

  it('makes an id up where none is given, and then a repeat is a new message', async () => {
    const room = await makeGroup(api);
    const [first, second] = [await say(api, room, '같은 말'), await say(api, room, '같은 말')];
    expect(first).toMatchObject({ status: 201, data: { seq: 3 } });
    expect(second).toMatchObject({ status: 201, data: { seq: 4 } });
    expect((first.data as MessageView).clientMessageId).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
  });

  it('is TEXT unless said, and takes the predecessor’s messageType', async () => {
    const room = await makeGroup(api);
    await post(room, { content: 'a' });
    await post(room, { messageType: 'IMAGE', content: 'https://img.example/a.jpg' });
    expect(itemsOf(await get(room, '?after=2')).map((item) => item.type)).toEqual(['TEXT', 'IMAGE']);
  });

  it('refuses content that is none', async () => {
    const room = await makeGroup(api);
    expect(await post(room, { content: '👟'.repeat(MAX_CONTENT_CODE_POINTS) })).toMatchObject({ status: 201 });
    for (const bad of [
      {},
      { content: '' },
      { content: 7 },
      { content: null },
      { content: '👟'.repeat(MAX_CONTENT_CODE_POINTS + 1) },
      { content: 'a\u0000b' },
      { content: '\udc00' },
      { type: 'VIDEO', content: 'a' },
      { type: 'IMAGE', content: 'no url' },
      { type: 'IMAGE', content: 'http://img.example/a.jpg' },
      { type: 'IMAGE', content: 'https://elsewhere.example/a.jpg' },
    ]) {
      const answer = await post(room, bad);
      expect(answer, JSON.stringify(bad).slice(0, 60)).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('is for members, in open rooms', async () => {
    const room = await makeGroup(api);
    expect(await say(api, room, 'a', sora)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await say(api, room, 'a', admin)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await say(api, 'nowhere', 'a')).toMatchObject({ status: 404, code: 'CHAT_01' });
    const inquiry = await makeInquiry(api);
    expect(await say(api, inquiry, 'a', rival)).toMatchObject({ status: 404, code: 'CHAT_01' });
    expect(await say(api, inquiry, 'a', agent)).toMatchObject({ status: 201 });
    await api.call(`PATCH /api/chat/group/close/${room}`, { token: minji });
    expect(await say(api, room, 'a')).toMatchObject({ status: 409, code: 'CHAT_02' });
  });
});

describe('[H15] history pages', () => {
  let room: string;
  beforeAll(async () => {
    room = await makeGroup(api);
    for (let seq = 3; seq <= 30; seq += 1) await say(api, room, `메시지 ${String(seq)}`);
  });
  const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

  it('are in seq order, exclusive of their bounds, with head and generation', async () => {
    const page = await get(room, '?after=5&limit=3');
    expect(page.data).toMatchObject({ head: 30, generation: 'g1' });
    expect(seqs(page)).toEqual([6, 7, 8]);
    expect(seqs(await get(room, '?before=8&limit=3'))).toEqual([5, 6, 7]);
    expect(seqs(await get(room, '?before=3&limit=200'))).toEqual([1, 2]);
    expect(seqs(await get(room, '?before=1'))).toEqual([]);
    expect(seqs(await get(room, '?after=30'))).toEqual([]);
    expect(seqs(await get(room, '?after=1000'))).toEqual([]);
    expect(seqs(await get(room, '?before=1000&limit=2'))).toEqual([29, 30]);
  });

  it('are the newest with neither bound, 20 unless said', async () => {
    expect(seqs(await get(room, '?limit=4'))).toEqual([27, 28, 29, 30]);
    expect(seqs(await get(room, '?after=0'))).toEqual(range(1, 20));
    expect(seqs(await get(room, '?before=31'))).toEqual(range(11, 30));
  });

  it('are an array of the newest 100 without any parameter', async () => {
    const few = await get(room);
    expect((few.data as MessageView[]).map((item) => item.seq)).toEqual(range(1, 30));
    const busy = await makeGroup(api);
    await Promise.all(Array.from({ length: 120 }, () => say(api, busy, 'a')));
    expect(((await get(busy)).data as MessageView[]).map((item) => item.seq)).toEqual(range(23, 122));
  });

  it('refuse both bounds, and what is no seq or limit', async () => {
    for (const query of [
      'before=1&after=2',
      'before=x',
      'after=-1',
      'after=1.5',
      'after=',
      'limit=0',
      'limit=201',
      'after=1&after=2',
    ]) {
      expect(await get(room, `?${query}`), query).toMatchObject({ status: 400, code: 'bad-request' });
    }
    expect(await get(room, '?before=99999999999999999')).toMatchObject({ status: 400 });
  });

  it('hold every entry in the shape of its MESSAGE', async () => {
    const items = MessageSchema.array().parse(itemsOf(await get(room, '?after=0&limit=3')));
    expect(
      items.map(({ kind, n, senderId, senderName, senderRole, type, content }) => [
        kind,
        n,
        senderId,
        senderName,
        senderRole,
        type,
        content,
      ]),
    ).toEqual([
      ['created', 0, 'minji', '민지', 'buyer', null, null],
      ['joined', 0, 'minji', '민지', 'buyer', null, null],
      ['message', 1, 'minji', '민지', 'buyer', 'TEXT', '메시지 3'],
    ]);
    expect(items[0]?.data).toMatchObject({ roomId: room, type: 'GROUP', head: 1 });
    expect(items[1]?.data).toEqual({ userId: 'minji' });
  });
});

describe('[H16] who may read', () => {
  it('a group: its members, while they are; admins', async () => {
    const room = await makeGroup(api);
    const reads = async (token: string): Promise<string> => (await get(room, '', token)).code;
    expect(await reads(sora)).toBe('CHAT_03');
    await api.call(`POST /api/chat/group/${room}`, { token: sora });
    expect(await reads(sora)).toBe('success');
    await api.call(`POST /api/chat/group/leave/${room}`, { token: sora });
    expect(await reads(sora)).toBe('CHAT_03');
    expect(await reads(admin)).toBe('success');
    await api.call(`PATCH /api/chat/group/close/${room}`, { token: minji });
    expect(await reads(minji)).toBe('success');
  });

  it('an inquiry: its buyer, the seller, the shop’s agents, admins; to others it is not there', async () => {
    const room = await makeInquiry(api);
    for (const token of [minji, seller, agent, admin])
      expect(await get(room, '', token)).toMatchObject({ status: 200 });
    for (const token of [junho, rival]) {
      expect(await get(room, '', token)).toMatchObject({ status: 404, code: 'CHAT_01' });
      expect(await api.call(`GET /api/chat/rooms/${room}`, { token })).toMatchObject({ status: 404, code: 'CHAT_01' });
    }
    const missing = await get('nowhere', '', junho);
    expect(missing.text).toBe((await get(room, '', junho)).text);
  });
});

describe('[H18] redaction', () => {
  const redact = (room: string, seq: number | string, token: string, key = freshId('redact')) =>
    api.call(`DELETE /api/chat/messages/${room}/${String(seq)}`, { token, ...keyed(key) });

  it('blanks a message in place and stands in the log itself', async () => {
    const room = await makeGroup(api);
    await say(api, room, '010-1234-5678');
    expect(await redact(room, 3, minji, 'r1')).toMatchObject({ status: 200, data: { targetSeq: 3, seq: 4 } });
    expect(await redact(room, 3, minji, 'r1')).toMatchObject({ status: 200, data: { targetSeq: 3, seq: 4 } });
    expect(await redact(room, 3, minji)).toMatchObject({ status: 200, data: { targetSeq: 3, seq: null } });
    const [target, entry] = itemsOf(await get(room, '?after=2'));
    expect(target).toMatchObject({ seq: 3, kind: 'message', content: null, redacted: true, senderId: 'minji' });
    expect(entry).toMatchObject({ seq: 4, kind: 'redacted', data: { targetSeq: 3 } });
    expect(JSON.stringify((await get(room)).data)).not.toContain('010-1234');
  });

  it('is the author’s, the owner’s and the admin’s', async () => {
    const room = await makeGroup(api);
    for (const token of [junho, sora]) await api.call(`POST /api/chat/group/${room}`, { token });
    for (let i = 0; i < 3; i += 1) await say(api, room, 'a', junho);
    expect(await redact(room, 5, sora)).toMatchObject({ status: 403, code: 'AUTH_02' });
    expect(await redact(room, 5, rival)).toMatchObject({ status: 403, code: 'CHAT_03' });
    expect(await redact(room, 5, junho)).toMatchObject({ status: 200 });
    expect(await redact(room, 6, minji)).toMatchObject({ status: 200 });
    expect(await redact(room, 7, admin)).toMatchObject({ status: 200 });
  });

  it('is of messages that there are', async () => {
    const room = await makeGroup(api);
    expect(await redact(room, 1, minji)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await redact(room, 99, minji)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await redact(room, 'x', minji)).toMatchObject({ status: 400, code: 'bad-request' });
  });
});
