/**
 * Checks who imports whom (`.dependency-cruiser.cjs`), that every source file was read, and, with a canary, that the
 * boundary rules and the lint rules of the deterministic folders do report what they forbid.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBoundaries } from './lib/boundaries.mjs';
import { cruiseCanary, lintCanary } from './lib/canary.mjs';
import { filesBelow } from './lib/files.mjs';
import { report, say } from './lib/report.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const canary = join(root, 'scripts', 'canary');

const { modules, violations } = await readBoundaries(root);
const findings = violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`);

const read = new Set(modules);
for (const name of readdirSync(join(root, 'packages'))) {
  const sources = filesBelow(root, `packages/${name}/src`, ['.ts']);
  const unread = sources.filter((path) => !read.has(path));
  say(
    `  ${name.padEnd(12)} ${String(sources.length - unread.length).padStart(4)} of ${sources.length} source modules read`,
  );
  if (sources.length === 0) findings.push(`packages/${name} has no source`);
  findings.push(...unread.map((path) => `not read: ${path}`));
}

const lint = await lintCanary(root, canary);
const cruised = await cruiseCanary(canary);
say(`  canary       ${lint.expected} lint and ${cruised.expected} boundary violations expected`);
for (const [what, { expected }] of Object.entries({ lint, boundary: cruised })) {
  if (expected === 0) findings.push(`the canary expects no ${what} violation`);
}
findings.push(...lint.findings, ...cruised.findings);

report('boundaries', findings, `${modules.length} modules read, no violation, and the canary was reported in full`);
