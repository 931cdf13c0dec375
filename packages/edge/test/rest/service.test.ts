import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness, tokenOf } from './harness.js';
import type { Harness } from './harness.js';

const state = { alive: true, ready: true };
const seen: string[] = [];
let api: Harness;
beforeAll(async () => {
  api = await startHarness({
    health: { alive: () => state.alive, ready: () => Promise.resolve(state.ready) },
    metrics: {
      answered: (method, route, status, seconds) => {
        seen.push(`${method} ${route} ${String(status)} ${String(seconds >= 0)}`);
      },
      rateLimited: () => undefined,
    },
  });
});
afterAll(() => api.close());

describe('[H23] the service’s own pages', () => {
  it('healthz and readyz answer by what the process says of itself, without a token', async () => {
    expect(await api.call('GET /healthz', { token: null })).toMatchObject({ status: 200, data: { status: 'alive' } });
    expect(await api.call('GET /readyz', { token: null })).toMatchObject({ status: 200, data: { status: 'ready' } });
    state.ready = false;
    expect(await api.call('GET /readyz', { token: null })).toMatchObject({ status: 503, code: 'unavailable' });
    expect(await api.call('GET /healthz', { token: null })).toMatchObject({ status: 200 });
    state.alive = false;
    expect(await api.call('GET /healthz', { token: null })).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it('[P8] the cluster is shown to admins only', async () => {
    const token = tokenOf('root', 'admin');
    expect(await api.call('GET /admin/cluster', { token })).toMatchObject({ status: 200, data: { nodes: [] } });
    expect(await api.call('GET /admin/cluster')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await api.call('GET /admin/cluster', { token: null })).toMatchObject({ status: 401 });
  });

  it('metrics is Prometheus text', async () => {
    const answer = await fetch(`${api.url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toBe('# no metrics\n');
  });

  it('calls are counted by route template, never by path', async () => {
    seen.length = 0;
    await api.call('GET /api/products/p1');
    await api.call('GET /nowhere/at/all');
    await expect.poll(() => seen).toEqual(['GET /api/products/:id 404 true', 'GET unmatched 404 true']);
  });
});
