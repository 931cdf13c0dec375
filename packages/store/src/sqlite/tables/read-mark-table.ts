import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReadMark, RoomId, Seq, UserId } from '@munova/contracts';
import { int } from '../rows.js';

const ADVANCE = `
  INSERT INTO read_marks (user, room, seq, n) VALUES (?, ?, ?, ?)
  ON CONFLICT (user, room) DO UPDATE SET seq = excluded.seq, n = excluded.n WHERE excluded.seq > read_marks.seq`;

export class ReadMarkTable {
  readonly #advance: StatementSync;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync) {
    this.#advance = db.prepare(ADVANCE);
    this.#get = db.prepare('SELECT seq, n FROM read_marks WHERE user = ? AND room = ?');
  }

  /** Never back; a mark before the first entry is no mark. */
  advance(room: RoomId, user: UserId, mark: ReadMark): void {
    if (mark.seq === 0) return;
    this.#advance.run(user, room, mark.seq, mark.n);
  }

  get(user: UserId, rooms: readonly RoomId[]): readonly (readonly [RoomId, ReadMark])[] {
    return rooms.flatMap((room) => {
      const row = this.#get.get(user, room);
      return row === undefined ? [] : [[room, { seq: int(row, 'seq') as Seq, n: int(row, 'n') }] as const];
    });
  }
}
