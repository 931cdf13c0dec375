/**
 * The names of a shard's keys and channels in Redis. All begin `chat:{<shard>}:g<generation>:`; the braces make
 * Redis Cluster keep what belongs to one shard in one slot, so that a script may touch all of it.
 */
import type { EdgeId, Generation, ShardId } from '@munova/contracts';

export interface ShardKeys {
  /** Stream: the batches that wait. */
  readonly in: string;
  /** Hash: the ids, places and sizes of those batches (scripts/held.lua). */
  readonly held: string;
  /** String: the highest epoch seen. */
  readonly fence: string;
  /** Channel: the owner's heartbeats. */
  readonly hb: string;
  /** Channel: what passes from edge to edges. */
  readonly eph: string;
  /** Channel: what the owner publishes to one edge. */
  to(edge: EdgeId): string;
}

export const shardKeys = (generation: Generation, shard: ShardId): ShardKeys => {
  const prefix = `chat:{${String(shard)}}:g${String(generation)}:`;
  return {
    in: `${prefix}in`,
    held: `${prefix}held`,
    fence: `${prefix}fence`,
    hb: `${prefix}hb`,
    eph: `${prefix}eph`,
    to: (edge) => `${prefix}to:${edge}`,
  };
};
