/** Prints the closing line of a test run from its JSON report, whose path is the argument; fails on any failure. */
import { existsSync, readFileSync } from 'node:fs';
import { closingLine, countTests } from './lib/totals.mjs';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: print-totals.mjs <report.json>');

// Without a report the tests did not get as far as to begin: that is one failure, and no zero.
const totals = existsSync(path)
  ? countTests(JSON.parse(readFileSync(path, 'utf8')))
  : { passed: 0, failed: 1, skipped: 0 };
process.stdout.write(`${closingLine(totals)}\n`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
