import { describe, expect, it } from 'vitest';
import {
  COVERAGE,
  FAULT_KINDS,
  planFor,
  planOf,
  PROFILES,
  runMany,
  runPlan,
  type Profile,
  type Tally,
} from '../src/index.js';

const FIRST_SEED = 1;
const RUNS = 250;
const PATIENCE_MS = 120_000;

const unmet = (tally: Tally): string[] => [
  ...COVERAGE.filter((name) => tally.coverage.get(name) === 0),
  ...FAULT_KINDS.filter((kind) => !tally.faults.has(kind)),
];

describe('the standard seeds', () => {
  it(
    '[V4] [V5] [V6] [V10] [V11] [V20] [V30] hold every invariant, come to rest, and meet every situation and fault',
    async () => {
      const many = await runMany({ seed: FIRST_SEED, runs: RUNS, run: (plan) => runPlan(plan) });
      const told = many.failed.map(({ plan, troubles }) => ({ seed: plan.seed, troubles: troubles.slice(0, 3) }));
      expect(told).toEqual([]);
      expect(unmet(many.tally)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe('the other profiles', { timeout: PATIENCE_MS }, () => {
  it.for(Object.keys(PROFILES) as Profile[])(
    '[V28] %s: every run holds, and its plan is one of its seed',
    async (profile) => {
      const plans = (seed: number) => planFor(profile, seed);
      const many = await runMany({ seed: 400, runs: 6, planOf: plans, run: (plan) => runPlan(plan) });
      expect(many.failed.map(({ plan, troubles }) => ({ seed: plan.seed, troubles: troubles.slice(0, 3) }))).toEqual(
        [],
      );
      expect(plans(400)).toEqual(plans(400));
    },
  );

  it('[V28] liveness is longer than standard, with three kinds of faults at most and each seldom', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const [plan, standard] = [planFor('liveness', seed), planOf(seed)];
      expect(plan.durationMs).toBeGreaterThan(standard.durationMs);
      expect(Object.keys(plan.faults).length).toBeLessThanOrEqual(3);
      for (const chance of Object.values(plan.faults)) expect(chance).toBeLessThanOrEqual(0.151);
    }
  });
});
