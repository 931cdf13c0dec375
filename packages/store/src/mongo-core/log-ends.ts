import type { RoomId, Seq } from '@munova/contracts';
import { LOG_ENDS_REMEMBERED } from './limits.js';

/**
 * Where each log was seen to end, durably. Invariants:
 * 1. A document of the room's log ends at what is remembered, and is on a majority: so it stays true.
 * 2. At most LOG_ENDS_REMEMBERED rooms; the one that was not seen for the longest time leaves first.
 */
export class LogEnds {
  readonly #ends = new Map<RoomId, Seq>();

  get(room: RoomId): Seq | undefined {
    return this.#ends.get(room);
  }

  saw(room: RoomId, end: Seq): void {
    const known = this.#ends.get(room);
    this.#ends.delete(room);
    this.#ends.set(room, known !== undefined && known > end ? known : end);
    if (this.#ends.size <= LOG_ENDS_REMEMBERED) return;
    const [oldest] = this.#ends.keys();
    if (oldest !== undefined) this.#ends.delete(oldest);
  }
}
