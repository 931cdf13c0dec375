import type { Migration } from './migration.js';

/** Null until the next start: then it is that of the key in use. */
export const keyFingerprint: Migration = {
  version: 2,
  name: 'key-fingerprint',
  apply: (db) => {
    db.exec('ALTER TABLE deployment ADD COLUMN key_fingerprint TEXT');
  },
};
