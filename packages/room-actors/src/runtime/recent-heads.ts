/**
 * Where the logs of a shard's rooms end, of those that got entries lately. Invariants:
 * 1. A head leaves by being said HEAD_BEATS times, or as the one that has waited longest beyond HEARTBEAT_HEADS_KEPT (I10).
 * 2. Heads are said in turn: one that was said stands behind all others.
 */
import { HEAD_BEATS, HEARTBEAT_HEADS_KEPT, HEARTBEAT_MAX_HEADS, type RoomId, type Seq } from '@munova/contracts';

export type Head = readonly [RoomId, Seq];

interface Waiting {
  seq: Seq;
  /** Heartbeats that have to say it still. */
  beats: number;
}

export class RecentHeads {
  readonly #waiting = new Map<RoomId, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The room's log is published up to `seq`. */
  reached(room: RoomId, seq: Seq): void {
    const known = this.#waiting.get(room);
    if (known !== undefined) {
      if (seq <= known.seq) return;
      known.seq = seq;
      known.beats = HEAD_BEATS;
      return;
    }
    this.#waiting.set(room, { seq, beats: HEAD_BEATS });
    if (this.#waiting.size <= HEARTBEAT_HEADS_KEPT) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** Those whose turn it is. */
  next(): readonly Head[] {
    const heads: Head[] = [];
    for (const [room, { seq }] of this.#waiting) {
      if (heads.length === HEARTBEAT_MAX_HEADS) break;
      heads.push([room, seq]);
    }
    return heads;
  }

  /** A heartbeat with these went out. */
  said(heads: readonly Head[]): void {
    for (const [room, seq] of heads) {
      const waiting = this.#waiting.get(room);
      if (waiting === undefined) continue;
      this.#waiting.delete(room);
      if (waiting.seq === seq) waiting.beats -= 1;
      if (waiting.beats > 0) this.#waiting.set(room, waiting);
    }
  }
}
