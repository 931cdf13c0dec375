/** The REST interface of the started product: the wrapper, tokens, history, sending, reading. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ERRORS } from '@munova/contracts';
import { type EntryBody } from '../../driver/wire-client.js';
import { ADMIN, type MyRoomBody, type Page, say, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open({ args: ['--demo'] });
}, 60_000);
afterAll(() => shop.close());

const PATIENT = { timeout: 5_000, interval: 100 };

interface History extends Page<EntryBody> {
  readonly head: number;
  readonly generation: string;
}
const keys = (value: object | undefined): string[] => Object.keys(value ?? {});

describe('every answer', () => {
  it('[H1] is the wrapper, and its statusCode that of the status line', async () => {
    const user = shop.fresh('u');
    const answers = [
      await shop.call('GET', '/api/chat/rooms', { as: user }),
      await shop.call('GET', '/api/no/such/route', { as: user }),
      await shop.call('GET', '/', { as: user }),
      await shop.call('GET', '/api/chat/rooms/missing', { as: user }),
      await shop.call('POST', '/api/chat/group', { as: user, body: '{"chatName":' }),
      await shop.call('POST', '/api/chat/group', { as: user, body: `"${'a'.repeat(70_000)}"` }),
      await shop.call('POST', '/api/chat/group', {
        as: user,
        body: 'chatName=x',
        headers: { 'content-type': 'text/plain' },
      }),
      await shop.call('DELETE', '/api/tags/1', { as: user }),
      await shop.call('GET', '/healthz'),
      await shop.call('GET', '/readyz'),
    ];
    for (const { status, headers, body } of answers) {
      expect(keys(body)).toEqual(['statusCode', 'code', 'message', 'data']);
      expect(body.statusCode).toBe(status);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
    }
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [200, 'success'],
      [404, 'not-found'],
      [404, 'not-found'],
      [404, 'CHAT_01'],
      [400, 'bad-request'],
      [413, 'too-large'],
      [400, 'bad-request'],
      [404, 'not-found'],
      [200, 'success'],
      [200, 'success'],
    ]);
    expect(answers[1]?.body.data).toBeNull();
  });

  it('[H1] malformed paths, queries and bodies are 400 or 404, never 500', async () => {
    const user = shop.fresh('u');
    const bad: readonly (readonly [string, string, unknown])[] = [
      ...['[]', 'null', '"text"', '5', ''].map((body) => ['POST', '/api/chat/group', body] as const),
      ['GET', '/api/chat/rooms/%zz', undefined],
      ['GET', `/api/chat/rooms/${'a'.repeat(600)}`, undefined],
      ['GET', '/api/chat/rooms/%00', undefined],
      ['GET', '/api/chat/rooms/..%2f..%2fetc', undefined],
      ['GET', '/api/chat/rooms?limit=1&limit=2', undefined],
      ['GET', '/api/chat/group/search?keyword=%00', undefined],
      ['GET', '/api/chat/group/search?keyword=a&keyword=b', undefined],
      ['GET', `/api/chat/rooms?cursor=${'a'.repeat(3_000)}`, undefined],
      ['DELETE', '/api/chat/messages/missing/x', undefined],
    ];
    for (const [method, path, body] of bad) {
      const call = { as: user, ...(body === undefined ? {} : { body }) };
      const { status, body: answer } = await shop.call(method, path, call);
      const what = [path.slice(0, 60), body, status];
      expect([...what, status >= 400 && status < 500]).toEqual([...what, true]);
      expect(keys(answer)).toEqual(['statusCode', 'code', 'message', 'data']);
    }
  });

  it('[H2] speaks Korean to who prefers it', async () => {
    const path = '/api/chat/rooms/missing';
    const korean = await shop.call('GET', path, { as: 'u', headers: { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' } });
    expect(korean.body.message).toBe(ERRORS.CHAT_01.ko);
    const english = await shop.call('GET', path, { as: 'u', headers: { 'accept-language': 'en,ko;q=0.5' } });
    expect(english.body.message).toBe(ERRORS.CHAT_01.en);
  });

  it('[H4] without a valid token it is 401 everywhere but on the service’s own pages', async () => {
    const document = await fetch(`${shop.product.ready.http}/api/openapi.json`);
    const { paths } = (await document.json()) as { paths: Record<string, Record<string, unknown>> };
    const open = [
      '/healthz',
      '/readyz',
      '/metrics',
      '/api/openapi.json',
      '/api/docs',
      '/api/demo/people',
      '/api/demo/token',
    ];
    for (const [path, methods] of Object.entries(paths)) {
      if (open.includes(path)) continue;
      for (const method of Object.keys(methods)) {
        const call = method === 'get' || method === 'delete' ? {} : { body: {} };
        const answer = await shop.call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '1'), call);
        expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 401, 'unauthenticated']);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });

  it('[H24] the document lists every route of the interface', async () => {
    const document = await fetch(`${shop.product.ready.http}/api/openapi.json`);
    expect(document.headers.get('content-type')).toMatch(/^application\/json/);
    const { openapi, paths } = (await document.json()) as { openapi: string; paths: Record<string, object> };
    expect(openapi).toMatch(/^3\.1/);
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
    );
    expect(listed).toEqual(
      expect.arrayContaining([
        'POST /api/chat/one-to-one/{}',
        'GET /api/chat/one-to-one',
        'GET /api/chat/seller/one-to-one',
        'PATCH /api/chat/seller/{}',
        'PATCH /api/chat/seller/open/{}',
        'POST /api/chat/group',
        'GET /api/chat/group/search',
        'GET /api/chat/group/owner',
        'PATCH /api/chat/group/{}',
        'POST /api/chat/group/{}',
        'GET /api/chat/group/{}',
        'POST /api/chat/group/leave/{}',
        'PATCH /api/chat/group/close/{}',
        'PATCH /api/chat/group/open/{}',
        'POST /api/chat/group/kick/{}',
        'POST /api/chat/group/unkick/{}',
        'GET /api/chat/messages/{}',
        'POST /api/chat/messages/{}',
        'DELETE /api/chat/messages/{}/{}',
        'GET /api/chat/rooms',
        'GET /api/chat/rooms/{}',
        'PUT /api/chat/rooms/{}/read',
        'GET /api/tags',
        'PUT /api/tags/{}',
        'GET /api/products',
        'GET /api/products/{}',
        'PUT /api/products/{}',
        'GET /api/demo/people',
        'POST /api/demo/token',
        'GET /healthz',
        'GET /readyz',
        'GET /metrics',
        'GET /api/openapi.json',
        'GET /api/docs',
      ]),
    );
    const page = await fetch(`${shop.product.ready.http}/api/docs`);
    expect([page.status, page.headers.get('content-type')?.split(';')[0]]).toEqual([200, 'text/html']);
  });

  it('[H5] beyond 300 calls at once a user is rate-limited with 429, and nobody else', async () => {
    const user = shop.fresh('eager');
    const answers = await Promise.all(Array.from({ length: 900 }, () => shop.call('GET', '/api/tags', { as: user })));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(300);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([429, 'rate-limited']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await shop.outcome('GET', '/api/tags', { as: shop.fresh('u') })).toEqual([200, 'success']);
  });
});

describe('messages', () => {
  it('[H15] pages of the history are in seq order with exclusive bounds', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    for (let i = 3; i <= 30; i += 1) await shop.post(room, user, String(i));
    const page = (query: string): Promise<History> =>
      shop.data<History>('GET', `/api/chat/messages/${room}?${query}`, { as: user });
    const seqs = async (query: string): Promise<number[]> => (await page(query)).items.map(({ seq }) => seq);
    const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const newest = await page('limit=5');
    expect(keys(newest)).toEqual(['items', 'head', 'generation']);
    expect(newest).toMatchObject({ head: 30, generation: expect.stringMatching(/./) as string });
    expect(newest.items.map(({ seq }) => seq)).toEqual(range(26, 30));
    expect(await seqs('before=10&limit=4')).toEqual(range(6, 9));
    expect(await seqs('after=10&limit=4')).toEqual(range(11, 14));
    expect(await seqs('after=0&limit=200')).toEqual(range(1, 30));
    expect(await seqs('before=1')).toEqual([]);
    expect(await seqs('after=30')).toEqual([]);
    expect(await seqs('after=99')).toEqual([]);
    expect(await seqs('before=31&limit=1')).toEqual([30]);
    expect(await seqs('after=3')).toEqual(range(4, 23));
    const bare = await shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: user });
    expect(bare.map(({ seq }) => seq)).toEqual(range(1, 30));
    for (const bad of ['before=5&after=3', 'limit=0', 'limit=201', 'before=-1', 'after=x', 'before=1.5']) {
      expect([bad, ...(await shop.outcome('GET', `/api/chat/messages/${room}?${bad}`, { as: user }))]).toEqual([
        bad,
        400,
        'bad-request',
      ]);
    }
  });

  it('[H17] a message without a socket is 201 with seq and id, the same on a retry', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const path = `/api/chat/messages/${room}`;
    const body = { type: 'TEXT', content: '안녕 👟' };
    const first = await shop.call('POST', path, { as: user, key: 'k-1', body });
    expect([first.status, first.body.data]).toEqual([201, { seq: 3, clientMessageId: 'k-1' }]);
    const again = await shop.call('POST', path, { as: user, key: 'k-1', body });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await shop.outcome('POST', path, { as: user, key: 'k-1', body: { ...body, content: '다른 말' } })).toEqual([
      409,
      'cmid-conflict',
    ]);
    expect(await shop.outcome('POST', path, { as: user, key: 'k 1', body })).toEqual([400, 'bad-request']);
    const made = await shop.data<{ seq: number; clientMessageId: string }>('POST', path, { as: user, body });
    expect(made.seq).toBe(4);
    expect(made.clientMessageId).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    for (const bad of [
      { type: 'TEXT' },
      { type: 'X', content: 'a' },
      { ...body, content: '' },
      { ...body, content: 'a'.repeat(4_001) },
    ]) {
      expect(await shop.outcome('POST', path, { as: user, body: bad })).toEqual([400, 'bad-request']);
    }
    expect(await shop.outcome('POST', path, { as: shop.fresh('u'), body })).toEqual([403, 'CHAT_03']);
    expect(await shop.outcome('POST', path, { as: ADMIN, body })).toEqual([403, 'CHAT_03']);
  });

  it('[H18] redaction is the author’s, the owner’s and the admins’, and done once', async () => {
    const [owner, author, other] = [shop.fresh('owner'), shop.fresh('author'), shop.fresh('other')];
    const room = await shop.group(owner, [author, other]);
    const { seq } = await shop.post(room, author, '지울 말');
    const path = `/api/chat/messages/${room}/${String(seq)}`;
    expect(await shop.outcome('DELETE', path, { as: other })).toEqual([403, 'AUTH_02']);
    expect(await shop.outcome('DELETE', path, { as: shop.fresh('u') })).toEqual([403, 'CHAT_03']);
    expect(await shop.outcome('DELETE', `/api/chat/messages/${room}/1`, { as: owner })).toEqual([404, 'not-found']);
    expect(await shop.outcome('DELETE', `/api/chat/messages/${room}/99`, { as: owner })).toEqual([404, 'not-found']);
    expect(await shop.outcome('DELETE', path, { as: author })).toEqual([200, 'success']);
    expect(await shop.outcome('DELETE', path, { as: owner })).toEqual([200, 'success']);
    const items = await shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: other });
    expect(items.filter(({ kind }) => kind === 'redacted')).toHaveLength(1);
    expect(items[seq - 1]).toMatchObject({
      seq,
      kind: 'message',
      type: null,
      content: null,
      redacted: true,
      senderId: author,
    });
    const mine = await shop.data<MyRoomBody>('GET', `/api/chat/rooms/${room}`, { as: other });
    expect(mine.lastMessage).toBeNull();
    const again = await shop.post(room, author, '다시');
    expect(await shop.outcome('DELETE', `/api/chat/messages/${room}/${String(again.seq)}`, { as: ADMIN })).toEqual([
      200,
      'success',
    ]);
  });

  it('[H19] a read mark moves forward only, and by sending, over REST and STOMP', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    for (let i = 0; i < 4; i += 1) await shop.post(room, owner, String(i));
    const path = `/api/chat/rooms/${room}/read`;
    const mark = (seq: unknown): Promise<[number, string]> => shop.outcome('PUT', path, { as: guest, body: { seq } });
    const state = async (as: string): Promise<[number, number]> => {
      const { readSeq, unreadCount } = await shop.data<MyRoomBody>('GET', `/api/chat/rooms/${room}`, { as });
      return [readSeq, unreadCount];
    };
    expect(await state(guest)).toEqual([0, 4]);
    expect(await mark(5)).toEqual([200, 'success']);
    expect(await state(guest)).toEqual([5, 2]);
    expect(await mark(4)).toEqual([200, 'success']);
    expect(await state(guest)).toEqual([5, 2]);
    for (const bad of [8, -1, 1.5, 'x', null]) expect(await mark(bad)).toEqual([400, 'bad-request']);
    expect(await shop.outcome('PUT', path, { as: shop.fresh('u'), body: { seq: 1 } })).toEqual([403, 'CHAT_03']);
    expect(await state(owner)).toEqual([7, 0]);
    await shop.post(room, guest, '나도');
    expect(await state(guest)).toEqual([8, 0]);
    expect(await state(owner)).toEqual([7, 1]);
    const client = await shop.person(owner);
    await say(client, room, '소켓으로');
    await vi.waitFor(async () => expect(await state(owner)).toEqual([9, 0]), PATIENT);
    expect(await state(guest)).toEqual([8, 1]);
  });
});
