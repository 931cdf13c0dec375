import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asUserId } from '@munova/contracts';
import { startHarness, tokenOf } from './harness.js';
import type { Harness } from './harness.js';

const people = [
  { sub: asUserId('minji'), name: '민지', role: 'buyer', shop: null },
  { sub: asUserId('hana'), name: '하나', role: 'seller', shop: asUserId('shop-1') },
] as const;

let api: Harness;
beforeAll(async () => {
  api = await startHarness({ config: { demo: { people, mint: (sub) => tokenOf(sub) } } });
});
afterAll(() => api.close());

/** `fetch` sets Host itself. */
const statusWith = (headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const call = request({ port: api.port, host: '127.0.0.1', path: '/api/demo/people', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on('error', reject);
    call.end();
  });

describe('[H22] the demo sign-in', () => {
  it('knows its people and gives each a token that serves', async () => {
    expect(await api.call('GET /api/demo/people', { token: null })).toMatchObject({ status: 200, data: people });
    const answer = await api.call('POST /api/demo/token', { token: null, body: { sub: 'hana' } });
    expect(answer).toMatchObject({ status: 200, data: { sub: 'hana', role: 'seller', shop: 'shop-1' } });
    const { token } = answer.data as { token: string };
    expect(await api.call('GET /api/tags', { token })).toMatchObject({ status: 200 });
  });

  it('gives none for a stranger', async () => {
    const stranger = await api.call('POST /api/demo/token', { token: null, body: { sub: 'root' } });
    expect(stranger).toMatchObject({ status: 404, code: 'AUTH_01' });
    const nobody = await api.call('POST /api/demo/token', { token: null, body: {} });
    expect(nobody).toMatchObject({ status: 400, code: 'bad-request' });
  });

  it('is for pages of this machine only', async () => {
    expect(await statusWith({ host: 'localhost:8080' })).toBe(200);
    expect(await statusWith({ host: '127.0.0.1:8080', origin: 'http://localhost:3000' })).toBe(200);
    expect(await statusWith({ host: '[::1]:8080', origin: 'http://[::1]:8080' })).toBe(200);
    for (const host of [
      'shop.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
      'a@localhost:1/',
    ]) {
      expect(await statusWith({ host }), host).toBe(403);
    }
    for (const origin of ['https://shop.example', 'null', 'file://', 'http://localhost.evil.example']) {
      expect(await statusWith({ host: 'localhost', origin }), origin).toBe(403);
    }
  });

  it('is not there unless it was asked for', async () => {
    const plain = await startHarness();
    try {
      expect(await plain.call('GET /api/demo/people')).toMatchObject({ status: 404, code: 'not-found' });
      expect(await plain.call('POST /api/demo/token', { body: { sub: 'minji' } })).toMatchObject({ status: 404 });
    } finally {
      await plain.close();
    }
  });
});
