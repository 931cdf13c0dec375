import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findK6, type Places, ServerNotFound } from '@munova/servers';
import { find } from '../src/find/find.js';
import { k6Recipe } from '../src/find/k6.js';

const emptyPlaces = (variable?: string): Places => {
  const cache = mkdtempSync(join(tmpdir(), 'munova-k6-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  return { variable: (name) => (name === 'MUNOVA_K6' ? variable : undefined), path: [], cache, say: () => undefined };
};

it('[K3] a MUNOVA_K6 that names no k6 is an error that says so', async () => {
  const found = findK6(emptyPlaces('/nowhere/k6'));
  await expect(found).rejects.toBeInstanceOf(ServerNotFound);
  await expect(found).rejects.toThrow(
    /^MUNOVA_K6 does not name a k6 of version 1 or newer: \/nowhere\/k6 is not on this/,
  );
});

it('[K3] where there is no Go either, the error says how to get k6', async () => {
  const noGo = { by: 'go install', fetch: () => Promise.reject(new Error('go is not on this machine')) };
  await expect(find({ ...k6Recipe, fetchers: [noGo] }, emptyPlaces())).rejects.toThrow(
    /^No k6 of version 1 or newer: .*by go install: go is not on this machine.* Install k6 1 .*or set MUNOVA_K6 to its path/,
  );
});
