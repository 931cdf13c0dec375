/**
 * 1. Everything in a group is committed by one transaction, or nothing of it is.
 * 2. A request that fails takes back what it did and nothing else: it has a savepoint of its own.
 * 3. No answer is given before COMMIT returned.
 * 4. Where the disk fails, all of the group fails: `no` when it surely left nothing, `unknown` when COMMIT
 *    failed otherwise than in a write. (The frame that makes a transaction valid is written last, and
 *    synced then: where that sync fails, a recovery may find it, until another transaction lies there.)
 * 5. Behind an `unknown` each transaction writes, whatever it holds, until one is committed: so what a
 *    read does not show behind a later write that is done (a barrier is one) never will be there.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { detailOf, failureOf, isStorageFailure, isWriteRefused } from './failures.js';
import type { Applied, Failure } from './failures.js';
import type { Reply, Request } from './protocol.js';

export type Perform = (request: Request) => unknown;

export class WriteGroup {
  readonly #db: DatabaseSync;
  readonly #perform: Perform;
  readonly #overwrite: () => void;
  readonly #begin: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #takeBack: StatementSync;
  readonly #commit: StatementSync;
  #transactions = 0;
  #writes = 0;
  #inDoubt = false;

  /** @param overwrite a write that means nothing, of a page at least */
  constructor(db: DatabaseSync, perform: Perform, overwrite: () => void) {
    this.#db = db;
    this.#perform = perform;
    this.#overwrite = overwrite;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#savepoint = db.prepare('SAVEPOINT request');
    this.#release = db.prepare('RELEASE request');
    this.#takeBack = db.prepare('ROLLBACK TO request');
    this.#commit = db.prepare('COMMIT');
  }

  get stats(): { readonly transactions: number; readonly writes: number } {
    return { transactions: this.#transactions, writes: this.#writes };
  }

  run(requests: readonly Request[]): readonly Reply[] {
    let applied: Applied = 'no';
    try {
      this.#begin.run();
      if (this.#inDoubt) this.#overwrite();
      const replies = requests.map((request) => this.#step(request));
      applied = 'unknown';
      this.#commit.run();
      this.#inDoubt = false;
      this.#transactions += 1;
      this.#writes += requests.length;
      return replies;
    } catch (error) {
      this.#abandon();
      if (isWriteRefused(error)) applied = 'no';
      if (applied === 'unknown') this.#inDoubt = true;
      return failAll(requests, groupFailure(error, applied));
    }
  }

  /** @throws where the disk failed, which ends the group. */
  #step(request: Request): Reply {
    this.#savepoint.run();
    try {
      const value = this.#perform(request);
      this.#release.run();
      return { id: request.id, ok: true, value };
    } catch (error) {
      // A full disk or a failing one makes SQLite roll back the whole transaction by itself, at times.
      if (isStorageFailure(error) || !this.#db.isTransaction) throw error;
      this.#takeBack.run();
      this.#release.run();
      return { id: request.id, ok: false, failure: failureOf(error) };
    }
  }

  /** @throws where even that fails: the connection is of no use any more and the thread ends. */
  #abandon(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }
}

const groupFailure = (error: unknown, applied: Applied): Failure =>
  isStorageFailure(error) ? { kind: 'unavailable', applied, detail: detailOf(error) } : failureOf(error);

const failAll = (requests: readonly Request[], failure: Failure): readonly Reply[] =>
  requests.map(({ id }) => ({ id, ok: false, failure }));
