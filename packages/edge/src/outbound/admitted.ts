/**
 * Whom the actor of a room let read it, as far as that is known here still to hold.
 *
 * Invariants
 * 1. Whoever is in here was admitted, and no departure was logged since, as far as this edge has heard: a departure,
 *    and what was missed and may have been one, empties it.
 * 2. An admission from before that is not taken in: it does not know of it.
 * 3. At most ADMITTED_PER_ROOM are held (I10); the oldest leaves first, and is asked for again.
 */
import { ADMITTED_PER_ROOM } from '@munova/contracts';
import type { Actor } from '@munova/contracts';

export class Admitted {
  /** By all that the room's actor judges by. */
  readonly #actors = new Set<string>();
  /** The seq up to which somebody may have left. */
  #emptiedAt = 0;

  /** @param head as of the admission */
  add(actor: Actor, head: number): void {
    if (head < this.#emptiedAt) return;
    this.#actors.add(keyOf(actor));
    for (const oldest of this.#actors) {
      if (this.#actors.size <= ADMITTED_PER_ROOM) return;
      this.#actors.delete(oldest);
    }
  }

  has(actor: Actor): boolean {
    return this.#actors.has(keyOf(actor));
  }

  /** @param seq of what told of it */
  empty(seq: number): void {
    this.#actors.clear();
    this.#emptiedAt = seq;
  }
}

const keyOf = ({ id, role, shop }: Actor): string => JSON.stringify([id, role, shop]);
