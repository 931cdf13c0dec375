/**
 * Where the logs end of the rooms that are in any inbox of this edge.
 *
 * Invariants
 * 1. A room is kept from its first holder to its last, and its head never goes back.
 * 2. That a room's head moved is said to its holders at most once in INBOX_COUNT_MS, at once after a quiet time.
 * 3. The messages up to a head are counted by the log, once a room whoever holds it: by one read at a time, of at
 *    most INBOX_HEADS_AT_ONCE rooms; a read that fails is tried again after pauses that grow.
 */
import {
  backoffMs,
  INBOX_COUNT_MS,
  INBOX_HEADS_AT_ONCE,
  pause,
  SUFFIX_RETRY_MAX_MS,
  SUFFIX_RETRY_MS,
} from '@munova/contracts';
import type { RoomHead, RoomId, RoomLog, Runtime, Seq, ShardId, Timer } from '@munova/contracts';

/** Somebody's inbox, as the rooms in it see it. */
export interface RoomHolder {
  /** The room's head moved. */
  counted(room: CountedRoom): void;
}

/** A room that is in an inbox. */
export interface CountedRoom {
  readonly id: RoomId;
  /** As far as its messages were counted. */
  readonly head: RoomHead;
}

interface Held<H> extends CountedRoom {
  readonly shard: ShardId;
  head: RoomHead;
  /** The log is known to reach to here. */
  reached: Seq;
  /** Up to where its holders were told, and when, in monotonic ms. */
  told: Seq;
  toldAt: number;
  /** Runs from one telling to the next, where there is one to come. */
  timer: Timer | null;
  readonly holders: Set<H>;
}

interface Asked<H> {
  readonly held: Held<H>;
  readonly reached: Seq;
}

export interface RoomCountsDeps {
  readonly log: Pick<RoomLog, 'heads'>;
  readonly runtime: Runtime;
  readonly shardOf: (room: RoomId) => ShardId;
  readonly onFault: (cause: unknown) => void;
}

export class RoomCounts<H extends RoomHolder> {
  readonly #deps: RoomCountsDeps;
  readonly #rooms = new Map<RoomId, Held<H>>();
  /** Their messages are to be counted. */
  readonly #due = new Set<Held<H>>();
  #places = 0;
  #reading = false;
  #closed = false;

  constructor(deps: RoomCountsDeps) {
    this.#deps = deps;
  }

  /** Pairs of room and holder. */
  get places(): number {
    return this.#places;
  }

  holders(room: RoomId): ReadonlySet<H> {
    return this.#rooms.get(room)?.holders ?? new Set();
  }

  /** To be given back with `release`; a no-op for who holds it already, but for the head. */
  hold(room: RoomId, head: RoomHead, holder: H): CountedRoom {
    const known = this.#rooms.get(room);
    const held = known ?? this.#made(room, head);
    if (!held.holders.has(holder)) {
      held.holders.add(holder);
      this.#places += 1;
    }
    if (known !== undefined) this.counted(room, head);
    return held;
  }

  release(room: RoomId, holder: H): void {
    const held = this.#rooms.get(room);
    if (!held?.holders.delete(holder)) return;
    this.#places -= 1;
    if (held.holders.size === 0) this.#forget(held);
  }

  /** The log reaches to `seq`, as somebody said. */
  reached(room: RoomId, seq: Seq): void {
    const held = this.#rooms.get(room);
    if (held === undefined || seq <= held.reached) return;
    held.reached = seq;
    this.#moved(held);
  }

  /** The log reaches to `head`, and so many messages are in it. */
  counted(room: RoomId, head: RoomHead): void {
    const held = this.#rooms.get(room);
    if (held === undefined || head.seq <= held.head.seq) return;
    held.head = head;
    if (held.reached < head.seq) held.reached = head.seq;
    this.#moved(held);
  }

  /** What was said of these shards may be lost; of all of them where none is named. */
  recheck(shards: ReadonlySet<ShardId> | null = null): void {
    for (const held of this.#rooms.values()) if (shards?.has(held.shard) ?? true) this.#due.add(held);
    this.#read();
  }

  close(): void {
    this.#closed = true;
    for (const held of this.#rooms.values()) held.timer?.cancel();
    this.#rooms.clear();
    this.#due.clear();
  }

  #made(room: RoomId, head: RoomHead): Held<H> {
    const shard = this.#deps.shardOf(room);
    const fresh = { id: room, shard, head, reached: head.seq, told: head.seq, toldAt: -Infinity, timer: null };
    const held: Held<H> = { ...fresh, holders: new Set() };
    this.#rooms.set(room, held);
    return held;
  }

  #forget(held: Held<H>): void {
    held.timer?.cancel();
    this.#rooms.delete(held.id);
    this.#due.delete(held);
  }

  /** Holders are told once the last telling is long enough ago. */
  #moved(held: Held<H>): void {
    if (held.timer !== null || this.#due.has(held)) return;
    const wait = this.#waitOf(held);
    if (wait <= 0) {
      this.#settle(held);
      return;
    }
    held.timer = this.#deps.runtime.timers.after(wait, () => {
      held.timer = null;
      this.#settle(held);
    });
  }

  #waitOf({ toldAt }: Held<H>): number {
    return toldAt + INBOX_COUNT_MS - this.#deps.runtime.clock.monotonic();
  }

  #settle(held: Held<H>): void {
    if (held.head.seq >= held.reached) {
      this.#tell(held);
      return;
    }
    this.#due.add(held);
    this.#read();
  }

  #tell(held: Held<H>): void {
    held.told = held.head.seq;
    held.toldAt = this.#deps.runtime.clock.monotonic();
    for (const holder of held.holders) holder.counted(held);
  }

  #read(): void {
    if (this.#reading || this.#closed || this.#due.size === 0) return;
    this.#reading = true;
    this.#deps.runtime.spawn.background('count messages', () => this.#run());
  }

  async #run(): Promise<void> {
    const { random, timers } = this.#deps.runtime;
    let failures = 0;
    try {
      while (this.#due.size > 0) {
        const some = [...this.#due].slice(0, INBOX_HEADS_AT_ONCE).map((held) => ({ held, reached: held.reached }));
        try {
          this.#take(some, await this.#deps.log.heads(some.map(({ held }) => held.id)));
          failures = 0;
        } catch (cause) {
          this.#deps.onFault(cause);
          await pause(timers, backoffMs(random, SUFFIX_RETRY_MS, SUFFIX_RETRY_MAX_MS, failures++));
        }
      }
    } finally {
      this.#reading = false;
    }
  }

  /** @param asked with how far each was known to reach when its head was asked for */
  #take(asked: readonly Asked<H>[], heads: ReadonlyMap<RoomId, RoomHead>): void {
    for (const { held, reached } of asked) {
      // Let go meanwhile.
      if (!this.#due.delete(held)) continue;
      const head = heads.get(held.id);
      if (head !== undefined && head.seq > held.head.seq) held.head = head;
      // Beyond what the log itself has there is nothing; but it may have gone on since it was asked.
      if (held.reached === reached) held.reached = held.head.seq;
      const isNews = held.head.seq > held.told;
      if (isNews && this.#waitOf(held) <= 0) this.#tell(held);
      if (held.reached > held.told) this.#moved(held);
    }
  }
}
