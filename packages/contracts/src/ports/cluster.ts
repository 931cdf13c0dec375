import type { Epoch, NodeId, ShardId } from '../ids.js';

export type NodeRole = 'edge' | 'actors';

/** Envelope versions that a process reads; writers keep to what all live ones read. */
export interface WireRange {
  readonly from: number;
  readonly to: number;
}

/** What a process says of itself when it joins. */
export interface NodeIntroduction {
  /** The process and its incarnation: never used again by another. */
  readonly node: NodeId;
  readonly role: NodeRole;
  readonly reads: WireRange;
  /** Its own `http://…`, for operators; null where it has none. */
  readonly address: string | null;
}

/** One process's membership lease. */
export interface NodeRecord extends NodeIntroduction {
  /** Another number after each renewal. It is compared with itself only, never with a clock. */
  readonly beat: number;
  /** `dead` is for ever; `draining` wants no shard any more. */
  readonly status: 'live' | 'draining' | 'dead';
}

export interface ClusterView {
  /** Another text whenever the store may have had another primary: what was observed before it proves nothing. */
  readonly term: string;
  readonly nodes: readonly NodeRecord[];
}

/**
 * The processes of a deployment. Every write is durable before it resolves, every read sees all such writes.
 * Every method throws `ChatError('unavailable')` when it is not known whether it happened.
 */
export interface Membership {
  /** Makes the record, `live` and with a beat. Doing it again changes nothing. */
  join(introduction: NodeIntroduction): Promise<void>;
  /** Changes the beat, unless the node was marked dead or is not there. */
  renew(node: NodeId): Promise<'renewed' | 'dead'>;
  view(): Promise<ClusterView>;
  /** Only while the node has this very beat. False when it has another one, or is not there. */
  markDead(node: NodeId, beat: number): Promise<boolean>;
  /** No-op for one that is dead or not there. */
  markDraining(node: NodeId): Promise<void>;
  /** Removes the record: of a process that has nothing left, or of one long dead. */
  leave(node: NodeId): Promise<void>;
}

/** Who owns a shard. `epoch` counts the owners it has had; 0 before the first. */
export interface ShardRecord {
  readonly shard: ShardId;
  readonly owner: NodeId | null;
  readonly epoch: Epoch;
  /** Envelope version that an owner has to read, since a former one could not; 1 at first. */
  readonly needs: number;
}

/**
 * The owners of the shards: each record is a compare-and-set register. Durability and errors as in `Membership`.
 * That an owner is dead is for the claimant to know.
 */
export interface Ownership {
  /** One record for each of the deployment's shards, also for those that were never owned; by shard. */
  shards(): Promise<readonly ShardRecord[]>;
  /** From exactly what `seen` says to this owner under the next epoch, which is returned; null when it is otherwise by now. */
  claim(seen: ShardRecord, owner: NodeId): Promise<Epoch | null>;
  /** To nobody, keeping the epoch; its next owner has to read envelopes of version `needs`. False when it is not owned like this any more. */
  release(shard: ShardId, owner: NodeId, epoch: Epoch, needs: number): Promise<boolean>;
}
