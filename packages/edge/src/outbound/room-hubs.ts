/**
 * The rooms that this edge watches.
 *
 * Invariants
 * 1. A room with a user (a subscription, or one being admitted) has its hub before its watch is asked,
 *    so that no entry addressed to this edge finds nobody.
 * 2. A room without users is watched for WATCH_LINGER_MS more, then un-watched and forgotten. An
 *    un-watch is never repeated: a later copy could undo a watch behind it.
 * 3. `#byShard` holds the rooms of `#watched`, and no shard without one.
 */
import { MAX_CONCURRENT_SUFFIX_READS, Slots, WATCH_LINGER_MS } from '@munova/contracts';
import type {
  Actor,
  EntriesItem,
  Entry,
  Epoch,
  Heartbeat,
  InboxFrame,
  InboxLag,
  RoomId,
  RoomLog,
  Runtime,
  Seq,
  ShardId,
  Timer,
  TypingWhisper,
  WatchReplyItem,
} from '@munova/contracts';
import { RoomHub } from './room-hub.js';
import { ShardWatch } from './shard-watch.js';
import type { SuffixReaderDeps } from './suffix-reader.js';
import { WatchRepair } from './watch-repair.js';

export interface RoomHubsDeps {
  readonly log: Pick<RoomLog, 'readAfter' | 'heads'>;
  readonly runtime: Runtime;
  readonly shardOf: (room: RoomId) => ShardId;
  /** Appends frames that want no answer; true once they are in the shard's inbox. Never rejects. */
  readonly post: (shard: ShardId, frames: readonly InboxFrame[]) => Promise<boolean>;
  /** Subscribes to the fan-out again. @throws {ChatError} `unavailable` */
  readonly renew: () => Promise<void>;
  readonly onRead: (entries: number) => void;
  /** A head was said of a room beyond what came of it: the rest is read from the log. */
  readonly onGap: () => void;
  /** A shard, watched in or not, has another owner, who does not know what the former one left unsaid. */
  readonly onTakenOver: (shard: ShardId) => void;
  /** What was said of these shards may be lost, watched or not. */
  readonly onLoss: (shards: readonly ShardId[]) => void;
  /** No heartbeat of so many shards comes: the subscription is renewed. */
  readonly onSilence: (shards: number) => void;
  readonly onFault: (cause: unknown) => void;
}

interface Watched {
  readonly hub: RoomHub;
  readonly shard: ShardId;
  users: number;
  linger: Timer | null;
}

const NO_ROOMS: ReadonlySet<RoomId> = new Set();

export class RoomHubs {
  readonly #deps: RoomHubsDeps;
  readonly #readerDeps: SuffixReaderDeps;
  readonly #watched = new Map<RoomId, Watched>();
  readonly #byShard = new Map<ShardId, Set<RoomId>>();
  readonly #repair: WatchRepair;
  readonly #shards: ShardWatch;
  #typings = 0;
  #closed = false;

  constructor(deps: RoomHubsDeps) {
    this.#deps = deps;
    this.#readerDeps = { ...deps, slots: new Slots(MAX_CONCURRENT_SUFFIX_READS) };
    const shards = (): Iterable<ShardId> => this.#byShard.keys();
    this.#repair = new WatchRepair({
      ...deps,
      shards,
      roomsOf: (shard) => this.#byShard.get(shard) ?? NO_ROOMS,
      observe: (room, head) => this.#compare(room, head),
    });
    this.#shards = new ShardWatch({
      ...deps,
      watched: shards,
      onTakenOver: (shard) => {
        if (this.#byShard.has(shard)) this.#repair.takenOver(shard);
        deps.onTakenOver(shard);
      },
      onLoss: (lost) => {
        this.#repair.repair(lost.filter((shard) => this.#byShard.has(shard)));
        deps.onLoss(lost);
      },
    });
  }

  /** Listens for the shards' owners from then on. */
  start(): void {
    this.#shards.start();
  }

  get size(): number {
    return this.#watched.size;
  }

  /** To be given back with `release`. */
  acquire(room: RoomId): RoomHub {
    let watched = this.#watched.get(room);
    if (watched === undefined) {
      const shard = this.#deps.shardOf(room);
      watched = { hub: new RoomHub(room, this.#readerDeps), shard, users: 0, linger: null };
      this.#watched.set(room, watched);
      const ofShard = this.#byShard.get(shard) ?? new Set();
      this.#byShard.set(shard, ofShard.add(room));
    }
    watched.users++;
    watched.linger?.cancel();
    watched.linger = null;
    this.#repair.start();
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

  onTyping(whisper: TypingWhisper): void {
    this.#watched.get(whisper.room)?.hub.onTyping({ number: ++this.#typings, whisper });
  }

  /** Whether the room is watched and its actor let this one read it; false may only mean that it is to be asked. */
  admits(room: RoomId, actor: Actor): boolean {
    return this.#watched.get(room)?.hub.admitted.has(actor) === true;
  }

  onWatchReply(item: WatchReplyItem): void {
    if (item.verdict.status === 'admitted') this.#observe(item.room, item.verdict.head);
  }

  /** The owner of a shard said so, and where its busy rooms end: what did not come up to there is read. */
  onHeartbeat(heartbeat: Heartbeat): void {
    if (!this.#shards.onHeartbeat(heartbeat)) return;
    for (const [room, head] of heartbeat.heads) this.#compare(room, head);
  }

  /** A batch to this shard was not answered in time. */
  onUnanswered(shard: ShardId): void {
    this.#shards.awaitAnswer(shard);
  }

  /** Something else was said under this epoch. */
  onEpoch(shard: ShardId, epoch: Epoch): void {
    this.#shards.onEpoch(shard, epoch);
  }

  /** What was said until now is lost. */
  onReconnect(): void {
    this.#repair.repair(this.#byShard.keys());
  }

  /** What waits in a shard, as its owner said lately; null where it did not. */
  lagOf(shard: ShardId): InboxLag | null {
    return this.#shards.lagOf(shard);
  }

  /** An entry of a watched room that came lately. */
  entryAt(room: RoomId, seq: Seq): Entry | undefined {
    return this.#watched.get(room)?.hub.entryAt(seq);
  }

  /** As the log has it; 0 for a room without one. @throws {ChatError} `unavailable` */
  async logHead(room: RoomId): Promise<number> {
    return (await this.#deps.log.heads([room])).get(room)?.seq ?? 0;
  }

  close(): void {
    this.#closed = true;
    this.#repair.close();
    this.#shards.close();
    for (const { hub, linger } of this.#watched.values()) {
      linger?.cancel();
      hub.close();
    }
    this.#watched.clear();
    this.#byShard.clear();
  }

  /** With what came already, where anything did. */
  #compare(room: RoomId, head: Seq): void {
    const here = this.#watched.get(room)?.hub.head ?? 0;
    if (here > 0 && head > here) this.#deps.onGap();
    this.#observe(room, head);
  }

  #observe(room: RoomId, head: Seq): void {
    this.#watched.get(room)?.hub.observeHead(head);
  }

  #unwatch(room: RoomId, { hub, shard }: Watched): void {
    this.#watched.delete(room);
    const ofShard = this.#byShard.get(shard);
    ofShard?.delete(room);
    if (ofShard?.size === 0) this.#byShard.delete(shard);
    hub.close();
    void this.#deps.post(shard, [{ frame: 'unwatch', rooms: [room] }]);
  }
}
