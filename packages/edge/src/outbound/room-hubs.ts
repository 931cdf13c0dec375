/**
 * The rooms that this edge watches.
 *
 * Invariants
 * 1. A room with a user (a subscription, or one being admitted) has its hub before its watch is asked,
 *    so that no entry addressed to this edge finds nobody.
 * 2. A room without users is watched for WATCH_LINGER_MS more, then un-watched and forgotten. An
 *    un-watch is never repeated: a later copy could undo a watch behind it.
 * 3. Every WATCH_ANNOUNCE_MS all watches are announced again and all heads compared with the log's.
 */
import {
  MAX_CONCURRENT_SUFFIX_READS,
  MAX_BATCH_FRAMES,
  Slots,
  WATCH_ANNOUNCE_MS,
  WATCH_LINGER_MS,
} from '@munova/contracts';
import type {
  EntriesItem,
  InboxFrame,
  RoomId,
  RoomLog,
  Runtime,
  ShardId,
  Timer,
  WatchReplyItem,
} from '@munova/contracts';
import { RoomHub } from './room-hub.js';
import type { SuffixReaderDeps } from './suffix-reader.js';

export interface RoomHubsDeps {
  readonly log: Pick<RoomLog, 'readAfter' | 'heads'>;
  readonly runtime: Runtime;
  readonly shardOf: (room: RoomId) => ShardId;
  /** Appends frames that want no answer. */
  readonly post: (shard: ShardId, frames: readonly InboxFrame[]) => void;
  readonly onRead: (entries: number) => void;
  readonly onFault: (cause: unknown) => void;
}

interface Watched {
  readonly hub: RoomHub;
  users: number;
  linger: Timer | null;
}

/** Rooms of one announcement, and of one comparison of heads. */
const ANNOUNCE_ROOMS = MAX_BATCH_FRAMES * 4;

export class RoomHubs {
  readonly #deps: RoomHubsDeps;
  readonly #readerDeps: SuffixReaderDeps;
  readonly #watched = new Map<RoomId, Watched>();
  #announceTimer: Timer | null = null;
  #closed = false;

  constructor(deps: RoomHubsDeps) {
    this.#deps = deps;
    this.#readerDeps = { ...deps, slots: new Slots(MAX_CONCURRENT_SUFFIX_READS) };
  }

  get size(): number {
    return this.#watched.size;
  }

  /** To be given back with `release`. */
  acquire(room: RoomId): RoomHub {
    let watched = this.#watched.get(room);
    if (watched === undefined) {
      watched = { hub: new RoomHub(room, this.#readerDeps), users: 0, linger: null };
      this.#watched.set(room, watched);
    }
    watched.users++;
    watched.linger?.cancel();
    watched.linger = null;
    this.#announceTimer ??= this.#deps.runtime.timers.after(WATCH_ANNOUNCE_MS, () => this.#announce());
    return watched.hub;
  }

  release(room: RoomId): void {
    const watched = this.#watched.get(room);
    if (watched === undefined) return;
    watched.users--;
    if (watched.users > 0 || this.#closed) return;
    watched.linger = this.#deps.runtime.timers.after(WATCH_LINGER_MS, () => this.#unwatch(room, watched));
  }

  onEntries(item: EntriesItem): void {
    this.#watched.get(item.room)?.hub.onEntries(item.entries);
  }

  onWatchReply(item: WatchReplyItem): void {
    if (item.verdict.status === 'admitted') this.#watched.get(item.room)?.hub.observeHead(item.verdict.head);
  }

  /** As the log has it; 0 for a room without one. @throws {ChatError} `unavailable` */
  async logHead(room: RoomId): Promise<number> {
    return (await this.#deps.log.heads([room])).get(room)?.seq ?? 0;
  }

  close(): void {
    this.#closed = true;
    this.#announceTimer?.cancel();
    for (const { hub, linger } of this.#watched.values()) {
      linger?.cancel();
      hub.close();
    }
    this.#watched.clear();
  }

  #unwatch(room: RoomId, watched: Watched): void {
    this.#watched.delete(room);
    watched.hub.close();
    this.#deps.post(this.#deps.shardOf(room), [{ frame: 'unwatch', rooms: [room] }]);
  }

  #announce(): void {
    this.#announceTimer = null;
    if (this.#closed || this.#watched.size === 0) return;
    for (const [shard, rooms] of Map.groupBy(this.#watched.keys(), this.#deps.shardOf)) {
      for (const some of slices(rooms)) this.#deps.post(shard, [{ frame: 'announce', rooms: some }]);
    }
    this.#deps.runtime.spawn.background('compare-heads', () => this.#compareHeads([...this.#watched.keys()]));
    this.#announceTimer = this.#deps.runtime.timers.after(WATCH_ANNOUNCE_MS, () => this.#announce());
  }

  /** A publication may be lost in silence; the log knows better. */
  async #compareHeads(rooms: readonly RoomId[]): Promise<void> {
    for (const some of slices(rooms)) {
      try {
        for (const [room, head] of await this.#deps.log.heads(some)) {
          this.#watched.get(room)?.hub.observeHead(head.seq);
        }
      } catch (cause) {
        this.#deps.onFault(cause);
        return;
      }
    }
  }
}

function* slices(rooms: readonly RoomId[]): Generator<readonly RoomId[]> {
  for (let i = 0; i < rooms.length; i += ANNOUNCE_ROOMS) yield rooms.slice(i, i + ANNOUNCE_ROOMS);
}
