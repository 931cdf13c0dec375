/** `npm run load -- SCENARIO`: puts a load on the product by k6, and reports. Exits 1 where not everything happened. */
import { ServerNotFound } from '@munova/servers';
import { type LoadOptions, readOptions, USAGE, UsageError } from './options.js';
import { rowsText } from './report.js';
import { K6Ended } from './run-k6.js';
import { runLoad } from './run.js';

const EXIT_USAGE = 64;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const load = async (args: readonly string[]): Promise<number> => {
  const options: LoadOptions = readOptions(args);
  const { report, files } = await runLoad(options, `npm run load -- ${args.join(' ')}`, say);
  process.stdout.write(`${rowsText(report)}\n\n${files.html}\n${files.json}\n`);
  return report.result.passed ? 0 : 1;
};

try {
  process.exitCode = await load(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
  } else if (error instanceof ServerNotFound || error instanceof K6Ended) {
    say(error.message);
    process.exitCode = 1;
  } else throw error;
}
