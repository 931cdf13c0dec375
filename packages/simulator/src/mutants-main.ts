/** `npm run mutants -- --help` */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hunt, huntAll, isGood, type Hunt } from './hunt.js';
import { mutantNamed, MUTANTS } from './mutants.js';
import { EXIT, jobsOf, runCommand, say, UsageError, wholeNumber } from './options.js';
import type { MutantSpec } from './patches.js';

const HELP = `usage: npm run mutants -- [options]

Makes the world or the product wrong in each of the known ways, one at a time, and runs seeds until one of them
finds it out: first the seed that did so before, then those from 1.

  --only NAME      this one; may be repeated
  --runs N         runs, at most, for each, 400 unless said
  --jobs J         mutants at a time, as many as there are cores unless said
  --fresh          begins with seed 1, whatever is known
  --update         the same, and writes the seeds that find them now
  --json FILE      writes the result there as well

Exit code: 0 where every mutant was found out or borne as it should be, 1 where one was not, 2 for options that
are none.
`;

const SEEDS = new URL('../mutant-seeds.json', import.meta.url);

type Seeds = Readonly<Record<string, number>>;

const chosen = (names: readonly string[]): readonly MutantSpec[] => {
  if (names.length === 0) return MUTANTS;
  return names.map((name) => {
    const mutant = mutantNamed(name);
    if (mutant !== null) return mutant;
    throw new UsageError(`--only: one of ${MUTANTS.map((m) => m.name).join(', ')} is expected, not ${name}`);
  });
};

const written = (seeds: Seeds, hunts: readonly Hunt[]): Seeds => {
  const found = hunts.flatMap(({ mutant, verdict, seed }) =>
    verdict === 'found' && seed !== null ? [[mutant.name, seed] as const] : [],
  );
  const known = new Map([...Object.entries(seeds), ...found]);
  for (const { mutant, verdict } of hunts) if (verdict !== 'found') known.delete(mutant.name);
  const current = [...known].filter(([name]) => mutantNamed(name) !== null);
  return Object.fromEntries(current.sort(([a], [b]) => (a < b ? -1 : 1)));
};

const rowOf = ({ mutant, verdict, broke, seed, runs, note }: Hunt): string =>
  [
    mutant.name.padEnd(26),
    verdict.padEnd(10),
    broke.join(' ').padEnd(16),
    (seed === null ? '' : `seed ${String(seed)}`).padEnd(10),
    `${String(runs)} runs`.padEnd(9),
    note === '' ? mutant.what : note,
  ].join(' ');

const main = async (args: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '400' },
      jobs: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.held;
  }
  const mutants = chosen(values.only);
  const runs = wholeNumber('runs', values.runs, 1);
  const seeds = JSON.parse(readFileSync(SEEDS, 'utf8')) as Seeds;
  let done = 0;
  const hunts = await huntAll(mutants, jobsOf(values.jobs), async (mutant) => {
    const result = await hunt(mutant, runs, values.fresh || values.update ? undefined : seeds[mutant.name]);
    done += 1;
    process.stderr.write(`\r${String(done)}/${String(mutants.length)} mutants`);
    return result;
  });
  process.stderr.write('\n');
  for (const result of hunts) say(rowOf(result));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(hunts, null, 2)}\n`);
  if (values.update) writeFileSync(SEEDS, `${JSON.stringify(written(seeds, hunts), null, 2)}\n`);
  const bad = hunts.filter(({ verdict }) => !isGood(verdict));
  for (const { mutant, verdict } of bad) say(`${verdict}: ${mutant.name}`);
  return bad.length === 0 ? EXIT.held : EXIT.failed;
};

await runCommand('mutants', main);
