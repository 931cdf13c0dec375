import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBuildInputs } from '../lib/build-inputs.mjs';
import { withLock } from '../lib/lock.mjs';
import { installDifference } from '../lib/lockfile.mjs';

const run = promisify(execFile);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'munova-prepare-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the installed tree', () => {
  const wanted = {
    packages: {
      '': {},
      'packages/edge': { version: '0.1.0' },
      'node_modules/@munova/edge': { resolved: 'packages/edge', link: true },
      'node_modules/ws': { version: '8.22.2', integrity: 'sha512-a' },
      'node_modules/fsevents': { version: '2.3.3', integrity: 'sha512-b', optional: true },
    },
  };
  const installed = (changes: object) => ({
    packages: {
      'packages/edge': { version: '0.1.0' },
      'node_modules/@munova/edge': { resolved: 'packages/edge', link: true },
      'node_modules/ws': { version: '8.22.2', integrity: 'sha512-a' },
      ...changes,
    },
  });

  it('[X1] that agrees with the lockfile is left as it is, without the packages of other platforms too', () => {
    expect(installDifference(wanted, installed({}))).toBeUndefined();
  });

  it.each([
    ['nothing is installed', undefined],
    ['a package is missing', installed({ 'node_modules/ws': undefined })],
    ['a package has another version', installed({ 'node_modules/ws': { version: '8.22.1', integrity: 'sha512-a' } })],
    ['a package has another content', installed({ 'node_modules/ws': { version: '8.22.2', integrity: 'sha512-c' } })],
    ['a package is left over', installed({ 'node_modules/ioredis': { version: '6.0.0' } })],
    ['an optional package is old', installed({ 'node_modules/fsevents': { version: '2.3.2', optional: true } })],
    ['a workspace points elsewhere', installed({ 'node_modules/@munova/edge': { resolved: 'edge', link: true } })],
  ])('[X1] is installed anew when %s', (_, tree) => {
    expect(installDifference(wanted, tree)).toBeTypeOf('string');
  });
});

describe('the build', () => {
  const source = () => join(folder, 'packages', 'edge', 'src', 'index.ts');

  beforeEach(() => {
    mkdirSync(join(folder, 'packages', 'edge', 'src'), { recursive: true });
    mkdirSync(join(folder, 'packages', 'edge', 'dist'));
    mkdirSync(join(folder, 'loadtest'));
    for (const name of ['tsconfig.base.json', 'tsconfig.json', 'package-lock.json'])
      writeFileSync(join(folder, name), '{}');
    writeFileSync(source(), 'export {};');
  });

  it('[X2] is not repeated while its inputs stay as they are, whatever it writes', () => {
    const before = hashBuildInputs(folder);
    writeFileSync(join(folder, 'packages', 'edge', 'dist', 'index.d.ts'), 'export {};');
    expect(hashBuildInputs(folder)).toBe(before);
  });

  it.each([
    ['written', () => utimesSync(source(), 1, 1)],
    ['added', () => writeFileSync(join(folder, 'packages', 'edge', 'src', 'more.ts'), '')],
    ['removed', () => rmSync(source())],
  ])('[X2] is repeated when a source is %s', (_, change) => {
    const before = hashBuildInputs(folder);
    change();
    expect(hashBuildInputs(folder)).not.toBe(before);
  });
});

describe('the lock', () => {
  const library = fileURLToPath(new URL('../lib/lock.mjs', import.meta.url));
  const options = { timeoutMs: 30_000, onWait: () => undefined };

  it('[X3] lets one process work at a time', async () => {
    const log = join(folder, 'log');
    const program = `
      import { appendFileSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      import { withLock } from ${JSON.stringify(library)};
      await withLock(${JSON.stringify(join(folder, 'lock'))}, { timeoutMs: 30000, onWait: () => {} }, async () => {
        appendFileSync(${JSON.stringify(log)}, 'begin ');
        await setTimeout(20);
        appendFileSync(${JSON.stringify(log)}, 'end ');
      });`;
    const script = join(folder, 'worker.mjs');
    writeFileSync(script, program);
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [script])));
    expect(readFileSync(log, 'utf8')).toBe('begin end '.repeat(4));
  });

  it('[X3] of a process that has died is taken over', async () => {
    const path = join(folder, 'lock');
    const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
    writeFileSync(path, stdout.trim());
    await expect(withLock(path, options, () => 'done')).resolves.toBe('done');
    expect(existsSync(path)).toBe(false);
  });

  it('[X3] is given back when the work fails', async () => {
    const path = join(folder, 'lock');
    const work = () => Promise.reject(new Error('no'));
    await expect(withLock(path, options, work)).rejects.toThrow('no');
    await expect(withLock(path, options, () => 'done')).resolves.toBe('done');
  });

  it('[X3] of a living process is waited for only so long, with a sentence that says what to do', async () => {
    const path = join(folder, 'lock');
    writeFileSync(path, String(process.pid));
    const waited: string[] = [];
    const work = withLock(path, { timeoutMs: 0, onWait: () => waited.push('once') }, () => 'done');
    await expect(work).rejects.toThrow(`process ${process.pid} still holds`);
    expect(waited).toEqual(['once']);
  });
});
