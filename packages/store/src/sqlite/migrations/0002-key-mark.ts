import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from './migration.js';

export const keyMark: Migration = {
  version: 2,
  name: 'key-mark',
  apply: (db: DatabaseSync): void => {
    db.exec('ALTER TABLE deployment ADD COLUMN key_mark TEXT');
  },
};
