/** Invariant: a name is `settled` where the record of the room that holds it has that very name. */
import { roomNameForm } from '@munova/contracts';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NameReservation, RoomId } from '@munova/contracts';
import { int, text } from '../rows.js';

/** The holder's own call makes its reservation young again. */
const RESERVE = `
  INSERT INTO room_names (name, room, reserved_at, settled)
  VALUES (:name, :room, :now, EXISTS (SELECT 1 FROM rooms WHERE room = :room AND name = :name))
  ON CONFLICT (name) DO UPDATE SET reserved_at = excluded.reserved_at WHERE room_names.room = excluded.room`;

const UNSETTLED = `
  SELECT name, room, reserved_at FROM room_names WHERE settled = 0 ORDER BY reserved_at LIMIT ?`;

export class NameTable {
  readonly #reserve: StatementSync;
  readonly #release: StatementSync;
  readonly #settle: StatementSync;
  readonly #unsettled: StatementSync;

  constructor(db: DatabaseSync) {
    this.#reserve = db.prepare(RESERVE);
    this.#release = db.prepare('DELETE FROM room_names WHERE name = ? AND room = ?');
    this.#settle = db.prepare('UPDATE room_names SET settled = (name = :name) WHERE room = :room');
    this.#unsettled = db.prepare(UNSETTLED);
  }

  reserve(name: string, room: RoomId, now: number): 'reserved' | 'taken' {
    const { changes } = this.#reserve.run({ name: roomNameForm(name), room, now });
    return changes === 0 ? 'taken' : 'reserved';
  }

  release(name: string, room: RoomId): void {
    this.#release.run(roomNameForm(name), room);
  }

  /** `name` is what the room's record says now. */
  settle(name: string, room: RoomId): void {
    this.#settle.run({ name: roomNameForm(name), room });
  }

  unsettled(limit: number): readonly NameReservation[] {
    return this.#unsettled.all(limit).map((row) => ({
      name: text(row, 'name'),
      room: text(row, 'room') as RoomId,
      at: int(row, 'reserved_at'),
    }));
  }
}
