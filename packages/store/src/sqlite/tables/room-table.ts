/**
 * 1. A room's record and its terms reflect one prefix of its log, and a shorter one never replaces a longer.
 * 2. `room_terms` holds exactly `roomTerms(name, tags)` of every room that is there.
 */
import { roomTerms } from '@munova/contracts';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Page, RoomId, RoomQuery, RoomRecord, Tag } from '@munova/contracts';
import { text } from '../rows.js';
import { ROOM_COLUMNS, roomOf, roomValues } from './room-rows.js';
import { pageOfRooms, roomQuerySql } from './room-query.js';

const updates = ROOM_COLUMNS.map((c) => `${c} = excluded.${c}`).join(', ');

const UPSERT = `
  INSERT INTO rooms (${ROOM_COLUMNS.join(', ')}) VALUES (${ROOM_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (room) DO UPDATE SET ${updates} WHERE excluded.state_seq > rooms.state_seq`;

export class RoomTable {
  readonly #db: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #indexed: StatementSync;
  readonly #addTerm: StatementSync;
  readonly #clearTerms: StatementSync;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#upsert = db.prepare(UPSERT);
    this.#indexed = db.prepare('SELECT name, tags FROM rooms WHERE room = ?');
    this.#addTerm = db.prepare('INSERT INTO room_terms (term, room) VALUES (?, ?)');
    this.#clearTerms = db.prepare('DELETE FROM room_terms WHERE room = ?');
    this.#get = db.prepare('SELECT * FROM rooms WHERE room = ?');
  }

  /**
   * Does nothing where the record there is as new or newer.
   * @returns whether the room is new or has another name or other tags now.
   */
  advance(record: RoomRecord): boolean {
    const before = this.#indexed.get(record.roomId);
    if (this.#upsert.run(...roomValues(record)).changes === 0) return false;
    const unchanged =
      before !== undefined &&
      text(before, 'name') === record.name &&
      text(before, 'tags') === JSON.stringify(record.tags);
    if (!unchanged) this.#index(record);
    return !unchanged;
  }

  #index({ roomId, name, tags }: RoomRecord): void {
    this.#clearTerms.run(roomId);
    for (const term of roomTerms(name, tags)) this.#addTerm.run(term, roomId);
  }

  get(room: RoomId): RoomRecord | null {
    const row = this.#get.get(room);
    return row === undefined ? null : roomOf(row);
  }

  getMany(rooms: readonly RoomId[]): readonly RoomRecord[] {
    return [...new Set(rooms)].flatMap((room) => this.get(room) ?? []);
  }

  /** @throws {ChatError} `bad-request` for a bad cursor. */
  list(query: RoomQuery, tree: readonly Tag[]): Page<RoomRecord> {
    const { sql, values } = roomQuerySql(query, tree);
    return pageOfRooms(
      query,
      this.#db
        .prepare(sql)
        .all(...values)
        .map(roomOf),
    );
  }
}
