import { planOf, type Plan } from './plan.js';
import type { RunResult } from './run.js';
import { Tally } from './tally.js';

export interface RunOptions {
  /** The first seed; the others follow it. */
  readonly seed: number;
  readonly runs: number;
  /** `planOf` unless said. */
  readonly planOf?: (seed: number) => Plan;
  /** Runs one plan, here or elsewhere. */
  readonly run: (plan: Plan) => Promise<RunResult>;
  /** Runs that `run` is asked for at a time, 1 unless said. What comes out does not depend on it. */
  readonly atOnce?: number;
  /** Ends with the first run that fails. */
  readonly untilFailure?: boolean;
  /** In the order of the seeds. */
  readonly onRun?: (result: RunResult, done: number) => void;
  /** Aborted: no run is begun any more. */
  readonly signal?: AbortSignal;
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
  const { seed, run, atOnce = 1, untilFailure = false, onRun, signal } = options;
  const tally = new Tally();
  const failed: RunResult[] = [];
  const sums = { runs: 0, failures: 0, messages: 0, deliveries: 0, events: 0, slowestMs: 0 };
  const underWay: Promise<RunResult>[] = [];
  let begun = 0;
  while (!(untilFailure && sums.failures > 0)) {
    while (underWay.length < atOnce && begun < options.runs && signal?.aborted !== true) {
      underWay.push(run((options.planOf ?? planOf)(seed + begun)));
      begun += 1;
    }
    const result = await underWay.shift();
    if (result === undefined) break;
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
