import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_FRAME_BODY_BYTES } from '@munova/contracts';
import { ADMIN, startHarness, tokenOf } from './harness.js';
import type { Harness } from './harness.js';

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
});
afterAll(() => api.close());

/** Sends bytes as they are and gives the whole answer. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });

const putTag = (options: { body?: unknown; headers?: Record<string, string> }) =>
  api.call('PUT /api/tags/t1', { token: ADMIN, ...options });

describe('[H1] the wrapper around every answer', () => {
  it('a success', async () => {
    expect(await api.call('GET /api/tags')).toMatchObject({ status: 200, code: 'success', message: 'OK', data: [] });
  });

  it('an unknown route, and a method that a route does not have', async () => {
    for (const route of ['GET /nowhere', 'GET /api/nowhere', 'DELETE /api/tags', 'POST /', 'GET /api/chat/group/a/b']) {
      expect(await api.call(route)).toMatchObject({ status: 404, code: 'not-found', data: null });
    }
  });

  it('a body that is not JSON, is not UTF-8, or is of another type', async () => {
    for (const body of ['{"code":', 'nothing', '{"a":1}}']) {
      expect(await putTag({ body })).toMatchObject({ status: 400, code: 'bad-request' });
    }
    const latin1 = await fetch(`${api.url}/api/tags/t1`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
      body: Buffer.from('{"code":"\xe9"}', 'latin1'),
    });
    expect(await latin1.json()).toMatchObject({ statusCode: 400, code: 'bad-request' });
    const form = await putTag({ body: 'code=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(form).toMatchObject({ status: 400, code: 'bad-request' });
    expect(form.message).toContain('application/json');
  });

  it('a body of JSON that is not an object', async () => {
    for (const body of ['null', '[]', '7', '"text"']) {
      expect(await putTag({ body })).toMatchObject({ status: 400, code: 'bad-request' });
    }
  });

  it('a body beyond 64 KiB', async () => {
    const body = { code: 'x'.repeat(MAX_FRAME_BODY_BYTES) };
    expect(await putTag({ body })).toMatchObject({ status: 413, code: 'too-large' });
  });

  it('a path that is no text in UTF-8', async () => {
    expect(await api.call('GET /api/products/%zz')).toMatchObject({ status: 400, code: 'bad-request' });
  });

  it('what is no HTTP request', async () => {
    const answer = await raw('CONNECT\naccept-version:1.2\n\n\0');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ statusCode: 400, code: 'bad-request' });
  });

  it('names the field that is wrong and what is allowed', async () => {
    const answer = await api.call('GET /api/chat/rooms?limit=101');
    expect(answer).toMatchObject({
      status: 400,
      code: 'bad-request',
      message: 'limit: must be an integer of 1 to 100',
    });
  });
});

describe('[H2] the language of messages', () => {
  const message = async (header?: string): Promise<string> =>
    (await api.call('GET /nowhere', { headers: header === undefined ? {} : { 'accept-language': header } })).message;

  it('is English unless Korean is preferred', async () => {
    for (const english of ['en', 'fr', '*', 'en-US,ko;q=0.9', 'ko;q=0', 'ko;q=nonsense']) {
      expect(await message(english)).toBe('There is nothing here.');
    }
    for (const korean of ['ko', 'ko-KR,ko;q=0.9,en;q=0.8', 'en;q=0.1, ko;q=0.2', 'KO-kr']) {
      expect(await message(korean)).toBe('찾을 수 없습니다.');
    }
  });

  it('keeps the detail behind the Korean sentence', async () => {
    const answer = await api.call('GET /api/chat/rooms?limit=0', { headers: { 'accept-language': 'ko' } });
    expect(answer.message).toBe('잘못된 요청입니다. (limit: must be an integer of 1 to 100)');
  });

  it('is that of a success as well', async () => {
    const answer = await api.call('GET /api/tags', { headers: { 'accept-language': 'ko' } });
    expect(answer.message).toBe('성공');
  });
});

describe('[H3] what nobody foresaw', () => {
  it('is internal, without a word about the inside, and in the log', async () => {
    const broken = await startHarness();
    try {
      Object.assign(broken.store.tags, { all: () => Promise.reject(new TypeError('secret detail')) });
      const answer = await broken.call('GET /api/tags');
      expect(answer).toMatchObject({ status: 500, code: 'internal', data: null });
      expect(answer.text).not.toMatch(/secret|TypeError|\.ts/);
      expect(broken.log.lines.filter((line) => line.level === 'error')).toHaveLength(1);
      expect(broken.log.lines[0]?.fields).toMatchObject({ method: 'GET', path: '/api/tags' });
      expect(String(broken.log.lines[0]?.fields['stack'])).toContain('secret detail');
    } finally {
      await broken.close();
    }
  });

  it('is unavailable where the store says so', async () => {
    const cut = await startHarness();
    try {
      await cut.store.close();
      expect(await cut.call('GET /api/tags')).toMatchObject({ status: 503, code: 'unavailable' });
    } finally {
      await cut.api.close();
    }
  });
});

describe('[H4] tokens', () => {
  it('are needed for every call but the service’s own pages', async () => {
    for (const route of ['GET /api/tags', 'POST /api/chat/group', 'GET /api/chat/rooms', 'PUT /api/products/p1']) {
      const answer = await api.call(route, { token: null });
      expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('are refused when they do not verify, or are not a bearer’s', async () => {
    expect(await api.call('GET /api/tags', { token: 'forged' })).toMatchObject({
      status: 401,
      code: 'unauthenticated',
    });
    for (const authorization of ['Basic bWluamk6eA==', 'Bearer', tokenOf('minji')]) {
      const answer = await api.call('GET /api/tags', { token: null, headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
    }
  });

  it('are judged before the request is', async () => {
    expect(await api.call('GET /api/chat/rooms?limit=0', { token: null })).toMatchObject({ status: 401 });
  });
});
