import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

const PATIENCE_MS = 60_000;

describe('npm run invariants', { timeout: PATIENCE_MS }, () => {
  it('[V9] prints a table, exits 0 where every run held, and writes JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'munova-invariants-'));
    try {
      const file = join(folder, 'out.json');
      const { status, stdout, stderr } = run('--runs', '3', '--seed', '2', '--json', file);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain('3/3 runs, 0 failed');
      for (const part of ['I1 ', 'I12 ', 'faults', 'met']) expect(stdout).toContain(part);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ runs: 3, failures: 0, failedRuns: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('[V9] tells a failing seed: the invariant, the plan, a timeline, and the command that replays it', () => {
    const { status, stdout } = run('--runs', '1', '--seed', '3', '--mutant', 'stale-reads');
    expect(status).toBe(1);
    expect(stdout).toContain('seed 3 failed');
    expect(stdout).toContain('I5 in r');
    expect(stdout).toContain('"faults": {');
    expect(stdout).toContain('the end of its timeline');
    expect(stdout).toContain('again with: npm run invariants -- --runs 1 --seed 3 --mutant stale-reads');
  });

  it('[V9] exits 2 for options that are none', () => {
    for (const args of [['--runs', 'many'], ['--mutant', 'nobody'], ['--what']]) {
      expect(run(...args).status).toBe(2);
    }
    expect(run('--help').status).toBe(0);
  });
});
