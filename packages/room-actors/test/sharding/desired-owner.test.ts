import { asShardId, nodeIdOf, type NodeId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { desiredOwner } from '../../src/sharding/desired-owner.js';

const SHARDS = Array.from({ length: 256 }, (_, i) => asShardId(i));
const nodes = (count: number, incarnation = 'x'): NodeId[] =>
  Array.from({ length: count }, (_, i) => nodeIdOf(`actors-${String(i)}`, incarnation));
const owners = (candidates: readonly NodeId[]): (NodeId | null)[] =>
  SHARDS.map((shard) => desiredOwner(shard, candidates));

describe('the desired owner of a shard', () => {
  it('[A80] is the same whoever asks and in whatever order, and nobody where there is nobody', () => {
    const candidates = nodes(5);
    expect(owners(candidates.toReversed())).toEqual(owners(candidates));
    expect(owners([])).toEqual(SHARDS.map(() => null));
  });

  it('[A80] spreads the shards over the nodes', () => {
    const counts = new Map<NodeId | null, number>();
    for (const owner of owners(nodes(4))) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    for (const count of counts.values()) expect(count).toBeGreaterThan(SHARDS.length / 8);
    expect(counts.size).toBe(4);
  });

  it('[A80] changes, when a node comes or goes, for the shards only that it gets or had', () => {
    const [three, four] = [nodes(3), nodes(4)];
    const newcomer = four[3];
    const [before, after] = [owners(three), owners(four)];
    expect(after.filter((owner, i) => owner !== before[i] && owner !== newcomer)).toEqual([]);
    expect(after).toContain(newcomer);
  });

  it('[A80] stays with a process over its incarnations', () => {
    const name = (owner: NodeId | null): string | undefined => owner?.split('.')[0];
    expect(owners(nodes(3, 'later')).map(name)).toEqual(owners(nodes(3)).map(name));
    const [old, young] = [nodeIdOf('actors-0', 'a'), nodeIdOf('actors-0', 'b')];
    expect(new Set(owners([young, old]))).toEqual(new Set([young]));
  });
});
