import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerNotFound } from '@munova/servers';
import type { Places } from '@munova/servers';
import { find } from '../src/find/find.js';
import type { Fetcher, Recipe } from '../src/find/find.js';

let root = '';
let said: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'munova-find-'));
  said = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Puts a program there that prints a version. */
const program = (path: string, version: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "shoed v${version}"\n`, { mode: 0o755 });
  return path;
};

const cached = (version: string): string => program(join(root, 'cache', `shoed-${version}`, 'bin', 'shoed'), version);

const recipe = (...fetchers: Fetcher[]): Recipe => ({
  program: 'shoed',
  minimumMajor: 7,
  versionPattern: /shoed v(\S+)/,
  variable: 'SHOED',
  pathInTree: join('bin', 'shoed'),
  fetchers,
  advice: 'Install shoed',
});

const places = (more: Partial<Places> = {}): Places => ({
  variable: () => undefined,
  path: [],
  cache: join(root, 'cache'),
  say: (line) => void said.push(line),
  ...more,
});

/** A fetcher that has a program of this version. */
const bringing = (version: string, before: () => Promise<void> | void = () => undefined): Fetcher => ({
  by: 'cart',
  fetch: async (tree) => {
    await before();
    program(join(tree, 'bin', 'shoed'), version);
  },
});

const broken: Fetcher = { by: 'cart', fetch: () => Promise.reject(new Error('the cart has no wheels')) };

describe('[Y1] what is there', () => {
  it('[Y1] is what the variable names, before all else', async () => {
    const named = program(join(root, 'mine'), '7.1.0');
    program(join(root, 'bin', 'shoed'), '9.0.0');
    const found = await find(
      recipe(),
      places({ variable: (name) => (name === 'SHOED' ? named : undefined), path: [join(root, 'bin')] }),
    );
    expect(found).toEqual({ path: named, version: '7.1.0', env: {} });
  });

  it.each([
    { what: 'too old', make: () => program(join(root, 'mine'), '6.9.9') },
    { what: 'missing', make: () => join(root, 'missing') },
  ])('[Y1] is an error where the variable names what is $what, and nothing else is tried', async ({ make }) => {
    cached('7.0.0');
    const named = make();
    const finding = find(recipe(bringing('8.0.0')), places({ variable: () => named }));
    await expect(finding).rejects.toBeInstanceOf(ServerNotFound);
    await expect(finding).rejects.toThrow(named);
    expect(said).toEqual([]);
  });

  it('[Y1] is the first on PATH that runs and is new enough, before the cache', async () => {
    cached('8.0.0');
    const folders = ['old', 'not-executable', 'folder', 'no-version', 'good', 'better'].map((name) => join(root, name));
    program(join(root, 'old', 'shoed'), '6.2.0');
    mkdirSync(join(root, 'not-executable'));
    writeFileSync(join(root, 'not-executable', 'shoed'), 'a text');
    mkdirSync(join(root, 'folder', 'shoed'), { recursive: true });
    program(join(root, 'no-version', 'shoed'), '');
    const good = program(join(root, 'good', 'shoed'), '7.0.0');
    program(join(root, 'better', 'shoed'), '7.4.0');
    expect((await find(recipe(), places({ path: folders }))).path).toBe(good);
  });

  it('[Y1] is the newest in the cache that runs', async () => {
    for (const version of ['7.0.1', '7.9.1']) cached(version);
    const newest = cached('7.10.0');
    mkdirSync(join(root, 'cache', 'shoed-7.11.0'));
    expect((await find(recipe(), places())).path).toBe(newest);
  });

  it('[Y1] in the cache is run with the libraries beside it', async () => {
    cached('7.0.0');
    const library = join(root, 'cache', 'shoed-7.0.0', 'lib', 'x', 'libsole.so.2');
    mkdirSync(dirname(library), { recursive: true });
    writeFileSync(library, '');
    expect((await find(recipe(), places())).env).toEqual({ LD_LIBRARY_PATH: dirname(library) });
  });
});

describe('[Y2] what is not there', () => {
  it('[Y2] is fetched once, says so, and is found from then on', async () => {
    const first = await find(recipe(broken, bringing('7.2.0')), places());
    expect(first.path).toBe(join(root, 'cache', 'shoed-7.2.0', 'bin', 'shoed'));
    expect(said).toEqual(Array(2).fill(`fetching shoed by cart into ${join(root, 'cache')} …`));
    expect(await find(recipe(broken), places())).toEqual(first);
    expect(said).toHaveLength(2);
    expect(readdirSync(join(root, 'cache'))).toEqual(['shoed-7.2.0']);
  });

  it('[Y2] is not in the cache while it is being fetched', async () => {
    let names: string[] = [];
    const looking: Fetcher = {
      by: 'cart',
      fetch: async (tree) => {
        program(join(tree, 'bin', 'shoed'), '7.2.0');
        names = readdirSync(join(root, 'cache'));
      },
    };
    await find(recipe(looking), places());
    expect(names).toEqual([expect.stringMatching(/^fetching-/)]);
  });

  it('[Y2] is had by all who fetch it at once', async () => {
    const count = 4;
    let isComplete = (): void => undefined;
    const all = new Promise<void>((resolve) => (isComplete = resolve));
    let begun = 0;
    const together = bringing('7.2.0', () => {
      begun += 1;
      if (begun === count) isComplete();
      return all;
    });
    const found = await Promise.all(Array.from({ length: count }, () => find(recipe(together), places())));
    expect(begun).toBe(count);
    expect(new Set(found.map(({ path }) => path))).toEqual(
      new Set([join(root, 'cache', 'shoed-7.2.0', 'bin', 'shoed')]),
    );
    expect(readdirSync(join(root, 'cache'))).toEqual(['shoed-7.2.0']);
  });

  it('[Y2] replaces what is in the cache and does not run', async () => {
    mkdirSync(join(root, 'cache', 'shoed-7.2.0', 'rest'), { recursive: true });
    expect((await find(recipe(bringing('7.2.0')), places())).version).toBe('7.2.0');
    expect(existsSync(join(root, 'cache', 'shoed-7.2.0', 'rest'))).toBe(false);
  });
});

describe('[Y3] what cannot be had', () => {
  it('[Y3] is an error that says where it was looked for, what failed and how to get it, and leaves nothing', async () => {
    program(join(root, 'bin', 'shoed'), '6.2.0');
    const finding = find(recipe(broken, bringing('5.0.0')), places({ path: [join(root, 'bin')] }));
    await expect(finding).rejects.toBeInstanceOf(ServerNotFound);
    for (const part of [
      'No shoed of version 7 or newer',
      'SHOED is not set',
      `${join(root, 'bin', 'shoed')} is 6.2.0, too old`,
      join(root, 'cache'),
      'the cart has no wheels',
      'is 5.0.0, too old',
      'Install shoed, or set SHOED to its path.',
    ]) {
      await expect(finding).rejects.toThrow(part);
    }
    expect(readdirSync(join(root, 'cache'))).toEqual([]);
  });
});
