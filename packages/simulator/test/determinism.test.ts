import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { planOf, runPlan } from '../src/index.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SEEDS = 5;

/** In a process of its own. */
const hashes = async (): Promise<string> => {
  const args = [MAIN, '--hash', '--seed', '1', '--runs', String(SEEDS)];
  return (await promisify(execFile)(process.execPath, args)).stdout;
};

const PATIENCE_MS = 60_000;

describe('a run', { timeout: PATIENCE_MS }, () => {
  it('[V1] is the same twice in one process', async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const [once, twice] = [await runPlan(planOf(seed)), await runPlan(planOf(seed))];
      expect(twice.hash).toBe(once.hash);
      expect(twice.timeline).toEqual(once.timeline);
    }
  });

  it('[V1] is the same in two processes', async () => {
    const [once, twice] = await Promise.all([hashes(), hashes()]);
    expect(once.trim().split('\n')).toHaveLength(SEEDS);
    expect(twice).toBe(once);
  });

  it('[V1] is another one under another seed', async () => {
    expect((await runPlan(planOf(1))).hash).not.toBe((await runPlan(planOf(2))).hash);
  });

  it('[V2] follows a plan that is data: written out and read back it gives the same run', async () => {
    const plan = planOf(4);
    const copy = JSON.parse(JSON.stringify(plan)) as typeof plan;
    expect((await runPlan(copy)).hash).toBe((await runPlan(plan)).hash);
  });

  it('[V2] is planned by its seed: each switches on its own faults, some none', () => {
    const plans = Array.from({ length: 100 }, (_, seed) => planOf(seed));
    const sets = new Set(plans.map(({ faults }) => Object.keys(faults).join()));
    expect(sets.size).toBeGreaterThan(60);
    expect(sets).toContain('');
  });
});
