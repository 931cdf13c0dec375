/** What can be checked of the operators' page without an operator. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as contracts from '@munova/contracts';
import { FIELDS } from '../src/config.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const page = read('docs/operations.md');
const found = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];
/** The sources of a package, as one text. */
const sourcesOf = (name: string): string => {
  const folder = fileURLToPath(new URL(`packages/${name}/src/`, ROOT));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(`${folder}${file}`, 'utf8')).join('\n');
};

describe('[P55] docs/operations.md', () => {
  it('[P55] names every metric of the product, and none that is not', () => {
    const made = [
      ...found(read('packages/munova/src/metrics.ts'), /'(munova_\w+)'/g),
      ...['redis', 'mongo'].map((server) => `munova_${server}_seconds`),
    ];
    expect(found(page, /\b(munova_[a-z_]+)/g).sort()).toEqual(made.sort());
  });

  it('[P55] names variables, limits and commands that there are', () => {
    const variables = Object.values(FIELDS).map(({ env }) => env);
    for (const name of found(page, /\b(MUNOVA_[A-Z_]+)/g)) expect(variables).toContain(name);
    const limits = new Set([...Object.keys(contracts), ...found(sourcesOf('store'), /\b([A-Z_]+_MS)\b/g)]);
    const named = found(page, /[ (]([A-Z]+(?:_[A-Z]+)+)[ )]/g).filter((name) => !name.startsWith('MUNOVA_'));
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect([...limits]).toContain(name);
    const main = read('packages/munova/src/main.ts');
    for (const name of found(page, /npx --no munova (\w+)/g)) expect(main).toContain(`.command('${name}')`);
  });

  it('[P55] has the sentences of refused starts as they are', () => {
    const sources = ['munova', 'store', 'bus', 'room-actors']
      .map(sourcesOf)
      .join('\n')
      .replaceAll(/' \+\s+['`]/g, '');
    const sentences = [
      'with which this data was made',
      'another key than this data was made with',
      'a database that can be used:',
      'and this version of the product knows',
      'is no member of a replica set',
      'a Redis that can be used:',
      'does not accept the user or password',
      'sharded pub/sub needs 7.0 or newer',
      'a new generation is for a deployment of which no process runs; running:',
      'the store is too unsteady to tell whether processes live',
      'is the only live actor node',
      'this process was taken for dead',
      'the lease ran out; every shard is given up',
      'another generation has begun',
      'a node of this name is there',
      'store: calls fail',
      'an envelope is newer than this process reads',
      'an entry is no batch and was removed',
      'a room was not read',
      'background work failed',
      'a bug in a rule',
    ];
    for (const sentence of sentences) {
      expect(page).toContain(sentence);
      expect(sources).toContain(sentence);
    }
  });
});
