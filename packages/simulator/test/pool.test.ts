import { describe, expect, it } from 'vitest';
import { Pool } from '../dist/pool.js';
import { planFor, runPlan, type MutantSpec } from '../src/index.js';

const PATIENCE_MS = 60_000;
const SHORT_MS = 300; // of real time for a run that never ends

const starting = (replace: string): MutantSpec => ({
  name: 'made-up',
  what: 'an actor node does not start',
  breaks: [],
  patches: [{ file: 'packages/room-actors/dist/runtime/actor-node.js', find: 'this.#reader.start();', replace }],
});

const withPool = async <T>(pool: Pool, use: (pool: Pool) => Promise<T>): Promise<T> => {
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
};

describe('threads that run plans', { timeout: PATIENCE_MS }, () => {
  it('[V1] [V25] give what a run gives here', async () => {
    const plans = [1, 2, 3, 4].map((seed) => planFor('quick', seed));
    const results = await withPool(new Pool(2, null), (pool) => Promise.all(plans.map((plan) => pool.run(plan))));
    for (const [i, plan] of plans.entries()) expect(results[i]?.hash).toBe((await runPlan(plan)).hash);
  });

  it('[V29] answer a run that throws with a bug, and go on', async () => {
    const mutant = starting("if (this.#shardCount === 1) throw new Error('no room');");
    const plans = [1, 2, 1].map((shards) => ({ ...planFor('quick', 1), shards, faults: {} }));
    const results = await withPool(new Pool(1, mutant), (pool) => Promise.all(plans.map((plan) => pool.run(plan))));
    const ids = results.map(({ troubles }) => troubles.map(({ id }) => id));
    expect([ids[0], ids[2]]).toEqual([['bug'], ['bug']]);
    expect(ids[1]).not.toContain('bug');
    expect(results[0]?.troubles[0]?.detail).toContain('no room');
  });

  it('[V29] answer a run that does not end with a bug', async () => {
    const pool = new Pool(1, starting('for (;;);'), SHORT_MS);
    const { troubles } = await withPool(pool, () => pool.run(planFor('quick', 1)));
    expect(troubles).toMatchObject([{ id: 'bug', detail: expect.stringContaining('did not end') as string }]);
  });

  it('[V22] [V29] refuse every run of a mutant that is out of date, by its name', async () => {
    const mutant = {
      ...starting(''),
      patches: [{ file: 'packages/room-actors/dist/index.js', find: 'no', replace: '' }],
    };
    const outdated = { ...mutant, patches: [{ ...mutant.patches[0]!, find: 'nowhere to be found' }] };
    const pool = new Pool(1, outdated);
    await withPool(pool, async () => {
      for (const seed of [1, 2])
        await expect(pool.run(planFor('quick', seed))).rejects.toThrow(/made-up is out of date/);
    });
  });

  it('[V22] refuse a mutant of a module that nothing loads', async () => {
    const file = 'packages/simulator/dist/mutants-main.js';
    const pool = new Pool(1, { ...starting(''), patches: [{ file, find: 'await runCommand(', replace: '' }] });
    await withPool(pool, () => expect(pool.run(planFor('quick', 1))).rejects.toThrow(/mutants-main\.js is not loaded/));
  });
});
