/**
 * 1. A folder has one process: an exclusive lock on `munova.lock` is held from before the database is
 *    opened until after it is closed. The kernel drops it with the process, so nothing goes stale.
 * 2. A commit that returned is on the disk: WAL with synchronous=FULL, read back before first use.
 * 3. Nothing is read or written before the schema is the one that this version knows.
 * 4. Nothing is answered from a log that a predecessor may not have synced: what was found in it is moved
 *    into the database, which is synced, first.
 */
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { STORE_BUSY_TIMEOUT_MS, STORE_CACHE_KIB, STORE_WAL_KEPT_BYTES } from '@munova/contracts';
import { SQLITE, detailOf, sqliteCode } from './failures.js';
import { MIGRATIONS, migrate } from './migrate.js';
import { StoreStartError } from '../start-error.js';
import type { StoreStartCode } from '../start-error.js';

const DATABASE_FILE = 'munova.db';
const LOCK_FILE = 'munova.lock';

/** "MuCh": tells our files from other SQLite databases. */
const APPLICATION_ID = 0x4d754368;
const SYNCHRONOUS_FULL = 2;

export interface DatabaseOptions {
  readonly folder: string;
  /** Upper bound of the database file in pages of 4 KiB; null: the disk's own. */
  readonly maxPages: number | null;
}

/** What the database says of itself once it is open. */
export interface DatabaseSettings {
  readonly journalMode: string;
  readonly synchronous: number;
  readonly schema: number;
}

export interface OpenDatabase {
  readonly db: DatabaseSync;
  readonly settings: DatabaseSettings;
  /**
   * Lets the folder go. SQLite moves the WAL into the database behind the last connection; where the
   * disk has no room for that, the WAL stays and is read at the next start.
   */
  readonly close: () => void;
}

/** @throws {StoreStartError} */
export const openDatabase = ({ folder, maxPages }: DatabaseOptions): OpenDatabase => {
  const opened: DatabaseSync[] = [];
  try {
    prepareFolder(folder);
    const lock = takeLock(folder);
    opened.push(lock);
    const db = new DatabaseSync(join(folder, DATABASE_FILE), { timeout: STORE_BUSY_TIMEOUT_MS });
    opened.push(db);
    if (maxPages !== null) db.exec(`PRAGMA max_page_count = ${String(maxPages)}`);
    const durable = makeDurable(db, folder);
    checkOwner(db, folder);
    const schema = migrate(db, folder, MIGRATIONS, Date.now);
    emptyLog(db, folder);
    const close = (): void => {
      db.close();
      lock.close();
    };
    return { db, settings: { ...durable, schema }, close };
  } catch (error) {
    for (const each of opened.reverse()) each.close();
    throw error instanceof StoreStartError ? error : startErrorOf(error, folder);
  }
};

const prepareFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const file of [LOCK_FILE, DATABASE_FILE]) createPrivate(join(folder, file));
  } catch (error) {
    throw new StoreStartError(
      'folder-unusable',
      `The data folder ${folder} cannot be made or written: ${detailOf(error)}.`,
    );
  }
};

/**
 * Conversations are for the owner of the process alone; WAL and index take this mode over. A file that
 * is there is not opened: closing it would drop the locks that this process may hold on it (POSIX).
 */
const createPrivate = (path: string): void => {
  if (existsSync(path)) {
    accessSync(path, constants.R_OK | constants.W_OK);
    return;
  }
  closeSync(openSync(path, 'wx', 0o600));
};

const takeLock = (folder: string): DatabaseSync => {
  const lock = new DatabaseSync(join(folder, LOCK_FILE));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (sqliteCode(error) !== SQLITE.busy) throw error;
    throw new StoreStartError(
      'folder-in-use',
      `The data folder ${folder} is in use by another process. Stop that one, or give this one a folder of its own.`,
    );
  }
};

const makeDurable = (db: DatabaseSync, folder: string): Omit<DatabaseSettings, 'schema'> => {
  // fullfsync: on macOS a plain fsync leaves data in the drive's cache. secure_delete: redacted text is overwritten.
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = ${String(STORE_WAL_KEPT_BYTES)};
    PRAGMA cache_size = -${String(STORE_CACHE_KIB)};
  `);
  const journalMode = pragma(db, 'journal_mode');
  const synchronous = pragma(db, 'synchronous');
  if (journalMode !== 'wal' || synchronous !== SYNCHRONOUS_FULL) {
    throw new StoreStartError(
      'not-durable',
      `The store in ${folder} cannot promise that a receipt is durable: journal_mode is ${String(journalMode)} ` +
        `(wal is needed), synchronous is ${String(synchronous)} (2 is needed).`,
    );
  }
  return { journalMode, synchronous };
};

const checkOwner = (db: DatabaseSync, folder: string): void => {
  const found = pragma(db, 'application_id');
  if (found === APPLICATION_ID) return;
  const tables = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
  if (found !== 0 || tables !== 0) {
    throw new StoreStartError('damaged', `The file ${join(folder, DATABASE_FILE)} is not a database of this product.`);
  }
  db.exec(`PRAGMA application_id = ${String(APPLICATION_ID)}`);
};

/** A process that died may have written what it had yet to sync, or had failed to; its readers trust what they find. */
const emptyLog = (db: DatabaseSync, folder: string): void => {
  if (pragma(db, 'wal_checkpoint(TRUNCATE)') === 0) return;
  throw new StoreStartError(
    'folder-in-use',
    `The database in ${folder} is being read by another process. Stop that one.`,
  );
};

const pragma = (db: DatabaseSync, name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

const START_CODES: ReadonlyMap<number | null, StoreStartCode> = new Map<number, StoreStartCode>([
  [SQLITE.busy, 'folder-in-use'],
  [SQLITE.readonly, 'folder-unusable'],
  [SQLITE.cantOpen, 'folder-unusable'],
  [SQLITE.full, 'folder-unusable'],
  [SQLITE.corrupt, 'damaged'],
  [SQLITE.notADatabase, 'damaged'],
]);

const startErrorOf = (error: unknown, folder: string): StoreStartError =>
  new StoreStartError(
    START_CODES.get(sqliteCode(error)) ?? 'failed',
    `The store in ${folder} did not open: ${detailOf(error)}.`,
  );
