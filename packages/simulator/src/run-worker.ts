/**
 * A thread that runs plans, one at a time, for a pool. It imports the product only once the mutant's patches
 * are in place, so nothing above may import it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { installPatches, type MutantSpec } from './patches.js';
import type { Plan } from './plan.js';
import type { RunResult } from './run.js';

export interface WorkerData {
  readonly mutant: MutantSpec | null;
}

export type WorkerAnswer = { readonly ready: true } | { readonly ready: false; readonly result: RunResult };

const port = parentPort;
if (port === null) throw new Error('this is a worker thread of the simulator');
const { mutant } = workerData as WorkerData;
const say = (answer: WorkerAnswer): void => port.postMessage(answer);

const isPatched = installPatches(mutant?.name ?? '', mutant?.patches ?? []);
const { runPlan } = await import('./run.js');
isPatched();

port.on('message', (plan: Plan) => {
  void runPlan(plan).then((result) => {
    // The story of a run that held is of no use to anybody.
    say({ ready: false, result: result.troubles.length > 0 ? result : { ...result, timeline: [] } });
  });
});
say({ ready: true });
