import { nodeName, type NodeId, type ShardId } from '@munova/contracts';
import { hash32 } from './hash.js';

/**
 * Who of the candidates should own the shard, by rendezvous hashing (Thaler and Ravishankar, 1998): when a
 * node comes or goes, only the shards move that it gets or had. A process keeps its shards over its
 * incarnations, for its name is what is hashed; of two with one name the later id wins.
 */
export const desiredOwner = (shard: ShardId, candidates: readonly NodeId[]): NodeId | null => {
  let best: NodeId | null = null;
  let bestWeight = -1;
  for (const node of candidates) {
    const weight = hash32(`${nodeName(node)}/${String(shard)}`);
    if (weight > bestWeight || (weight === bestWeight && best !== null && node > best)) {
      best = node;
      bestWeight = weight;
    }
  }
  return best;
};
