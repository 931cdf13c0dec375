export { runPlan, type RunResult } from './run.js';
export { runMany, type ManyResult, type RunOptions } from './run-many.js';
export { FAULT_KINDS, planOf, type FaultKind, type Plan } from './plan.js';
export { COVERAGE, type Coverage, type Tally } from './tally.js';
export { BORNE, MUTANTS, type Mutant } from './mutants.js';
export { JUDGED, LIVENESS_BOUND_MS } from './judge.js';
export type { Trouble } from './world.js';
