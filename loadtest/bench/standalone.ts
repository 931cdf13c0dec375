/** `npm run bench`: every benchmark three times, medians, and a report in docs/bench. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchConnects } from './connects.js';
import { benchFanOut } from './fan-out.js';
import { report, type Round } from './report.js';
import { benchSends } from './sends.js';

const ROUNDS = 3;
const REPORT = fileURLToPath(new URL('../../../docs/bench/standalone.md', import.meta.url));

const measure = async (number: number): Promise<Round> => {
  process.stderr.write(`round ${String(number)} of ${String(ROUNDS)}: sends`);
  const sends = await benchSends();
  process.stderr.write(', fan-out');
  const fanOut = await benchFanOut();
  process.stderr.write(', connects\n');
  const connects = await benchConnects();
  const round = { sends, fanOut, connects };
  process.stderr.write(`${JSON.stringify(round)}\n`);
  return round;
};

export const benchStandalone = async (): Promise<void> => {
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number += 1) rounds.push(await measure(number));
  const text = report(rounds);
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(REPORT, text);
  process.stdout.write(text);
};
