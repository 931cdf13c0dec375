import type { DatabaseSync } from 'node:sqlite';

/** One step of the schema. Never changed once released; a later one corrects it. */
export interface Migration {
  /** 1, 2, 3 … without holes. */
  readonly version: number;
  readonly name: string;
  /** Runs inside the transaction that also records the version. */
  readonly apply: (db: DatabaseSync) => void;
}
