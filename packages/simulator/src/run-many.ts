import type { Mutant } from './mutants.js';
import { planOf } from './plan.js';
import { runPlan, type RunResult } from './run.js';
import { Tally } from './tally.js';

export interface RunOptions {
  /** The first seed; the others follow it. */
  readonly seed: number;
  readonly runs: number;
  readonly mutant?: Mutant | null;
  /** Ends with the first run that fails. */
  readonly untilFailure?: boolean;
  readonly onRun?: (result: RunResult, done: number) => void;
}

export interface ManyResult {
  readonly runs: number;
  readonly failures: number;
  /** The first FAILED_KEPT of them. */
  readonly failed: readonly RunResult[];
  readonly tally: Tally;
  readonly messages: number;
  readonly deliveries: number;
  readonly events: number;
  /** The longest that a run took to come to rest, simulated ms. */
  readonly slowestMs: number;
}

const FAILED_KEPT = 100; // failed runs whose story is kept

export const runMany = async (options: RunOptions): Promise<ManyResult> => {
  const { seed, mutant = null, untilFailure = false, onRun } = options;
  const tally = new Tally();
  const failed: RunResult[] = [];
  const sums = { runs: 0, failures: 0, messages: 0, deliveries: 0, events: 0, slowestMs: 0 };
  while (sums.runs < options.runs && !(untilFailure && sums.failures > 0)) {
    const result = await runPlan(planOf(seed + sums.runs), mutant);
    sums.runs += 1;
    sums.messages += result.messages;
    sums.deliveries += result.deliveries;
    sums.events += result.events;
    sums.slowestMs = Math.max(sums.slowestMs, result.settledMs);
    tally.add(result.tally);
    if (result.troubles.length > 0) {
      sums.failures += 1;
      if (failed.length < FAILED_KEPT) failed.push(result);
    }
    onRun?.(result, sums.runs);
  }
  return { ...sums, failed, tally };
};
