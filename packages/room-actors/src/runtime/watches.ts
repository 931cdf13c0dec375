/**
 * Which edges get a room's entries: one table per shard, so that it outlives any room's actor. Invariants:
 * 1. `#size` is the number of (room, edge) pairs in `#rooms`, and never exceeds the bound (I10).
 * 2. No room has an empty set of edges.
 * 3. A pair that is neither asked for nor announced for WATCH_EXPIRY_MS is gone after the next sweep.
 */
import { WATCH_EXPIRY_MS, type EdgeId, type RoomId } from '@munova/contracts';

const NO_EDGES: ReadonlyMap<EdgeId, number> = new Map();

export class Watches {
  readonly #bound: number;
  /** Edge -> monotonic ms at which it expires. */
  readonly #rooms = new Map<RoomId, Map<EdgeId, number>>();
  #size = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#size;
  }

  /** Begins or renews; false when the table is full. `now`: monotonic ms. */
  watch(room: RoomId, edge: EdgeId, now: number): boolean {
    let edges = this.#rooms.get(room);
    if (!edges?.has(edge)) {
      if (this.#size >= this.#bound) return false;
      this.#size += 1;
      edges ??= new Map<EdgeId, number>();
      this.#rooms.set(room, edges);
    }
    edges.set(edge, now + WATCH_EXPIRY_MS);
    return true;
  }

  unwatch(room: RoomId, edge: EdgeId): void {
    const edges = this.#rooms.get(room);
    if (!edges?.delete(edge)) return;
    this.#size -= 1;
    if (edges.size === 0) this.#rooms.delete(room);
  }

  edgesOf(room: RoomId): Iterable<EdgeId> {
    return (this.#rooms.get(room) ?? NO_EDGES).keys();
  }

  /** Drops what has expired at `now` (monotonic ms). */
  sweep(now: number): void {
    for (const [room, edges] of this.#rooms) {
      for (const [edge, expires] of edges) if (expires <= now) this.unwatch(room, edge);
    }
  }
}
