/** What a person reads of many runs, and of one that failed. */
import { JUDGED } from './judge.js';
import { textOfPlan } from './plan-text.js';
import type { Profile } from './profiles.js';
import type { ManyResult } from './run-many.js';
import type { RunResult } from './run.js';
import type { Shrunk } from './shrink.js';

/** How the runs were asked for. */
export interface Told {
  readonly mutant: string | null;
  readonly profile: Profile;
  /** The plan was given, and not made of its seed. */
  readonly planGiven: boolean;
}

const TROUBLES_SHOWN = 12;
const NAME_WIDTH = 62;

const row = (name: string, value: string | number): string => `  ${name.padEnd(NAME_WIDTH)} ${String(value)}`;

/** Runs that very plan again, to be pasted into a shell. */
const replayOfPlan = ({ plan }: RunResult, { mutant }: Told): string =>
  [`npm run invariants -- --plan '${textOfPlan(plan)}'`, ...(mutant === null ? [] : [`--mutant ${mutant}`])].join(' ');

const replayCommand = (result: RunResult, told: Told): string => {
  if (told.planGiven) return replayOfPlan(result, told);
  return [
    `npm run invariants -- --runs 1 --seed ${String(result.plan.seed)}`,
    ...(told.profile === 'standard' ? [] : [`--profile ${told.profile}`]),
    ...(told.mutant === null ? [] : [`--mutant ${told.mutant}`]),
  ].join(' ');
};

const whatHappened = ({ troubles, plan, timeline }: RunResult): string[] => [
  ...troubles.slice(0, TROUBLES_SHOWN).map(({ id, room, detail }) => `  ${id} in ${room}: ${detail}`),
  'the plan',
  JSON.stringify(plan, null, 2),
  'the end of its timeline (simulated seconds)',
  ...timeline,
];

export const storyOf = (result: RunResult, told: Told): string =>
  [
    `seed ${String(result.plan.seed)} failed`,
    ...whatHappened(result),
    `again with: ${replayCommand(result, told)}`,
  ].join('\n');

export const storyOfShrunk = ({ result, runs }: Shrunk, told: Told): string =>
  [
    `shrunk by ${String(runs)} runs to a plan of ${String(result.plan.durationMs)} ms that fails in the same way`,
    ...whatHappened(result),
    `again with: ${replayOfPlan(result, told)}`,
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
export const jsonOf = (many: ManyResult, told: Told): string => {
  const { tally, failed, ...sums } = many;
  const failedRuns = failed.map((result) => ({
    seed: result.plan.seed,
    troubles: result.troubles,
    plan: result.plan,
    hash: result.hash,
    again: replayCommand(result, told),
  }));
  const counted = { faults: Object.fromEntries(tally.faults), met: Object.fromEntries(tally.coverage) };
  return `${JSON.stringify({ ...sums, ...counted, failedRuns }, null, 2)}\n`;
};
