/** `npm run invariants -- --help` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { junitOf } from './junit.js';
import { mutantNamed, MUTANTS } from './mutants.js';
import { EXIT, jobsOf, onInterrupt, runCommand, say, UsageError, wholeNumber } from './options.js';
import type { MutantSpec } from './patches.js';
import { PlanError, planFrom } from './plan-text.js';
import type { Plan } from './plan.js';
import { Pool } from './pool.js';
import { isProfile, planFor, PROFILES, type Profile } from './profiles.js';
import { jsonOf, storyOf, storyOfShrunk, tableOf, type Told } from './report.js';
import { runMany, type ManyResult } from './run-many.js';
import { shrink } from './shrink.js';

const listed = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, what]) => `                     ${name.padEnd(26)} ${what}`).join('\n');

const HELP = `usage: npm run invariants -- [options]

Runs the product in a simulated world, each run decided by its seed, and judges every run by the invariants.

  --runs N         runs, 100 unless said
  --seed S         the first seed, 1 unless said; the others follow it
  --profile NAME   standard unless said. One of
${listed(Object.entries(PROFILES))}
  --plan PLAN      one run of this plan instead: JSON, or a file of it, as a failing run prints it
  --jobs J         threads, as many as there are cores unless said; the result does not depend on it
  --shrink N       runs, at most, to find a short plan that fails as the first failed one; 300 unless said, 0: none
  --mutant NAME    something is wrong in the world or in the product: the run must fail. One of
${listed(MUTANTS.map(({ name, what }) => [name, what]))}
  --json FILE      writes the result there as well
  --junit FILE     the same as JUnit's XML
  --hash           prints each run's trace hash and nothing else

Exit code: 0 where every run held, 1 where one failed, 2 for options that are none, 130 where it was interrupted
and nothing had failed until then.
`;

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly profile: Profile;
  readonly plan: Plan | null;
  readonly jobs: number;
  readonly shrink: number;
  readonly mutant: MutantSpec | null;
  readonly json: string | undefined;
  readonly junit: string | undefined;
  readonly hash: boolean;
  readonly help: boolean;
}

const mutantOf = (text: string | undefined): MutantSpec | null => {
  if (text === undefined) return null;
  const mutant = mutantNamed(text);
  if (mutant !== null) return mutant;
  throw new UsageError(`--mutant: one of ${MUTANTS.map(({ name }) => name).join(', ')} is expected`);
};

const profileOf = (text: string): Profile => {
  if (!isProfile(text)) throw new UsageError(`--profile: one of ${Object.keys(PROFILES).join(', ')} is expected`);
  return text;
};

const givenPlan = (text: string | undefined): Plan | null => {
  try {
    return text === undefined ? null : planFrom(text);
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(`--plan: ${error.message}`);
    throw error;
  }
};

const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'string', default: 'standard' },
      plan: { type: 'string' },
      jobs: { type: 'string' },
      shrink: { type: 'string', default: '300' },
      mutant: { type: 'string' },
      json: { type: 'string' },
      junit: { type: 'string' },
      hash: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const plan = givenPlan(values.plan);
  return {
    runs: plan === null ? wholeNumber('runs', values.runs, 1) : 1,
    seed: plan?.seed ?? wholeNumber('seed', values.seed, 0),
    profile: profileOf(values.profile),
    plan,
    jobs: jobsOf(values.jobs),
    shrink: wholeNumber('shrink', values.shrink, 0),
    mutant: mutantOf(values.mutant),
    json: values.json,
    junit: values.junit,
    hash: values.hash,
    help: values.help,
  };
};

const PROGRESS_EVERY = 10; // runs between two progress lines
const AHEAD = 3; // runs a thread that are asked for at a time, so that none waits

const progress = (runs: number): ((failures: number, done: number) => void) => {
  const startedAt = performance.now();
  return (failures, done) => {
    if (done % PROGRESS_EVERY !== 0 && done !== runs) return;
    const rate = Math.round((done * 60_000) / (performance.now() - startedAt));
    process.stderr.write(
      `\r${String(done)}/${String(runs)} runs, ${String(failures)} failed, ${String(rate)} a minute`,
    );
  };
};

const simulate = async (options: Options, pool: Pool, signal: AbortSignal): Promise<ManyResult> => {
  const { runs, seed, profile, plan, jobs, hash } = options;
  const show = progress(runs);
  let failures = 0;
  return runMany({
    runs,
    seed,
    planOf: (next) => plan ?? planFor(profile, next),
    run: (next) => pool.run(next),
    atOnce: jobs * AHEAD,
    signal,
    onRun: (result, done) => {
      if (result.troubles.length > 0) failures += 1;
      if (hash) say(`${String(result.plan.seed)} ${result.hash}`);
      else show(failures, done);
    },
  });
};

const report = async (many: ManyResult, told: Told, options: Options, pool: Pool): Promise<void> => {
  const { json, junit } = options;
  if (json !== undefined) writeFileSync(json, jsonOf(many, told));
  if (junit !== undefined) writeFileSync(junit, junitOf(many, told));
  if (options.hash) return;
  process.stderr.write('\n');
  const [first] = many.failed;
  if (first !== undefined) {
    say(`${storyOf(first, told)}\n`);
    if (options.shrink > 0) {
      say(`${storyOfShrunk(await shrink(first, (plan) => pool.run(plan), options.shrink), told)}\n`);
    }
  }
  say(tableOf(many));
  for (const { plan, troubles } of many.failed) {
    say(`failed: seed ${String(plan.seed)}, ${[...new Set(troubles.map(({ id }) => id))].join(' ')}`);
  }
};

const main = async (args: readonly string[]): Promise<number> => {
  const options = optionsOf(args);
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.held;
  }
  const { mutant, profile, plan, jobs, runs } = options;
  const signal = onInterrupt();
  const pool = new Pool(Math.min(jobs, runs), mutant);
  try {
    const many = await simulate(options, pool, signal);
    await report(many, { mutant: mutant?.name ?? null, profile, planGiven: plan !== null }, options, pool);
    if (many.failures > 0) return EXIT.failed;
    return many.runs < runs ? EXIT.interrupted : EXIT.held;
  } finally {
    await pool.end();
  }
};

await runCommand('invariants', main);
