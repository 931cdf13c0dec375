/**
 * 1. A room's entries stand at 1..n: a run of entries is taken only where the one before it is there.
 * 2. (room, seq) and (room, sender, cmid) are unique; what is in the way refuses the whole append.
 * 3. Only an outcome that has expired gives its place up.
 */
import { isRegistered, outcomeKeyText } from '@munova/contracts';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type {
  Entry,
  GroupCommit,
  LogDocument,
  OutcomeKey,
  PageBounds,
  Redaction,
  RoomHead,
  RoomId,
  Seq,
  StoredOutcome,
} from '@munova/contracts';
import { Conflict, SQLITE, detailOf, sqliteCode } from '../failures.js';
import { int } from '../rows.js';
import { COLUMNS, entryOf, outcomeOf, valuesOf } from './message-rows.js';

const updates = COLUMNS.map((c) => `${c} = excluded.${c}`).join(', ');

const INSERT = `
  INSERT INTO messages (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (room, sender, cmid) DO UPDATE SET ${updates} WHERE messages.expires <= ?`;

const page = (bound: string, order: 'ASC' | 'DESC'): string =>
  `SELECT * FROM messages WHERE room = ? AND seq ${bound} ORDER BY seq ${order} LIMIT ?`;

export class MessageTable {
  readonly #insert: StatementSync;
  readonly #place: StatementSync;
  readonly #after: StatementSync;
  readonly #before: StatementSync;
  readonly #newest: StatementSync;
  readonly #head: StatementSync;
  readonly #outcome: StatementSync;
  readonly #redact: StatementSync;
  readonly #sweep: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(INSERT);
    this.#place = db.prepare('SELECT 1 FROM messages WHERE room = ? AND seq = ?');
    this.#after = db.prepare(page('> ?', 'ASC'));
    this.#before = db.prepare(page('< ?', 'DESC'));
    this.#newest = db.prepare(page('IS NOT NULL', 'DESC'));
    this.#head = db.prepare('SELECT seq, n FROM messages WHERE room = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1');
    this.#outcome = db.prepare(
      'SELECT seq, kind, code, body_hash, expires FROM messages WHERE room = ? AND sender = ? AND cmid = ?',
    );
    this.#redact = db.prepare(
      `UPDATE messages SET type = NULL, content = NULL, redacted = 1 WHERE room = ? AND seq = ? AND kind = 'message'`,
    );
    this.#sweep = db.prepare(
      'DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE expires <= ? ORDER BY expires LIMIT ?)',
    );
  }

  /** @throws {Conflict} with nothing to be kept of what it did. */
  append(documents: GroupCommit['documents'], now: number): void {
    let previous: LogDocument | undefined;
    for (const document of documents) {
      if (!isRegistered(document)) this.#expectPlace(document, previous);
      this.#insertOne(document, now);
      if (!isRegistered(document)) previous = document;
    }
  }

  #expectPlace({ room, seq }: Entry, previous: LogDocument | undefined): void {
    if (seq === 1) return;
    if (previous !== undefined && 'seq' in previous && previous.room === room && previous.seq === seq - 1) return;
    if (this.#place.get(room, seq - 1) !== undefined) return;
    throw new Conflict(room, `room ${room}: seq ${String(seq)} does not follow the head`);
  }

  #insertOne(document: LogDocument, now: number): void {
    const values: SQLInputValue[] = valuesOf(document);
    try {
      const { changes } = this.#insert.run(...values, now);
      if (changes !== 0) return;
    } catch (error) {
      if (sqliteCode(error) !== SQLITE.constraint) throw error;
      throw new Conflict(document.room, detailOf(error));
    }
    throw new Conflict(document.room, `room ${document.room}: ${document.cmid} has its outcome already`);
  }

  readAfter(room: RoomId, after: Seq, limit: number): readonly Entry[] {
    return this.#after.all(room, after, limit).map(entryOf);
  }

  readPage(room: RoomId, bounds: PageBounds, limit: number): readonly Entry[] {
    if ('after' in bounds) return this.readAfter(room, bounds.after, limit);
    const newestFirst =
      'before' in bounds ? this.#before.all(room, bounds.before, limit) : this.#newest.all(room, limit);
    return newestFirst.reverse().map(entryOf);
  }

  heads(rooms: readonly RoomId[]): readonly (readonly [RoomId, RoomHead])[] {
    return rooms.flatMap((room) => {
      const row = this.#head.get(room);
      return row === undefined ? [] : [[room, { seq: int(row, 'seq') as Seq, n: int(row, 'n') }] as const];
    });
  }

  findOutcomes(keys: readonly OutcomeKey[], now: number): readonly (readonly [string, StoredOutcome])[] {
    return keys.flatMap((key) => {
      const row = this.#outcome.get(key.room, key.sender, key.cmid);
      if (row === undefined || (row['expires'] !== null && int(row, 'expires') <= now)) return [];
      return [[outcomeKeyText(key), outcomeOf(row)] as const];
    });
  }

  /** Idempotent. */
  redact({ room, targetSeq }: Redaction): void {
    this.#redact.run(room, targetSeq);
  }

  /** Forgets expired outcomes, the oldest first. @returns how many, at most `limit`. */
  sweep(now: number, limit: number): number {
    return Number(this.#sweep.run(now, limit).changes);
  }
}
