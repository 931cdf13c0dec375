import { describe, expect, it } from 'vitest';
import { BORNE, MUTANTS, runMany, type Mutant } from '../src/index.js';

const RUNS = 250;
const PATIENCE_MS = 120_000;

/** The invariants by which each is found out: at least one of them is broken. */
const BREAKS: Readonly<Partial<Record<Mutant, readonly string[]>>> = {
  'duplicate-as-success': ['I4'],
  'blind-append': ['I4', 'I7'],
  'ids-not-unique': ['I3'],
  'no-look-up': ['I11'],
  'early-answer': ['I4'],
  'refusals-forgotten': ['I12'],
  'stale-reads': ['I5'],
  'no-heads': ['I5'],
  'frames-reversed': ['I6'],
  'epoch-goes-back': ['I7', 'I11'],
  'projection-lost': ['I2'],
};

/** Where a first failure takes long to come. */
const FIRST_SEED: Readonly<Partial<Record<Mutant, number>>> = { 'blind-append': 405 };

describe('a world with something wrong in it', () => {
  it.for(Object.keys(MUTANTS).filter((name) => !BORNE.has(name as Mutant)))(
    '[V7] %s is found out',
    { timeout: PATIENCE_MS },
    async (name) => {
      const mutant = name as Mutant;
      const { failed, runs } = await runMany({ seed: FIRST_SEED[mutant] ?? 1, runs: RUNS, mutant, untilFailure: true });
      expect(failed, `${name} survived ${String(runs)} runs`).toHaveLength(1);
      const broken = failed.flatMap(({ troubles }) => troubles.map(({ id }) => id));
      expect(
        BREAKS[mutant]?.some((id) => broken.includes(id)),
        broken.join(' '),
      ).toBe(true);
    },
  );

  it.for([...BORNE])('[V8] %s is borne', { timeout: PATIENCE_MS }, async (mutant) => {
    const { failed } = await runMany({ seed: 1, runs: 30, mutant });
    expect(failed.map(({ plan, troubles }) => ({ seed: plan.seed, troubles }))).toEqual([]);
  });
});
