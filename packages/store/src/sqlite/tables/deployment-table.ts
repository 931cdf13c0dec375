import { randomBytes } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ClusterRecord } from '@munova/contracts';
import { int, text, textOrNull } from '../rows.js';

const PROBE_BYTES = 64 * 1024;

const newGeneration = (): string => randomBytes(16).toString('base64url');

export class DeploymentTable {
  readonly #found: StatementSync;
  readonly #renew: StatementSync;
  readonly #get: StatementSync;
  readonly #keepKey: StatementSync;
  readonly #key: StatementSync;
  readonly #nextEpoch: StatementSync;
  readonly #fill: StatementSync;
  readonly #dropOld: StatementSync;
  readonly #schema: number;

  constructor(db: DatabaseSync, schema: number) {
    this.#schema = schema;
    this.#found = db.prepare('UPDATE deployment SET generation = ?, shards = ?, hash = ? WHERE generation IS NULL');
    this.#renew = db.prepare('UPDATE deployment SET generation = ?, shards = ?, hash = ?');
    this.#get = db.prepare('SELECT generation, shards, hash FROM deployment');
    this.#keepKey = db.prepare('UPDATE deployment SET key_fingerprint = ? WHERE key_fingerprint IS NULL');
    this.#key = db.prepare('SELECT key_fingerprint FROM deployment');
    this.#nextEpoch = db.prepare('UPDATE deployment SET epoch = epoch + 1 RETURNING epoch');
    this.#fill = db.prepare(`INSERT INTO probe (filler) VALUES (zeroblob(${String(PROBE_BYTES)}))`);
    this.#dropOld = db.prepare('DELETE FROM probe WHERE id < ?');
  }

  clusterRecord(shards: number, hash: string): ClusterRecord {
    this.#found.run(newGeneration(), shards, hash);
    return this.#record();
  }

  generation(): string | null {
    return textOrNull(this.#get.get() ?? {}, 'generation');
  }

  beginGeneration(shards: number, hash: string): ClusterRecord {
    this.#renew.run(newGeneration(), shards, hash);
    return this.#record();
  }

  #record(): ClusterRecord {
    const row = this.#get.get() ?? {};
    return {
      generation: text(row, 'generation'),
      shards: int(row, 'shards'),
      hash: text(row, 'hash'),
      schema: this.#schema,
    };
  }

  keyFingerprint(mine: string): string {
    this.#keepKey.run(mine);
    return text(this.#key.get() ?? {}, 'key_fingerprint');
  }

  nextEpoch(): number {
    return int(this.#nextEpoch.get() ?? {}, 'epoch');
  }

  /** A write that needs free pages and room in the log, and means nothing: it succeeds where others would. */
  probe(): void {
    const { lastInsertRowid } = this.#fill.run();
    this.#dropOld.run(lastInsertRowid);
  }
}
