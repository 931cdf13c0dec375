import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boundaryRules, readBoundaries } from '../lib/boundaries.mjs';
import { cruiseCanary, lintCanary } from '../lib/canary.mjs';
import { filesBelow } from '../lib/files.mjs';
import { closingLine, countTests } from '../lib/totals.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const canary = join(root, 'scripts', 'canary');

describe('the canary', () => {
  let tree = '';
  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'munova-canary-'));
    mkdirSync(join(tree, 'loadtest'));
  });
  afterEach(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  const plant = (path: string, text: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };

  it('[X4] is reported in full by the lint rules of the deterministic folders', async () => {
    const { expected, findings } = await lintCanary(root, canary);
    expect(findings).toEqual([]);
    expect(expected).toBeGreaterThan(20);
  });

  it('[X4] that goes unreported by the lint rules fails the check, and so does a harmless line that is reported', async () => {
    plant('packages/room-actors/src/core/a.ts', 'export const a = 1; // lint: no-restricted-globals\n');
    plant('packages/room-actors/src/core/b.ts', 'export const b = Date.now();\n');
    plant('packages/room-actors/src/adapters/c.ts', 'export const c = Date.now(); // lint: no-restricted-globals\n');
    const { findings } = await lintCanary(root, tree);
    expect(findings.sort()).toEqual([
      'ESLint reported harmless canary: packages/room-actors/src/core/b.ts:1 no-restricted-globals',
      'canary not reported by ESLint: packages/room-actors/src/adapters/c.ts:1 no-restricted-globals',
      'canary not reported by ESLint: packages/room-actors/src/core/a.ts:1 no-restricted-globals',
    ]);
  });

  it('[X5] is reported in full by the boundary rules, every one of them, and read to the last file', async () => {
    const { expected, findings } = await cruiseCanary(canary);
    expect(findings).toEqual([]);
    expect(expected).toBeGreaterThanOrEqual(boundaryRules.length);
    const { modules } = await readBoundaries(canary);
    expect(modules).toEqual(expect.arrayContaining(filesBelow(canary, '.', ['.ts'])));
  });

  it('[X5] that goes unreported by the boundary rules fails the check, and so does a rule without a canary', async () => {
    plant('packages/edge/src/a.ts', '// boundary: no-cycles\nexport const a = 1;\n');
    const { findings } = await cruiseCanary(tree);
    expect(findings).toContain('canary not reported as a boundary: packages/edge/src/a.ts no-cycles');
    expect(findings).toContain('boundary rule without a canary: core-imports-only-core');
  });
});

describe('the totals', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((result) => ({ status: result })),
  });

  it('[X6] count tests one by one', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed', 'passed')] };
    expect(closingLine(countTests(report))).toBe('3 passed, 1 failed, 1 skipped');
  });

  it('[X6] count a file that could not be run as a failure', () => {
    expect(closingLine(countTests({ testResults: [file('failed'), file('passed', 'passed')] }))).toBe(
      '1 passed, 1 failed',
    );
  });
});
