import { ChatError, LEASE_RENEW_MS, LEASE_TTL_MS, type Membership, type NodeId } from '@munova/contracts';
import { MemoryMembership } from '@munova/contracts/memory';
import { ManualRuntime } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import { Lease } from '../../src/index.js';

/** Members in memory, behind a network that can be slow or gone. */
class Away implements Membership {
  readonly real = new MemoryMembership();
  readonly #runtime: ManualRuntime;
  down = false;
  /** ms that an answer takes. */
  answerMs = 0;

  constructor(runtime: ManualRuntime) {
    this.#runtime = runtime;
  }

  join: Membership['join'] = (introduction) => this.#call(() => this.real.join(introduction));
  renew: Membership['renew'] = (node) => this.#call(() => this.real.renew(node));
  view: Membership['view'] = () => this.#call(() => this.real.view());
  markDead: Membership['markDead'] = (node, beat) => this.#call(() => this.real.markDead(node, beat));
  markDraining: Membership['markDraining'] = (node) => this.#call(() => this.real.markDraining(node));
  leave: Membership['leave'] = (node) => this.#call(() => this.real.leave(node));

  async #call<T>(act: () => Promise<T>): Promise<T> {
    if (this.down) throw new ChatError('unavailable');
    const result = await act();
    if (this.answerMs > 0) await new Promise<void>((resolve) => this.#runtime.timers.after(this.answerMs, resolve));
    return result;
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const started = async () => {
  const runtime = new ManualRuntime();
  const membership = new Away(runtime);
  const told: string[] = [];
  const introduction = { role: 'actors', reads: { from: 1, to: 1 }, address: null } as const;
  const lease = new Lease(
    { runtime, membership, log: silent, name: 'actors-0', introduction },
    {
      onHeld: () => told.push('held'),
      onLapse: () => told.push('lapse'),
      onDead: () => told.push('dead'),
    },
  );
  lease.start();
  await runtime.settle();
  const records = async () => (await membership.real.view()).nodes;
  const beatOf = async (node: NodeId) => (await records()).find((record) => record.node === node)?.beat ?? -1;
  return { runtime, membership, told, lease, records, beatOf };
};

describe('a lease', () => {
  it('[A81] is held once the member joined and renewed, and for as long as it renews', async () => {
    const { runtime, told, lease, records, beatOf } = await started();
    expect(told).toEqual(['held']);
    const before = await beatOf(lease.node);
    await runtime.advance(10 * LEASE_TTL_MS);
    expect(lease.holds()).toBe(true);
    expect(await beatOf(lease.node)).toBeGreaterThanOrEqual(before + (10 * LEASE_TTL_MS) / LEASE_RENEW_MS);
    expect(await records()).toHaveLength(1);
    expect(told).toEqual(['held']);
  });

  it('[A81] ends LEASE_TTL_MS after the sending of the last renewal, however late its answer came', async () => {
    const { runtime, membership, told, lease } = await started();
    membership.answerMs = 1_500;
    await runtime.advance(LEASE_RENEW_MS + 1_500);
    membership.down = true;
    await runtime.advance(LEASE_TTL_MS - 1_500 - 1);
    expect(lease.holds()).toBe(true);
    await runtime.advance(1);
    expect(told).toEqual(['held', 'lapse']);
    expect(lease.holds()).toBe(false);
  });

  it('[A81] that ran out while the process stood still is given up by whoever asks first', async () => {
    const { runtime, membership, told, lease } = await started();
    membership.down = true;
    runtime.standStill(LEASE_TTL_MS);
    expect(lease.holds()).toBe(false);
    expect(told).toEqual(['held', 'lapse']);
  });

  it('[A82] that ran out goes on as another incarnation once the store answers, and the former one is gone', async () => {
    const { runtime, membership, told, lease, records } = await started();
    const former = lease.node;
    membership.down = true;
    await runtime.advance(2 * LEASE_TTL_MS);
    expect(told).toEqual(['held', 'lapse']);
    membership.down = false;
    await runtime.advance(LEASE_RENEW_MS);
    expect(told).toEqual(['held', 'lapse', 'held']);
    expect(lease.node).not.toBe(former);
    expect((await records()).map(({ node }) => node)).toEqual([lease.node]);
  });

  it('[A82] of a process that was taken for dead is never held again', async () => {
    const { runtime, membership, told, lease, records, beatOf } = await started();
    await membership.real.markDead(lease.node, await beatOf(lease.node));
    await runtime.advance(LEASE_RENEW_MS);
    expect(told).toEqual(['held', 'lapse', 'dead']);
    await runtime.advance(10 * LEASE_TTL_MS);
    expect(lease.holds()).toBe(false);
    expect((await records()).map(({ status }) => status)).toEqual(['dead']);
    expect(told).toEqual(['held', 'lapse', 'dead']);
  });

  it('[A82] of a process that stood still with a renewal under way asks again: the answer is as old as the pause', async () => {
    const { runtime, membership, told, lease, records, beatOf } = await started();
    membership.answerMs = 10;
    await runtime.advance(LEASE_RENEW_MS);
    runtime.standStill(2 * LEASE_TTL_MS);
    await membership.real.markDead(lease.node, await beatOf(lease.node));
    await runtime.advance(LEASE_RENEW_MS);
    expect(told).toEqual(['held', 'lapse', 'dead']);
    expect((await records()).map(({ status }) => status)).toEqual(['dead']);
  });

  it('[A83] that was renewed after a gap is steady from then on only', async () => {
    const { runtime, membership, lease } = await started();
    await runtime.advance(4 * LEASE_RENEW_MS);
    const steady = lease.steadySince;
    membership.down = true;
    await runtime.advance(LEASE_TTL_MS / 2);
    membership.down = false;
    await runtime.advance(LEASE_RENEW_MS);
    expect(lease.holds()).toBe(true);
    expect(lease.steadySince).toBeGreaterThan(steady + LEASE_TTL_MS / 2);
  });

  it('[A82] that is left takes its record along', async () => {
    const { runtime, lease, records, told } = await started();
    await lease.leave();
    await runtime.advance(LEASE_TTL_MS);
    expect(await records()).toEqual([]);
    expect(told).toEqual(['held']);
  });
});
