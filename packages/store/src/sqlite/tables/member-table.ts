import { decodeNumberCursor, encodeCursor } from '@munova/contracts';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MemberRecord, MemberType, Page, RoomId, Seq, UserId } from '@munova/contracts';
import { int, text } from '../rows.js';
import type { Row } from '../rows.js';

const UPSERT = `
  INSERT INTO memberships (room, user, name, member_type, status, state_seq, joined_at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (room, user) DO UPDATE SET name = excluded.name, member_type = excluded.member_type,
    status = excluded.status, state_seq = excluded.state_seq, joined_at = excluded.joined_at
  WHERE excluded.state_seq > memberships.state_seq`;

const JOINED = `
  SELECT * FROM memberships WHERE room = ? AND status = 'joined' AND (joined_at, user) > (?, ?)
  ORDER BY joined_at, user LIMIT ?`;

const SORT = 'member';

const memberOf = (row: Row): MemberRecord => ({
  room: text(row, 'room') as RoomId,
  user: text(row, 'user') as UserId,
  name: text(row, 'name'),
  memberType: text(row, 'member_type') as MemberType,
  status: text(row, 'status') as MemberRecord['status'],
  stateSeq: int(row, 'state_seq') as Seq,
  joinedAt: int(row, 'joined_at'),
});

export class MemberTable {
  readonly #upsert: StatementSync;
  readonly #get: StatementSync;
  readonly #joined: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(UPSERT);
    this.#get = db.prepare('SELECT * FROM memberships WHERE room = ? AND user = ?');
    this.#joined = db.prepare(JOINED);
    this.#count = db.prepare(`SELECT count(*) AS rooms FROM memberships WHERE user = ? AND status = 'joined'`);
  }

  /** Does nothing where the record there is as new or newer. */
  advance(m: MemberRecord): void {
    this.#upsert.run(m.room, m.user, m.name, m.memberType, m.status, m.stateSeq, m.joinedAt);
  }

  get(room: RoomId, user: UserId): MemberRecord | null {
    const row = this.#get.get(room, user);
    return row === undefined ? null : memberOf(row);
  }

  getMany(room: RoomId, users: readonly UserId[]): readonly MemberRecord[] {
    return [...new Set(users)].flatMap((user) => this.get(room, user) ?? []);
  }

  /** @throws {ChatError} `bad-request` for a bad cursor. */
  members(room: RoomId, cursor: string | null, limit: number): Page<MemberRecord> {
    const from = cursor === null ? { key: Number.MIN_SAFE_INTEGER, id: '' } : decodeNumberCursor(SORT, cursor);
    const found = this.#joined.all(room, from.key, from.id, limit + 1).map(memberOf);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const more = found.length > limit && last !== undefined;
    return { items, nextCursor: more ? encodeCursor(SORT, last.joinedAt, last.user) : null };
  }

  countRooms(user: UserId): number {
    const row = this.#count.get(user);
    return row === undefined ? 0 : int(row, 'rooms');
  }
}
