/** `npm run bench -- cluster`: the cluster over real Redis and MongoDB, and a report in docs/bench. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerNotFound } from '@munova/servers';
import { startClusterServers } from '../../driver/cluster.js';
import { readOptions, USAGE, UsageError, type BenchOptions } from './options.js';
import { latencyPlot, report } from './report.js';
import { measureRound, type Round } from './round.js';

const EXIT_USAGE = 64;
const REPORTS = fileURLToPath(new URL('../../../../docs/bench', import.meta.url));

const say = (text: string): void => void process.stderr.write(text);

/** @returns the exit code */
export const benchCluster = async (args: readonly string[]): Promise<number> => {
  try {
    await bench(readOptions(args));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}\n\n${USAGE}\n`);
      return EXIT_USAGE;
    }
    if (!(error instanceof ServerNotFound)) throw error;
    say(`${error.message}\n`);
    return 1;
  }
};

const bench = async (options: BenchOptions): Promise<void> => {
  const rounds: Round[] = [];
  const servers = await startClusterServers();
  try {
    for (let number = 1; number <= options.rounds; number += 1) {
      say(`round ${String(number)} of ${String(options.rounds)}:`);
      const round = await measureRound(servers, options, say);
      say(`${JSON.stringify(round)}\n`);
      rounds.push(round);
    }
  } finally {
    await servers.stop();
  }
  const folder = options.out === null ? REPORTS : resolve(options.out);
  const text = report(rounds, options);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cluster.md'), text);
  writeFileSync(join(folder, 'cluster.svg'), latencyPlot(rounds));
  process.stdout.write(text);
};
