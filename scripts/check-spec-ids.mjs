/** Checks that every rule of SPEC.md is cited by a test, and that every test cites a rule. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow } from './lib/files.mjs';
import { report } from './lib/report.mjs';
import { compareSpec, readSpec, readTests } from './lib/spec-ids.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where tests stand; the contract suites are tests that other packages call. */
const testFolders = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`),
  'packages/contracts/src/testing',
  'loadtest/test',
  'scripts/test',
];

const files = testFolders.flatMap((folder) => filesBelow(root, folder, ['.ts', '.mjs']));
const tests = files.flatMap((file) => readTests(file, readFileSync(join(root, file), 'utf8')));
const spec = readSpec(readFileSync(join(root, 'SPEC.md'), 'utf8'));

const findings = [...spec.findings, ...compareSpec(spec.ids, tests)];
if (spec.ids.size === 0) findings.push('SPEC.md defines no rule');
if (tests.length === 0) findings.push('no test was found');
report(
  'spec',
  findings,
  `${spec.ids.size} rules, ${tests.length} tests in ${files.length} files, each cites the other`,
);
