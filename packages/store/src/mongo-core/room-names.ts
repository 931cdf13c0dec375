import { roomNameForm } from '@munova/contracts';
import type { NameReservation, RoomId, RoomNames } from '@munova/contracts';
import type { Majority } from './majority.js';

/** Invariant: a name that no record of its holder shows is not `settled`, or its room's next projection says so. */
export class MongoRoomNames implements RoomNames {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async reserve(name: string, room: RoomId, now: number): Promise<'reserved' | 'taken'> {
    const form = roomNameForm(name);
    const made = { $set: { at: now }, $setOnInsert: { settled: false, judged: 0 } };
    const reserved = await this.#store.update('names', { _id: form, room }, made, { upsert: true });
    if (reserved === null) {
      // Somebody has it: perhaps this very room, which asked twice at once.
      const holder = await this.#store.findOne('names', { _id: form });
      return holder?.['room'] === room ? 'reserved' : 'taken';
    }
    if (reserved.inserted) await this.#settleIfShown(form, room);
    return 'reserved';
  }

  async release(name: string, room: RoomId): Promise<void> {
    await this.#store.remove('names', { _id: roomNameForm(name), room });
  }

  async unsettled(limit: number): Promise<readonly NameReservation[]> {
    const options = { sort: { at: 1, _id: 1 }, limit } as const;
    const found = await this.#store.find('names', { settled: false }, options);
    return found.map(({ _id, room, at }) => ({ name: String(_id), room: room as RoomId, at: Number(at) }));
  }

  /** A room may be shown by a name that it lost and takes again. */
  async #settleIfShown(form: string, room: RoomId): Promise<void> {
    const record = await this.#store.findOne('rooms', { _id: room }, { fields: ['name', 'stateSeq'] });
    if (record === null || roomNameForm(record['name'] as string) !== form) return;
    const judged = { $lt: Number(record['stateSeq']) };
    const settled = { $set: { settled: true, judged: Number(record['stateSeq']) } };
    await this.#store.update('names', { _id: form, room, judged }, settled);
  }
}
