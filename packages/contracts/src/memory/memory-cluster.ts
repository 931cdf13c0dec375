/**
 * Members and owners of a deployment in this process's memory. Invariants:
 * 1. A record changes in one turn, by compare-and-set where the port says so.
 * 2. A node that is dead stays dead, and an epoch only rises.
 */
import { asEpoch, asShardId, type Epoch, type NodeId, type ShardId } from '../ids.js';
import type {
  ClusterView,
  Membership,
  NodeIntroduction,
  NodeRecord,
  Ownership,
  ShardRecord,
} from '../ports/cluster.js';

export class MemoryMembership implements Membership {
  readonly #nodes = new Map<NodeId, NodeRecord>();

  async join(introduction: NodeIntroduction): Promise<void> {
    if (!this.#nodes.has(introduction.node)) this.#put({ ...introduction, beat: 1, status: 'live' });
  }

  async renew(node: NodeId): Promise<'renewed' | 'dead'> {
    const record = this.#nodes.get(node);
    if (record === undefined || record.status === 'dead') return 'dead';
    this.#put({ ...record, beat: record.beat + 1 });
    return 'renewed';
  }

  async view(): Promise<ClusterView> {
    return { term: '1', nodes: [...this.#nodes.values()] };
  }

  async markDead(node: NodeId, beat: number): Promise<boolean> {
    const record = this.#nodes.get(node);
    if (record?.beat !== beat) return false;
    this.#put({ ...record, status: 'dead' });
    return true;
  }

  async markDraining(node: NodeId): Promise<void> {
    const record = this.#nodes.get(node);
    if (record?.status === 'live') this.#put({ ...record, status: 'draining' });
  }

  async leave(node: NodeId): Promise<void> {
    this.#nodes.delete(node);
  }

  #put(record: NodeRecord): void {
    this.#nodes.set(record.node, record);
  }
}

export class MemoryOwnership implements Ownership {
  readonly #records: ShardRecord[];

  constructor(shards: number) {
    this.#records = Array.from({ length: shards }, (_, i) => ({
      shard: asShardId(i),
      owner: null,
      epoch: asEpoch(0),
      needs: 1,
    }));
  }

  async shards(): Promise<readonly ShardRecord[]> {
    return [...this.#records];
  }

  async claim({ shard, owner, epoch, needs }: ShardRecord, claimant: NodeId): Promise<Epoch | null> {
    if (!this.#is(shard, owner, epoch)) return null;
    const next = asEpoch(epoch + 1);
    this.#records[shard] = { shard, owner: claimant, epoch: next, needs };
    return next;
  }

  async release(shard: ShardId, owner: NodeId, epoch: Epoch, needs: number): Promise<boolean> {
    if (!this.#is(shard, owner, epoch)) return false;
    this.#records[shard] = { shard, owner: null, epoch, needs };
    return true;
  }

  #is(shard: ShardId, owner: NodeId | null, epoch: Epoch): boolean {
    const record = this.#records[shard];
    return record?.owner === owner && record.epoch === epoch;
  }
}
