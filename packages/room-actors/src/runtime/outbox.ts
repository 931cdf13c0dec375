/**
 * What one shard has to say, and which stream entries it is done with. It holds no more than the
 * unresolved entries of one read make of it: a shard is read again only once everything was removed (I10).
 */
import {
  WIRE_VERSION,
  encodePacked,
  type EdgeId,
  type Epoch,
  type NoticeWhisper,
  type PackedItem,
  type RoomId,
  type Seq,
  type ShardCommit,
  type ShardId,
} from '@munova/contracts';

/** What one commit takes out of it. */
export interface Taken {
  readonly commit: ShardCommit;
  /** Once that is committed these rooms are published up to here. */
  readonly heads: ReadonlyMap<RoomId, Seq>;
  /** To be whispered then. */
  readonly notices: readonly NoticeWhisper[];
}

export class Outbox {
  #items = new Map<EdgeId, PackedItem[]>();
  #removals: string[] = [];
  #heads = new Map<RoomId, Seq>();
  #notices: NoticeWhisper[] = [];
  readonly #onContent: () => void;

  constructor(onContent: () => void) {
    this.#onContent = onContent;
  }

  get empty(): boolean {
    return this.#items.size === 0 && this.#removals.length === 0;
  }

  say(edge: EdgeId, item: PackedItem): void {
    const items = this.#items.get(edge);
    if (items) items.push(item);
    else this.#items.set(edge, [item]);
    this.#onContent();
  }

  /** What was said of the room reaches to `seq`. Nothing to commit by itself: the removal of what led to it is. */
  reached(room: RoomId, seq: Seq): void {
    this.#heads.set(room, seq);
  }

  /** Nothing to commit by itself, as above. */
  notify(notices: readonly NoticeWhisper[]): void {
    this.#notices.push(...notices);
  }

  remove(entryId: string): void {
    this.#removals.push(entryId);
    this.#onContent();
  }

  take(shard: ShardId, epoch: Epoch): Taken {
    const publish = [...this.#items].map(([edge, items]) => ({
      edge,
      packed: encodePacked({ v: WIRE_VERSION, shard, epoch, items }),
    }));
    const remove = this.#removals;
    const heads = this.#heads;
    const notices = this.#notices;
    this.#items = new Map();
    this.#removals = [];
    this.#heads = new Map();
    this.#notices = [];
    return { commit: { shard, epoch, publish, remove }, heads, notices };
  }
}
