import type { DatabaseSync } from 'node:sqlite';
import { initial } from './migrations/0001-initial.js';
import { keyFingerprint } from './migrations/0002-key-fingerprint.js';
import type { Migration } from './migrations/migration.js';
import { int } from './rows.js';
import { StoreStartError } from '../start-error.js';

export const MIGRATIONS: readonly Migration[] = [initial, keyFingerprint];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to the newest of `migrations`, each in a transaction of its own: a crash
 * leaves a whole number of them.
 * @returns the version it is of now.
 * @throws {StoreStartError} `schema-newer`, with the database untouched.
 */
export const migrate = (
  db: DatabaseSync,
  folder: string,
  migrations: readonly Migration[],
  now: () => number,
): number => {
  const found = versionOf(db);
  const known = migrations.length;
  if (found > known) {
    throw new StoreStartError(
      'schema-newer',
      `The store in ${folder} has schema version ${String(found)}, and this version of the product knows versions ` +
        `up to ${String(known)}. Start the product that wrote it, or restore a backup from before the upgrade.`,
    );
  }
  for (const migration of migrations.slice(found)) applyOne(db, migration, now());
  return known;
};

const versionOf = (db: DatabaseSync): number => {
  const table = db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_versions'`).get();
  if (table === undefined) return 0;
  const row = db.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_versions').get();
  return row === undefined ? 0 : int(row, 'version');
};

const applyOne = (db: DatabaseSync, migration: Migration, now: number): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS schema_versions (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
    ) STRICT`);
    migration.apply(db);
    db.prepare('INSERT INTO schema_versions (version, name, applied_at) VALUES (?, ?, ?)').run(
      migration.version,
      migration.name,
      now,
    );
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};
