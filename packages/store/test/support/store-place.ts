import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '@munova/contracts';
import type { StoreFactory } from '@munova/contracts/testing';
import { afterEach, beforeEach } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import type { SqliteStore, SqliteStoreOptions } from '../../src/index.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** The store's thread runs the built files, whatever runs the tests: an old build would test old code. */
const assertBuilt = (): void => {
  const built = statSync(join(PACKAGE, 'dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newer = globSync('src/**/*.ts', { cwd: PACKAGE }).filter((f) => statSync(join(PACKAGE, f)).mtimeMs > built);
  if (newer.length > 0) throw new Error(`run "tsc -b packages/store" first; newer than the build: ${newer.join(', ')}`);
};
assertBuilt();

export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export const recordingLog = (lines: Line[]): Log => {
  const at =
    (level: Line['level']) =>
    (fields: Record<string, unknown>, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'munova-store-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export const sqliteFactory: StoreFactory = {
  durable: true,
  makePlace: async () => {
    const folder = makeFolder();
    return {
      open: () => openSqliteStore({ folder, log: recordingLog([]) }),
      remove: async () => removeFolder(folder),
    };
  },
};

/** A folder for one test; removed behind it, its stores closed first. */
export interface Bench {
  readonly folder: string;
  readonly lines: Line[];
  open(options?: Partial<SqliteStoreOptions>): Promise<SqliteStore>;
}

export const useBench = (): Bench => {
  let folder = '';
  const lines: Line[] = [];
  const opened: SqliteStore[] = [];
  beforeEach(() => {
    folder = makeFolder();
    lines.length = 0;
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    removeFolder(folder);
  });
  return {
    get folder() {
      return folder;
    },
    lines,
    open: async (options = {}) => {
      const store = await openSqliteStore({ folder, log: recordingLog(lines), ...options });
      opened.push(store);
      return store;
    },
  };
};
