import { describe, expect, it } from 'vitest';
import { asUserId, REST_RATE_TABLE_USERS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { noRestMetrics } from '../../src/rest/metrics.js';
import { RestRateLimit } from '../../src/rest/rate-limit.js';
import { startHarness, tokenOf } from './harness.js';

const minji = asUserId('minji');

describe('[H5] REST calls a user', () => {
  it('are answered 429 with Retry-After beyond the burst, and nobody else notices', async () => {
    let limited = 0;
    const metrics = { ...noRestMetrics, rateLimited: () => (limited += 1) };
    const api = await startHarness({ config: { rateRest: { perSecond: 0.5, burst: 3 } }, metrics });
    try {
      for (let i = 0; i < 3; i += 1) expect(await api.call('GET /api/tags')).toMatchObject({ status: 200 });
      const answer = await api.call('GET /api/tags', {});
      expect(answer).toMatchObject({ status: 429, code: 'rate-limited' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await api.call('GET /api/tags', { token: tokenOf('junho') })).toMatchObject({ status: 200 });
      expect(limited).toBe(1);
    } finally {
      await api.close();
    }
  });

  it('come back at the sustained rate, never beyond the burst', async () => {
    const runtime = new ManualRuntime();
    const limit = new RestRateLimit({ perSecond: 2, burst: 3 }, runtime.clock);
    const burst = (): number => {
      for (let taken = 0; ; taken += 1) {
        try {
          limit.take(minji);
        } catch {
          return taken;
        }
      }
    };
    expect(burst()).toBe(3);
    await runtime.advance(500);
    expect(burst()).toBe(1);
    await runtime.advance(1_000);
    expect(burst()).toBe(2);
    await runtime.advance(3_600_000);
    expect(burst()).toBe(3);
  });

  it('say when the next one has a place', () => {
    const limit = new RestRateLimit({ perSecond: 2, burst: 1 }, new ManualRuntime().clock);
    limit.take(minji);
    expect(() => limit.take(minji)).toThrow(
      expect.objectContaining({ code: 'rate-limited', facts: { retryAfterMs: 500 } }),
    );
  });

  it('are counted in a bounded table, from which the least recent user leaves', () => {
    const limit = new RestRateLimit({ perSecond: 1e-9, burst: 1 }, new ManualRuntime().clock);
    const other = asUserId('junho');
    limit.take(other);
    limit.take(minji);
    expect(() => limit.take(other)).toThrow();
    for (let i = 0; i < REST_RATE_TABLE_USERS - 1; i += 1) limit.take(asUserId(`u${String(i)}`));
    expect(() => limit.take(other)).toThrow();
    expect(() => limit.take(minji)).not.toThrow();
  });
});
