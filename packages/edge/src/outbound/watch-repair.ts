/**
 * Says again which rooms are watched, and compares their heads with the log's: shard by shard.
 *
 * Invariants
 * 1. One shard is repaired at a time and one read of heads is under way, with a pause before the next shard. A shard
 *    that is asked for again meanwhile is repaired once more.
 * 2. What failed is tried again, after pauses that double, until it succeeds or nothing is watched there.
 * 3. Every WATCH_ANNOUNCE_MS all shards are repaired, asked for or not.
 */
import {
  backoffMs,
  MAX_BATCH_FRAMES,
  pause,
  REPAIR_PAUSE_MS,
  SUFFIX_RETRY_MAX_MS,
  SUFFIX_RETRY_MS,
  WATCH_ANNOUNCE_MS,
} from '@munova/contracts';
import type { InboxFrame, RoomId, RoomLog, Runtime, Seq, ShardId, Timer } from '@munova/contracts';

export interface WatchRepairDeps {
  readonly log: Pick<RoomLog, 'heads'>;
  readonly runtime: Runtime;
  /** Shards with watched rooms. */
  readonly shards: () => Iterable<ShardId>;
  readonly roomsOf: (shard: ShardId) => Iterable<RoomId>;
  /** Appends frames that want no answer; true once they are in the shard's inbox. */
  readonly post: (shard: ShardId, frames: readonly InboxFrame[]) => Promise<boolean>;
  /** The log of a room reaches to `head`. */
  readonly observe: (room: RoomId, head: Seq) => void;
  readonly onFault: (cause: unknown) => void;
}

/** Rooms of one announcement, and of one comparison of heads. */
const ANNOUNCE_ROOMS = MAX_BATCH_FRAMES * 4;

export class WatchRepair {
  readonly #deps: WatchRepairDeps;
  /** Shards to be repaired, in turn; true: announced as well as compared. */
  readonly #due = new Map<ShardId, boolean>();
  #running = false;
  #sweep: Timer | null = null;
  #closed = false;

  constructor(deps: WatchRepairDeps) {
    this.#deps = deps;
  }

  /** Something is watched: it is repaired again and again while it is. */
  start(): void {
    this.#sweep ??= this.#deps.runtime.timers.after(WATCH_ANNOUNCE_MS, () => {
      this.#sweep = null;
      const shards = [...this.#deps.shards()];
      if (shards.length === 0) return;
      this.repair(shards);
      this.start();
    });
  }

  /** What was said of these shards may be lost. */
  repair(shards: Iterable<ShardId>): void {
    for (const shard of shards) this.#ask(shard, true);
  }

  /** The owner of this shard knows of no watch: it is told at once, whatever else is to be done. */
  takenOver(shard: ShardId): void {
    this.#deps.runtime.spawn.background('announce', async () => {
      this.#ask(shard, !(await this.#announce(shard)));
    });
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    this.#due.clear();
  }

  #ask(shard: ShardId, announce: boolean): void {
    if (this.#closed) return;
    this.#due.set(shard, announce || this.#due.get(shard) === true);
    if (this.#running) return;
    this.#running = true;
    this.#deps.runtime.spawn.background('repair watches', () => this.#run());
  }

  async #run(): Promise<void> {
    let failures = 0;
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) {
        const [shard, announce] = next;
        const announced = !announce || (await this.#announce(shard));
        const done = (await this.#compare(shard)) && announced;
        failures = done ? 0 : failures + 1;
        if (!done) this.#ask(shard, !announced);
        if (this.#due.size > 0) await this.#pause(failures);
      }
    } finally {
      this.#running = false;
    }
  }

  #next(): readonly [ShardId, boolean] | null {
    const [next] = this.#due;
    if (next === undefined) return null;
    this.#due.delete(next[0]);
    return next;
  }

  /** In one append, of as many frames as it takes. */
  async #announce(shard: ShardId): Promise<boolean> {
    const posts = slices([...this.#deps.roomsOf(shard)]).map((rooms) =>
      this.#deps.post(shard, [{ frame: 'announce', rooms }]),
    );
    return (await Promise.all(posts)).every(Boolean);
  }

  /** A publication may be lost in silence; the log knows better. */
  async #compare(shard: ShardId): Promise<boolean> {
    try {
      for (const rooms of slices([...this.#deps.roomsOf(shard)])) {
        for (const [room, head] of await this.#deps.log.heads(rooms)) this.#deps.observe(room, head.seq);
      }
      return true;
    } catch (cause) {
      this.#deps.onFault(cause);
      return false;
    }
  }

  #pause(failures: number): Promise<void> {
    const { random, timers } = this.#deps.runtime;
    const wait =
      failures === 0
        ? REPAIR_PAUSE_MS * (0.5 + random.next())
        : backoffMs(random, SUFFIX_RETRY_MS, SUFFIX_RETRY_MAX_MS, failures - 1);
    return pause(timers, wait);
  }
}

const slices = (rooms: readonly RoomId[]): readonly (readonly RoomId[])[] => {
  const all: (readonly RoomId[])[] = [];
  for (let i = 0; i < rooms.length; i += ANNOUNCE_ROOMS) all.push(rooms.slice(i, i + ANNOUNCE_ROOMS));
  return all;
};
