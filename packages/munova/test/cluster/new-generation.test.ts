import { describe, expect, it } from 'vitest';
import { asNodeId, LEASE_TTL_MS, type ClusterRecord } from '@munova/contracts';
import { MemoryMembership, MemoryStore } from '@munova/contracts/memory';
import { ManualRuntime } from '@munova/contracts/testing';
import { beginGeneration } from '../../src/cluster/new-generation.js';

const NODE = asNodeId('actors-1.x');

class Deployment {
  readonly runtime = new ManualRuntime();
  readonly store = new MemoryStore(this.runtime);
  readonly membership = new MemoryMembership();
  readonly said: string[] = [];
  /** ms that each confirmed write takes. */
  writeMs = 0;

  async former(): Promise<ClusterRecord> {
    await this.membership.join({ node: NODE, role: 'actors', reads: { from: 1, to: 1 }, address: null });
    return this.store.deployment.clusterRecord(64, 'hash');
  }

  /** Lets time pass until it is decided. @param each done every half second */
  async begin(shards: number | null, each: () => Promise<unknown> = async () => undefined): Promise<ClusterRecord> {
    const { store, membership, runtime, said } = this;
    const barrier = async (): Promise<void> => runtime.standStill(this.writeMs);
    const ports = { log: Object.assign(Object.create(store.log) as typeof store.log, { barrier }), membership };
    const { deployment } = store;
    const former = await this.former();
    let over = false;
    const beginning = beginGeneration({ ...ports, deployment }, runtime, former, shards, (line) =>
      said.push(line),
    ).finally(() => (over = true));
    beginning.catch(() => undefined);
    for (let passed = 0; !over && passed < 20 * LEASE_TTL_MS; passed += 500) {
      await runtime.advance(500);
      await each();
    }
    return beginning;
  }
}

describe('[P50] a new generation', () => {
  it('[P50] begins once every member was unchanged for the time of a lease, and keeps the shards unless told', async () => {
    const deployment = new Deployment();
    const record = await deployment.begin(null);
    expect(record.shards).toBe(64);
    expect(deployment.said).toEqual(['waiting to see whether actors-1 is gone']);
    expect(deployment.runtime.clock.monotonic()).toBeGreaterThanOrEqual(LEASE_TTL_MS);
  });

  it('[P50] is refused while a member renews its lease, which is named', async () => {
    const deployment = new Deployment();
    const renewing = deployment.begin(8, () => deployment.membership.renew(NODE));
    await expect(renewing).rejects.toThrow(/no process runs; running: actors-1$/);
    expect((await deployment.former()).shards).toBe(64);
  });

  it('[P50] is refused by a store that confirms writes too seldom to tell who lives', async () => {
    const deployment = new Deployment();
    deployment.writeMs = LEASE_TTL_MS - 1_000;
    await expect(deployment.begin(8)).rejects.toThrow(/too unsteady/);
    expect((await deployment.former()).shards).toBe(64);
  });
});
