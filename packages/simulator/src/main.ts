/** `npm run invariants -- --help` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMutant, MUTANTS, type Mutant } from './mutants.js';
import { jsonOf, storyOf, tableOf } from './report.js';
import { runMany } from './run-many.js';

const HELP = `usage: npm run invariants -- [options]

Runs the product in a simulated world, each run decided by its seed, and judges every run by the invariants.

  --runs N         runs, 100 unless said
  --seed S         the first seed, 1 unless said; the others follow it
  --mutant NAME    something is wrong in the world: the run must fail. One of
${Object.entries(MUTANTS)
  .map(([name, what]) => `                     ${name.padEnd(22)} ${what}`)
  .join('\n')}
  --json FILE      writes the result there as well
  --hash           prints each run's trace hash and nothing else

Exit code: 0 where every run held, 1 where one failed, 2 for options that are none.
`;

class UsageError extends Error {}

const numberOf = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name}: a whole number from ${String(least)} is expected, not ${text}`);
  }
  return value;
};

const mutantOf = (text: string | undefined): Mutant | null => {
  if (text === undefined) return null;
  if (!isMutant(text)) throw new UsageError(`--mutant: one of ${Object.keys(MUTANTS).join(', ')} is expected`);
  return text;
};

const optionsOf = (args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      json: { type: 'string' },
      hash: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    runs: numberOf('runs', values.runs, 1),
    seed: numberOf('seed', values.seed, 0),
    mutant: mutantOf(values.mutant),
    json: values.json ?? null,
    hash: values.hash,
    help: values.help,
  };
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const PROGRESS_EVERY = 10; // runs between two progress lines

const main = async (args: readonly string[]): Promise<number> => {
  const options = optionsOf(args);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { runs, mutant, hash, json } = options;
  let failures = 0;
  const many = await runMany({
    ...options,
    onRun: (result, done) => {
      if (result.troubles.length > 0) failures += 1;
      if (hash) say(`${String(result.plan.seed)} ${result.hash}`);
      else if (done % PROGRESS_EVERY === 0 || done === runs) {
        process.stderr.write(`\r${String(done)}/${String(runs)} runs, ${String(failures)} failed`);
      }
    },
  });
  if (json !== null) writeFileSync(json, jsonOf(many, mutant));
  if (hash) return failures === 0 ? 0 : 1;
  process.stderr.write('\n');
  const [first] = many.failed;
  if (first !== undefined) say(`${storyOf(first, mutant)}\n`);
  say(tableOf(many));
  for (const { plan, troubles } of many.failed) {
    say(`failed: seed ${String(plan.seed)}, ${[...new Set(troubles.map(({ id }) => id))].join(' ')}`);
  }
  return failures === 0 ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`invariants: ${(error as Error).message}\n`);
  const wrongUse =
    error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
  process.exitCode = wrongUse ? 2 : 70;
}
