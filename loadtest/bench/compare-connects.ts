/**
 * Connects of this build against those of another one, taking turns on the same machine:
 *
 *     node loadtest/dist/bench/compare-connects.js OTHER_CHECKOUT [ROUNDS]
 *
 * The other checkout has been built. Prints both medians of each figure, and this build's as a part of the other's.
 */
import { resolve } from 'node:path';
import { benchConnects, type ConnectsResult } from './connects.js';
import { median } from './statistics.js';

const ROUNDS = 5;
const FIGURES = ['perSecond', 'cpuMicros', 'p50', 'p99', 'idleBytes'] as const satisfies (keyof ConnectsResult)[];

const [folder, rounds = String(ROUNDS)] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder of another checkout is expected');
const other = resolve(folder, 'packages/munova/bin/munova.mjs');

const results: Record<'this' | 'other', ConnectsResult[]> = { this: [], other: [] };
for (let round = 0; round < Number(rounds); round += 1) {
  // Who comes first changes, so that what the machine does meanwhile favours neither.
  for (const side of round % 2 === 0 ? (['other', 'this'] as const) : (['this', 'other'] as const)) {
    const result = await benchConnects(side === 'other' ? other : undefined);
    results[side].push(result);
    process.stderr.write(`${side} ${JSON.stringify(result)}\n`);
  }
}
for (const figure of FIGURES) {
  const [theirs, ours] = [results.other, results.this].map((all) => median(all.map((result) => result[figure])));
  if (theirs === undefined || ours === undefined) continue;
  process.stdout.write(
    `${figure}: other ${theirs.toFixed(1)}, this ${ours.toFixed(1)}, ratio ${(ours / theirs).toFixed(2)}\n`,
  );
}
