import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS, OutdatedMutant, patched } from '../src/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = fileURLToPath(new URL('../dist/mutants-main.js', import.meta.url));
const KNOWN = JSON.parse(readFileSync(new URL('../mutant-seeds.json', import.meta.url), 'utf8')) as Record<
  string,
  number
>;
const PATIENCE_MS = 180_000;

/** Runs for each, should the seed that is known not find it any more. */
const RUNS = 60;

const hunted = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

const modified = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mtimeMs, size } = statSync(join(ROOT, folder, name));
    return `${name} ${String(mtimeMs)} ${String(size)}`;
  });

describe('a known way to be wrong', { timeout: PATIENCE_MS }, () => {
  it('[V7] [V8] [V21] is found out by the invariant it breaks, or borne; the table tells', () => {
    const built = ['bus', 'contracts', 'edge', 'room-actors', 'simulator', 'store'].map(
      (name) => `packages/${name}/dist`,
    );
    const before = built.map(modified);
    const folder = mkdtempSync(join(tmpdir(), 'munova-mutants-'));
    try {
      const file = join(folder, 'out.json');
      // Those without a seed take too long for every change.
      const chosen = MUTANTS.filter(({ name }) => KNOWN[name] !== undefined || name === 'fan-out-reordered');
      const names = chosen.flatMap(({ name }) => ['--only', name]);
      const { status, stdout, stderr } = hunted('--runs', String(RUNS), '--json', file, ...names);
      expect(status, `${stdout}${stderr}`).toBe(0);
      expect(chosen.length).toBeGreaterThan(25);
      for (const { name, what } of chosen) expect(stdout).toMatch(new RegExp(`^${name} .*${what.slice(0, 20)}`, 'm'));
      const hunts = JSON.parse(readFileSync(file, 'utf8')) as {
        mutant: { name: string; breaks: string[] };
        broke: string[];
      }[];
      for (const { mutant, broke } of hunts) {
        expect(broke.length > 0, mutant.name).toBe(mutant.breaks.length > 0);
        expect(mutant.breaks.length === 0 || mutant.breaks.some((id) => broke.includes(id)), mutant.name).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    // V20: what is shipped was not touched.
    expect(built.map(modified)).toEqual(before);
  });

  it('[V21] that survives fails the command, by name', () => {
    const { status, stdout } = hunted('--only', 'places-not-unique', '--runs', '1', '--fresh');
    expect(status).toBe(1);
    expect(stdout).toContain('survived: places-not-unique');
  });

  it('[V21] is not hunted for options that are none', () => {
    for (const args of [['--only', 'nobody'], ['--runs', '0'], ['--what']]) expect(hunted(...args).status).toBe(2);
    expect(hunted('--help').status).toBe(0);
  });
});

describe('a patch', () => {
  const patch = { file: 'a.js', find: 'x > 1', replace: 'x > 2' };

  it('[V22] replaces what stands there once', () => {
    expect(patched('m', 'if (x > 1) f();', [patch])).toBe('if (x > 2) f();');
  });

  it('[V22] that fits nowhere or twice is an error that names the mutant', () => {
    for (const source of ['nothing', 'x > 1 && x > 1']) {
      expect(() => patched('the-mutant', source, [patch])).toThrow(OutdatedMutant);
      expect(() => patched('the-mutant', source, [patch])).toThrow(/the-mutant is out of date: a\.js/);
    }
  });

  it('[V22] of every mutant fits the product that is built, and each is data with a name of its own', () => {
    for (const mutant of MUTANTS) {
      expect(JSON.parse(JSON.stringify(mutant))).toEqual(mutant);
      expect(mutant.patches.length, mutant.name).toBeGreaterThan(0);
      for (const { file } of mutant.patches ?? []) {
        const own = mutant.patches.filter((p) => p.file === file);
        expect(() => patched(mutant.name, readFileSync(join(ROOT, file), 'utf8'), own)).not.toThrow();
      }
    }
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});

describe('[X17] a process started as a mutant', () => {
  const MUTATE = new URL('../dist/mutate.js', import.meta.url).href;
  const started = (mutant: string) => {
    const lease = new URL('../../room-actors/dist/runtime/lease.js', import.meta.url).href;
    const print = `const { Lease } = await import('${lease}'); console.log(Lease.prototype.holds.toString())`;
    const args = ['--import', `${MUTATE}?mutant=${mutant}`, '--input-type=module', '--eval', print];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  };

  it('[X17] is wrong, and says in its log which module is', () => {
    const { status, stdout, stderr } = started('lapsed-goes-on');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('this.#deadline > 0');
    expect(JSON.parse(stderr)).toMatchObject({
      mutant: 'lapsed-goes-on',
      file: 'packages/room-actors/dist/runtime/lease.js',
    });
  });

  it('[X17] does not start where there is no such mutant', () => {
    const { status, stdout, stderr } = started('nobody');
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('there is no mutant nobody');
  });
});
