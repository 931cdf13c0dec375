/**
 * What one shard has to say, and which stream entries it is done with. It holds no more than the
 * unresolved entries of one read make of it: a shard is read again only once everything was removed (I10).
 */
import {
  WIRE_VERSION,
  encodePacked,
  type EdgeId,
  type Epoch,
  type PackedItem,
  type ShardCommit,
  type ShardId,
} from '@munova/contracts';

export class Outbox {
  #items = new Map<EdgeId, PackedItem[]>();
  #removals: string[] = [];
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

  remove(entryId: string): void {
    this.#removals.push(entryId);
    this.#onContent();
  }

  take(shard: ShardId, epoch: Epoch): ShardCommit {
    const publish = [...this.#items].map(([edge, items]) => ({
      edge,
      packed: encodePacked({ v: WIRE_VERSION, shard, epoch, items }),
    }));
    const remove = this.#removals;
    this.#items = new Map();
    this.#removals = [];
    return { shard, epoch, publish, remove };
  }
}
