export { openSqliteStore } from './sqlite/open-sqlite-store.js';
export type { SqliteStore, SqliteStoreOptions } from './sqlite/open-sqlite-store.js';
export type { DatabaseSettings } from './sqlite/database.js';
export type { StoreStats } from './sqlite/protocol.js';
export { StoreStartError } from './start-error.js';
export type { StoreStartCode } from './start-error.js';
