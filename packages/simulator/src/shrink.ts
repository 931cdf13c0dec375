/**
 * From a plan that fails to a short one that fails in the same way. Invariants:
 * 1. What is kept breaks the invariant that the first plan broke first.
 * 2. Every step makes the plan smaller in one respect and larger in none; so it ends.
 * 3. At most `budget` runs are made, and what comes out does not depend on how many run at a time.
 */
import type { FaultKind, Plan } from './plan.js';
import type { RunResult } from './run.js';

export interface Shrunk {
  /** Of the smallest plan that was found to fail. */
  readonly result: RunResult;
  readonly runs: number;
}

/** Any change of a plan changes every draw behind it, so each candidate is tried under some more seeds. */
const SEEDS_A_CANDIDATE = 3;

const LEAST_DURATION_MS = 500;
const LEAST_CHANCE = 0.02;

/** Numbers that may come down, and to what. */
const LEAST = {
  edges: 1,
  actors: 1,
  shards: 1,
  rooms: 1,
  people: 1,
  hasty: 0,
  fickle: 0,
  typists: 0,
  inboxes: 0,
  networkMs: 1,
  storeMs: 1,
  redisMasters: 1,
  replicationMs: 0,
} as const;

const kindsOf = ({ faults }: Plan): FaultKind[] => Object.keys(faults) as FaultKind[];

const withFaults = (plan: Plan, kept: (kind: FaultKind) => boolean): Plan => {
  const faults = Object.entries(plan.faults).filter(([kind]) => kept(kind as FaultKind));
  return { ...plan, faults: Object.fromEntries(faults) };
};

/** Boldest first. */
function* simpler(plan: Plan): Generator<Plan> {
  for (const share of [0.25, 0.5, 0.75, 0.9]) {
    const durationMs = Math.round(plan.durationMs * share);
    if (durationMs >= LEAST_DURATION_MS) yield { ...plan, durationMs };
  }
  const kinds = kindsOf(plan);
  const half = new Set(kinds.slice(0, kinds.length >> 1));
  if (kinds.length > 0) yield { ...plan, faults: {} };
  if (half.size > 0) {
    yield withFaults(plan, (kind) => half.has(kind));
    yield withFaults(plan, (kind) => !half.has(kind));
  }
  if (kinds.length > 2) for (const kind of kinds) yield withFaults(plan, (other) => other !== kind);
  for (const [field, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    if (plan[field] > least) yield { ...plan, [field]: least };
    if (plan[field] > least + 1) yield { ...plan, [field]: plan[field] - 1 };
  }
  if (plan.tight) yield { ...plan, tight: false };
  for (const kind of kinds) {
    const chance = Math.round((plan.faults[kind] ?? 0) * 500) / 1_000;
    if (chance >= LEAST_CHANCE) yield { ...plan, faults: { ...plan.faults, [kind]: chance } };
  }
}

/** @param budget runs; @param run runs a plan */
export const shrink = async (
  failed: RunResult,
  run: (plan: Plan) => Promise<RunResult>,
  budget: number,
): Promise<Shrunk> => {
  const broken = failed.troubles[0]?.id;
  let result = failed;
  let runs = 0;
  const tried = async (plan: Plan): Promise<RunResult | undefined> => {
    const count = Math.min(SEEDS_A_CANDIDATE, budget - runs);
    const plans = Array.from({ length: count }, (_, i) => ({ ...plan, seed: plan.seed + i }));
    runs += count;
    const results = await Promise.all(plans.map(run));
    return results.find(({ troubles }) => troubles.some(({ id }) => id === broken));
  };
  const step = async (): Promise<boolean> => {
    for (const plan of simpler(result.plan)) {
      if (runs >= budget) return false;
      const found = await tried(plan);
      if (found === undefined) continue;
      result = found;
      return true;
    }
    return false;
  };
  while (await step());
  return { result, runs };
};
