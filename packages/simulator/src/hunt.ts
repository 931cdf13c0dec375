/** Looks for the run that finds a mutant out. */
import { OutdatedMutant, checkPatches, type MutantSpec } from './patches.js';
import { planOf } from './plan.js';
import { Pool } from './pool.js';
import { runMany } from './run-many.js';

/**
 * `found`: broke an invariant that it was said to break. `misjudged`: broke others only. `survived`: broke none.
 * `borne`: broke none, as it was said. `not borne`: was said to be borne and broke one. `outdated`: fits no more.
 */
export type Verdict = 'found' | 'misjudged' | 'survived' | 'borne' | 'not borne' | 'outdated';

export const isGood = (verdict: Verdict): boolean => verdict === 'found' || verdict === 'borne';

export interface Hunt {
  readonly mutant: MutantSpec;
  readonly verdict: Verdict;
  /** Of the run that failed. */
  readonly seed: number | null;
  /** Ids of what that run broke. */
  readonly broke: readonly string[];
  readonly runs: number;
  /** Why it is out of date. */
  readonly note: string;
}

/** Runs in which what is said to be borne must hold. */
const RUNS_BORNE = 60;

/** @param known a seed that found it before, tried first; then the seeds from 1. */
export const hunt = async (mutant: MutantSpec, runs: number, known: number | undefined): Promise<Hunt> => {
  const borne = mutant.breaks.length === 0;
  const pool = new Pool(1, mutant);
  try {
    checkPatches(mutant.name, mutant.patches);
    const seedOf = (index: number): number => (known === undefined ? index + 1 : index === 0 ? known : index);
    const many = await runMany({
      seed: 0,
      runs: borne ? Math.min(runs, RUNS_BORNE) : runs,
      planOf: (index) => ({ ...planOf(seedOf(index)), ...mutant.focus }),
      run: (plan) => pool.run(plan),
      untilFailure: true,
    });
    const [failed] = many.failed;
    const broke = [...new Set(failed?.troubles.map(({ id }) => id) ?? [])];
    const expected = broke.some((id) => mutant.breaks.includes(id));
    const verdict = failed ? (borne ? 'not borne' : expected ? 'found' : 'misjudged') : borne ? 'borne' : 'survived';
    return { mutant, verdict, seed: failed?.plan.seed ?? null, broke, runs: many.runs, note: '' };
  } catch (error) {
    if (!(error instanceof OutdatedMutant)) throw error;
    return { mutant, verdict: 'outdated', seed: null, broke: [], runs: 0, note: error.message };
  } finally {
    await pool.end();
  }
};

/** So many at a time; in the order of `mutants`. */
export const huntAll = async (
  mutants: readonly MutantSpec[],
  jobs: number,
  one: (mutant: MutantSpec) => Promise<Hunt>,
): Promise<readonly Hunt[]> => {
  const hunts: Hunt[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < mutants.length; i = next++) {
      const mutant = mutants[i];
      if (mutant !== undefined) hunts[i] = await one(mutant);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, worker));
  return hunts;
};
