import { describe, expect, it } from 'vitest';
import { COVERAGE, FAULT_KINDS, runMany, type Tally } from '../src/index.js';

const FIRST_SEED = 1;
const RUNS = 150;
const PATIENCE_MS = 120_000;

const unmet = (tally: Tally): string[] => [
  ...COVERAGE.filter((name) => tally.coverage.get(name) === 0),
  ...FAULT_KINDS.filter((kind) => !tally.faults.has(kind)),
];

describe('the standard seeds', () => {
  it(
    '[V4] [V5] [V6] [V10] [V11] hold every invariant, come to rest, and meet every situation and fault',
    async () => {
      const many = await runMany({ seed: FIRST_SEED, runs: RUNS });
      const told = many.failed.map(({ plan, troubles }) => ({ seed: plan.seed, troubles: troubles.slice(0, 3) }));
      expect(told).toEqual([]);
      expect(unmet(many.tally)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
