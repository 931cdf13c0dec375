import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COVERAGE, JUDGED, junitOf, planFor, runMany, runPlan, type Plan } from '../src/index.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

/** The XML is whole: every element that opens closes. */
const elementsOf = (xml: string): Record<string, number> => {
  const counts: Record<string, number> = {};
  const open: string[] = [];
  const text = xml.replace(/^<\?xml [^>]*\?>/, '').replace(/&(?:amp|lt|gt|quot);/g, '');
  expect(text).not.toContain('&');
  for (const [, closes, name = '', rest = ''] of text.matchAll(/<(\/?)([a-z]+)((?:"[^"]*"|[^"<>])*)>/g)) {
    if (closes === '/') expect(open.pop()).toBe(name);
    else counts[name] = (counts[name] ?? 0) + 1;
    if (closes === '' && !rest.endsWith('/')) open.push(name);
  }
  expect(open).toEqual([]);
  expect(text.replace(/<\/?[a-z]+(?:"[^"]*"|[^"<>])*>/g, '')).not.toMatch(/[<>]/);
  return counts;
};

const PATIENCE_MS = 60_000;

/** Runs of which one finds out a mutant that is hard to overlook, whatever the seeds have come to mean. */
const SOME = '12';

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
    const { status, stdout } = run('--runs', SOME, '--mutant', 'frames-reversed', '--shrink', '0');
    expect(status).toBe(1);
    const [, seed] = /^seed (\d+) failed$/m.exec(stdout) ?? [];
    expect(stdout).toMatch(/^ {2}I6 in r/m);
    expect(stdout).toContain('"faults": {');
    expect(stdout).toContain('the end of its timeline');
    const again = `--runs 1 --seed ${String(seed)} --mutant frames-reversed`;
    expect(stdout).toContain(`again with: npm run invariants -- ${again}\n`);
    expect(run(...again.split(' '), '--shrink', '0').stdout).toContain(`seed ${String(seed)} failed`);
  });

  it('[V9] exits 2 for options that are none', () => {
    for (const args of [
      ['--runs', 'many'],
      ['--mutant', 'nobody'],
      ['--profile', 'none'],
      ['--plan', '{}'],
      ['--jobs', '0'],
      ['--what'],
    ]) {
      expect(run(...args).status).toBe(2);
    }
    expect(run('--help').status).toBe(0);
  });

  it('[V25] gives the same hashes and the same table however many threads there are', () => {
    const [one, three] = ['1', '3'].map((jobs) => ['--runs', '12', '--profile', 'quick', '--jobs', jobs]);
    expect(run(...(three ?? []), '--hash').stdout).toBe(run(...(one ?? []), '--hash').stdout);
    const table = run(...(one ?? [])).stdout;
    expect(table).toContain('I12');
    expect(run(...(three ?? [])).stdout).toBe(table);
  });

  it('[V26] writes JUnit: a testcase for each invariant and situation, failures with their story', () => {
    const folder = mkdtempSync(join(tmpdir(), 'munova-invariants-'));
    try {
      const file = join(folder, 'out.xml');
      const { status } = run('--runs', SOME, '--mutant', 'frames-reversed', '--shrink', '0', '--junit', file);
      expect(status).toBe(1);
      const xml = readFileSync(file, 'utf8');
      const counts = elementsOf(xml);
      expect(counts).toMatchObject({ testsuites: 1, testsuite: 2, testcase: JUDGED.length + COVERAGE.length });
      expect(counts['failure']).toBeGreaterThan(0);
      expect(xml).toMatch(
        /<testcase classname="invariants" name="I6"><failure message="broken in \d+ runs, first by seed \d+">/,
      );
      expect(xml).toMatch(/again with: npm run invariants -- --runs 1 --seed \d+ --mutant frames-reversed/);
      expect(xml).toContain('<testcase classname="invariants" name="I3"/>');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('[V26] what a story says is text and never markup', async () => {
    const detail = 'a < b && "c" > \'d\' \u0000 \ud800 신발 👟';
    const run = async (plan: Plan) => ({ ...(await runPlan(plan)), troubles: [{ id: 'I1', room: '<r>', detail }] });
    const many = await runMany({ seed: 1, runs: 1, planOf: (seed) => planFor('quick', seed), run });
    const xml = junitOf(many, { mutant: null, profile: 'quick', planGiven: false });
    expect(elementsOf(xml)).toMatchObject({ failure: 1 });
    expect(xml).toContain("I1 in &lt;r&gt;: a &lt; b &amp;&amp; &quot;c&quot; &gt; 'd' \ufffd \ufffd 신발 👟");
    expect(xml).toContain('--runs 1 --seed 1 --profile quick');
  });

  it('[V27] Ctrl-C ends it with a table of what there is', async () => {
    const child = spawn(process.execPath, [MAIN, '--runs', '100000', '--profile', 'quick']);
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => {
      if (err === '') child.kill('SIGINT');
      err += text.toString();
    });
    expect(await once(child, 'exit')).toEqual([130, null]);
    const [, runs] = /^ {2}runs +(\d+)$/m.exec(out) ?? [];
    expect(Number(runs)).toBeGreaterThan(0);
    expect(Number(runs)).toBeLessThan(100_000);
    expect(err).toMatch(/\d+\/100000 runs, 0 failed, \d+ a minute/);
  });
});
