import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Intent, RoomId, ShardId } from '@munova/contracts';
import { int, text } from '../rows.js';

export class IntentTable {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT OR REPLACE INTO intents (id, shard, rooms) VALUES (?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM intents WHERE id = ?');
    this.#all = db.prepare('SELECT id, shard, rooms FROM intents ORDER BY id');
  }

  add(intent: Intent): void {
    this.#insert.run(intent.id, intent.shard, JSON.stringify(intent.rooms));
  }

  settle(id: Intent['id']): void {
    this.#delete.run(id);
  }

  open(): readonly Intent[] {
    return this.#all.all().map((row) => ({
      id: text(row, 'id'),
      shard: int(row, 'shard') as ShardId,
      rooms: JSON.parse(text(row, 'rooms')) as readonly RoomId[],
    }));
  }
}
