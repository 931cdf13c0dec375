/**
 * Members and owners of a deployment on MongoDB. Invariants:
 * 1. Each change is one update of one document, by what was seen where the port says so.
 * 2. A node that is dead stays dead, and an epoch only rises.
 */
import { asEpoch, asShardId } from '@munova/contracts';
import type {
  ClusterView,
  Epoch,
  Membership,
  NodeId,
  NodeIntroduction,
  NodeRecord,
  Ownership,
  ShardId,
  ShardRecord,
} from '@munova/contracts';
import type { Majority } from './majority.js';

export class MongoMembership implements Membership {
  readonly #store: Majority;

  constructor(store: Majority) {
    this.#store = store;
  }

  async join({ node, role, reads, address }: NodeIntroduction): Promise<void> {
    const record = { role, reads: { from: reads.from, to: reads.to }, address, beat: 1, status: 'live' };
    await this.#store.update('nodes', { _id: node }, { $setOnInsert: record }, { upsert: true });
  }

  async renew(node: NodeId): Promise<'renewed' | 'dead'> {
    const renewed = await this.#store.update('nodes', { _id: node, status: { $ne: 'dead' } }, { $inc: { beat: 1 } });
    return renewed?.matched === 1 ? 'renewed' : 'dead';
  }

  /** One term before and after it: the same primary was asked in between. Two: a text that none of them is. */
  async view(): Promise<ClusterView> {
    const before = await this.#store.term();
    const found = await this.#store.find('nodes', {}, { sort: { _id: 1 } });
    const after = await this.#store.term();
    return {
      term: before === after ? before : `${before}-${after}`,
      nodes: found.map(({ _id, ...record }) => ({ node: _id as NodeId, ...record }) as unknown as NodeRecord),
    };
  }

  async markDead(node: NodeId, beat: number): Promise<boolean> {
    const marked = await this.#store.update('nodes', { _id: node, beat }, { $set: { status: 'dead' } });
    return marked?.matched === 1;
  }

  async markDraining(node: NodeId): Promise<void> {
    await this.#store.update('nodes', { _id: node, status: 'live' }, { $set: { status: 'draining' } });
  }

  async leave(node: NodeId): Promise<void> {
    await this.#store.remove('nodes', { _id: node });
  }
}

export class MongoOwnership implements Ownership {
  readonly #store: Majority;
  readonly #shards: number;

  constructor(store: Majority, shards: number) {
    this.#store = store;
    this.#shards = shards;
  }

  async shards(): Promise<readonly ShardRecord[]> {
    const found = new Map((await this.#store.find('shards', {}, { sort: { _id: 1 } })).map((d) => [d._id, d]));
    return Array.from({ length: this.#shards }, (_, i) => ({
      shard: asShardId(i),
      owner: (found.get(i)?.['owner'] ?? null) as NodeId | null,
      epoch: asEpoch(Number(found.get(i)?.['epoch'] ?? 0)),
      needs: Number(found.get(i)?.['needs'] ?? 1),
    }));
  }

  async claim(seen: ShardRecord, claimant: NodeId): Promise<Epoch | null> {
    const filter = { _id: seen.shard, owner: seen.owner, epoch: seen.epoch };
    const claimed = { $set: { owner: claimant }, $inc: { epoch: 1 } };
    // A shard without a record was never owned.
    const record = await this.#store.changed('shards', filter, claimed, { upsert: seen.epoch === 0 });
    return record === null ? null : asEpoch(Number(record['epoch']));
  }

  async release(shard: ShardId, owner: NodeId, epoch: Epoch, needs: number): Promise<boolean> {
    const released = await this.#store.update('shards', { _id: shard, owner, epoch }, { $set: { owner: null, needs } });
    return released?.matched === 1;
  }
}
