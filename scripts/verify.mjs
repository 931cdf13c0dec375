/**
 * Everything that must hold before a change lands, in the order in which it is cheapest to know. CI runs this same
 * list; with `--without-tests` it leaves out the tests, which CI has just run by `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {{ name: string, command: string[] }[]} */
const steps = [
  { name: 'format', command: ['run', '--silent', 'format'] },
  { name: 'build', command: ['run', '--silent', 'build'] },
  { name: 'types of tests and scripts', command: ['run', '--silent', 'typecheck'] },
  { name: 'lint', command: ['run', '--silent', 'lint'] },
  { name: 'boundaries and canary', command: ['run', '--silent', 'boundaries'] },
  { name: 'dead code', command: ['run', '--silent', 'deadcode'] },
  { name: 'rules and tests cite each other', command: ['run', '--silent', 'spec'] },
];
if (!process.argv.includes('--without-tests')) {
  steps.push({ name: 'tests', command: ['exec', '--', 'vitest', 'run'] });
}

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** Seconds since `from` (a reading of `performance.now()`), for a person. */
const since = (/** @type {number} */ from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

const startedAt = performance.now();
const failed = [];
for (const [index, { name, command }] of steps.entries()) {
  say(`\n── ${index + 1}/${steps.length} ${name}`);
  const stepAt = performance.now();
  const { status, signal } = spawnSync('npm', command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(1);
  say(`── ${status === 0 ? 'ok' : 'FAILED'}: ${name}, ${since(stepAt)}`);
  if (status !== 0) failed.push(name);
}

say('');
if (failed.length === 0) say(`verify: all ${steps.length} steps passed in ${since(startedAt)}`);
else say(`verify: FAILED after ${since(startedAt)}: ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
