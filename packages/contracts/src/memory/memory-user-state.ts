/** What is kept beside the logs and changes by itself: read marks and names of group rooms. */
import type { RoomId, UserId } from '../ids.js';
import type { NameReservation, ReadMark, ReadMarks, ReadMove, RoomNames, RoomRecord } from '../ports/directory.js';
import { roomNameForm } from '../text.js';
import type { Lifecycle } from './lifecycle.js';

export class MemoryReadMarks implements ReadMarks {
  readonly #lifecycle: Lifecycle;
  readonly #marks = new Map<UserId, Map<RoomId, ReadMark>>();

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  async advance(moves: readonly ReadMove[]): Promise<void> {
    this.#lifecycle.check();
    for (const { room, user, mark } of moves) {
      const marks = this.#marks.get(user) ?? new Map<RoomId, ReadMark>();
      this.#marks.set(user, marks);
      if ((marks.get(room)?.seq ?? 0) < mark.seq) marks.set(room, mark);
    }
  }

  async get(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, ReadMark>> {
    this.#lifecycle.check();
    const found = new Map<RoomId, ReadMark>();
    for (const room of rooms) {
      const mark = this.#marks.get(user)?.get(room);
      if (mark !== undefined) found.set(room, mark);
    }
    return found;
  }
}

export class MemoryRoomNames implements RoomNames {
  readonly #projected: (room: RoomId) => RoomRecord | null;
  readonly #lifecycle: Lifecycle;
  readonly #reservations = new Map<string, { readonly room: RoomId; readonly at: number }>();

  constructor(projected: (room: RoomId) => RoomRecord | null, lifecycle: Lifecycle) {
    this.#projected = projected;
    this.#lifecycle = lifecycle;
  }

  async reserve(name: string, room: RoomId, now: number): Promise<'reserved' | 'taken'> {
    this.#lifecycle.check();
    const form = roomNameForm(name);
    const holder = this.#reservations.get(form);
    if (holder !== undefined && holder.room !== room) return 'taken';
    this.#reservations.set(form, { room, at: now });
    return 'reserved';
  }

  async release(name: string, room: RoomId): Promise<void> {
    this.#lifecycle.check();
    const form = roomNameForm(name);
    if (this.#reservations.get(form)?.room === room) this.#reservations.delete(form);
  }

  async unsettled(limit: number): Promise<readonly NameReservation[]> {
    this.#lifecycle.check();
    return [...this.#reservations]
      .filter(([name, { room }]) => this.#nameOf(room) !== name)
      .map(([name, { room, at }]) => ({ name, room, at }))
      .sort((a, b) => a.at - b.at)
      .slice(0, limit);
  }

  #nameOf(room: RoomId): string | null {
    const record = this.#projected(room);
    return record === null ? null : roomNameForm(record.name);
  }
}
