/** What a person reads of many runs, and of one that failed. */
import { JUDGED } from './judge.js';
import type { Mutant } from './mutants.js';
import type { ManyResult } from './run-many.js';
import type { RunResult } from './run.js';

const TROUBLES_SHOWN = 12;
const NAME_WIDTH = 62;

const row = (name: string, value: string | number): string => `  ${name.padEnd(NAME_WIDTH)} ${String(value)}`;

const replayCommand = ({ plan }: RunResult, mutant: Mutant | null): string =>
  [
    `npm run invariants -- --runs 1 --seed ${String(plan.seed)}`,
    ...(mutant === null ? [] : [`--mutant ${mutant}`]),
  ].join(' ');

export const storyOf = (result: RunResult, mutant: Mutant | null): string =>
  [
    `seed ${String(result.plan.seed)} failed`,
    ...result.troubles.slice(0, TROUBLES_SHOWN).map(({ id, room, detail }) => `  ${id} in ${room}: ${detail}`),
    'the plan',
    JSON.stringify(result.plan, null, 2),
    'the end of its timeline (simulated seconds)',
    ...result.timeline,
    `again with: ${replayCommand(result, mutant)}`,
  ].join('\n');

export const tableOf = (many: ManyResult): string => {
  const broken = (id: string): number => many.failed.filter(({ troubles }) => troubles.some((t) => t.id === id)).length;
  const verdict = (id: string): string => (broken(id) === 0 ? 'held' : `broken in ${String(broken(id))} runs`);
  return [
    'runs',
    row('runs', many.runs),
    row('failed', many.failures),
    row('events', many.events),
    row('messages', many.messages),
    row('deliveries', many.deliveries),
    row('longest way to rest after the faults, simulated ms', many.slowestMs),
    'invariants',
    ...JUDGED.map((id) => row(id, verdict(id))),
    'faults',
    ...[...many.tally.faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => row(kind, count)),
    'met',
    ...[...many.tally.coverage].map(([name, count]) => row(name, count)),
  ].join('\n');
};

/** The same for programs. */
export const jsonOf = (many: ManyResult, mutant: Mutant | null): string => {
  const { tally, failed, ...sums } = many;
  const failedRuns = failed.map((result) => ({
    seed: result.plan.seed,
    troubles: result.troubles,
    plan: result.plan,
    hash: result.hash,
    again: replayCommand(result, mutant),
  }));
  const counted = { faults: Object.fromEntries(tally.faults), met: Object.fromEntries(tally.coverage) };
  return `${JSON.stringify({ ...sums, ...counted, failedRuns }, null, 2)}\n`;
};
