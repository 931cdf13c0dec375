/**
 * `node checker/main.js HISTORY.jsonl`: prints a table and the violations; exits 1 where there are any,
 * 2 where the history cannot be read. `-` reads standard input.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { check, CHECKED } from './check.js';
import { Gatherer } from './facts.js';
import { parseLine } from './history.js';

const SHOWN = 50;

const read = async (file: string): Promise<Gatherer> => {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const gatherer = new Gatherer();
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      gatherer.add(parseLine(line));
    } catch (error) {
      throw new Error(`line ${String(number)}: ${(error as Error).message}`, { cause: error });
    }
  }
  return gatherer;
};

const main = async (file: string | undefined): Promise<number> => {
  if (file === undefined || file === '--help') {
    process.stdout.write('usage: npm run check-history -- HISTORY.jsonl   (or - for standard input)\n');
    return file === undefined ? 2 : 0;
  }
  const { violations, ...counts } = check((await read(file)).facts());
  for (const [name, count] of Object.entries(counts)) process.stdout.write(`${name.padEnd(14)} ${String(count)}\n`);
  for (const id of CHECKED) {
    const count = violations.filter((violation) => violation.id === id).length;
    process.stdout.write(`${id.padEnd(14)} ${count === 0 ? 'held' : `broken ${String(count)} times`}\n`);
  }
  for (const { id, room, detail } of violations.slice(0, SHOWN)) process.stdout.write(`${id} in ${room}: ${detail}\n`);
  return violations.length === 0 ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`checker: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
