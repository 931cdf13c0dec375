/** Plans as text: printed by one run, given to the next. */
import { existsSync, readFileSync } from 'node:fs';
import { FAULT_KINDS, planOf, type Plan } from './plan.js';

export class PlanError extends Error {}

export const textOfPlan = (plan: Plan): string => JSON.stringify(plan);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlanError(`a plan is JSON, or the name of a file that holds it: ${(cause as Error).message}`);
  }
};

const checkFaults = (faults: Record<string, unknown>): void => {
  for (const [kind, chance] of Object.entries(faults)) {
    if (!FAULT_KINDS.some((known) => known === kind)) throw new PlanError(`the plan has a fault of no kind: ${kind}`);
    if (typeof chance !== 'number' || !(chance >= 0 && chance <= 1)) {
      throw new PlanError(`the plan's ${kind}: a chance in 0..1 is expected, not ${String(chance)}`);
    }
  }
};

/** @param given JSON, or a file of it. @throws {PlanError} */
export const planFrom = (given: string): Plan => {
  const plan = parsed(given.trimStart().startsWith('{') || !existsSync(given) ? given : readFileSync(given, 'utf8'));
  if (!isRecord(plan)) throw new PlanError('a plan is one JSON object');
  const model = Object.entries(planOf(0));
  for (const [field, like] of model) {
    const value = plan[field];
    const fits = isRecord(like) ? isRecord(value) : typeof value === typeof like;
    if (!fits) throw new PlanError(`the plan's ${field}: a ${typeof like} is expected, not ${JSON.stringify(value)}`);
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      throw new PlanError(`the plan's ${field}: a number from 0 is expected, not ${String(value)}`);
    }
  }
  for (const field of Object.keys(plan)) {
    if (!model.some(([known]) => known === field)) throw new PlanError(`the plan has a field of no meaning: ${field}`);
  }
  checkFaults(plan['faults'] as Record<string, unknown>);
  return plan as unknown as Plan;
};
