import { LEASE_TTL_MS, nodeIdOf, type NodeRecord } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { Suspicion } from '../../src/sharding/suspicion.js';

const OTHER = nodeIdOf('other', '1');
const record = (beat: number, status: NodeRecord['status'] = 'live'): NodeRecord => ({
  node: OTHER,
  role: 'actors',
  reads: { from: 1, to: 1 },
  address: null,
  beat,
  status,
});
const at = (ms: number, tookMs = 0) => ({ sentAt: ms, receivedAt: ms + tookMs });
const STEADY = 0;

describe('suspicion', () => {
  const suspects = (suspicion: Suspicion, ms: number, beat: number, { term = 't', steady = STEADY, tookMs = 0 } = {}) =>
    suspicion.observe({ term, nodes: [record(beat)] }, at(ms, tookMs), steady).map(({ node }) => node);

  it('[A83] falls on a member whose beat was the same for a whole lease', () => {
    const suspicion = new Suspicion();
    expect(suspects(suspicion, 0, 7)).toEqual([]);
    expect(suspects(suspicion, LEASE_TTL_MS - 1, 7)).toEqual([]);
    expect(suspects(suspicion, LEASE_TTL_MS, 7)).toEqual([OTHER]);
  });

  it('[A83] begins anew with every beat, also with one that looks older', () => {
    const suspicion = new Suspicion();
    suspects(suspicion, 0, 7);
    expect(suspects(suspicion, LEASE_TTL_MS - 1, 6)).toEqual([]);
    expect(suspects(suspicion, 2 * LEASE_TTL_MS - 2, 6)).toEqual([]);
    expect(suspects(suspicion, 2 * LEASE_TTL_MS - 1, 6)).toEqual([OTHER]);
  });

  it('[A83] counts from the arrival of the first sight to the sending of the last look', () => {
    const suspicion = new Suspicion();
    suspects(suspicion, 0, 7, { tookMs: 500 });
    expect(suspects(suspicion, LEASE_TTL_MS, 7, { tookMs: 500 })).toEqual([]);
    expect(suspects(suspicion, LEASE_TTL_MS + 500, 7)).toEqual([OTHER]);
  });

  it('[A83] counts nothing from before the observer’s own unbroken run of renewals', () => {
    const suspicion = new Suspicion();
    suspects(suspicion, 0, 7);
    const steady = LEASE_TTL_MS;
    expect(suspects(suspicion, 2 * LEASE_TTL_MS - 1, 7, { steady })).toEqual([]);
    expect(suspects(suspicion, 2 * LEASE_TTL_MS, 7, { steady })).toEqual([OTHER]);
  });

  it('[A83] counts nothing from another term of the store', () => {
    const suspicion = new Suspicion();
    suspects(suspicion, 0, 7);
    expect(suspects(suspicion, LEASE_TTL_MS, 7, { term: 'u' })).toEqual([]);
    expect(suspects(suspicion, 2 * LEASE_TTL_MS, 7, { term: 'u' })).toEqual([OTHER]);
  });

  it('[A83] never falls on one that is dead already', () => {
    const suspicion = new Suspicion();
    const dead = { term: 't', nodes: [record(7, 'dead')] };
    suspicion.observe(dead, at(0), STEADY);
    expect(suspicion.observe(dead, at(10 * LEASE_TTL_MS), STEADY)).toEqual([]);
  });
});
