/** The state of a deployment as operators see it: `/admin/cluster` and `munova status`. */
import {
  nodeName,
  type ClusterRecord,
  type Membership,
  type NodeId,
  type NodeRecord,
  type NodeRole,
  type Ownership,
  type ShardRecord,
  type ShardStream,
} from '@munova/contracts';
import type { ClusterReport } from '@munova/edge';

interface ReportedNode extends Pick<NodeRecord, 'node' | 'status' | 'address'> {
  readonly role: NodeRole | 'standalone';
}

export interface ClusterViews {
  readonly record: ClusterRecord;
  readonly membership: Membership;
  readonly ownership: Ownership;
  readonly stream: Pick<ShardStream, 'lag'>;
}

/** @throws {ChatError} `unavailable` where the store does not answer */
export const clusterReport = async ({
  record,
  membership,
  ownership,
  stream,
}: ClusterViews): Promise<ClusterReport> => {
  // In this order: an owner that is missing from the nodes is gone.
  const shards = await ownership.shards();
  const { nodes } = await membership.view();
  return reportOf(record, nodes, shards, stream);
};

export const reportOf = async (
  { generation }: ClusterRecord,
  nodes: readonly ReportedNode[],
  shards: readonly Omit<ShardRecord, 'needs'>[],
  stream: Pick<ShardStream, 'lag'>,
): Promise<ClusterReport> => {
  // Who owns what is worth knowing also while Redis is away.
  const lag = await stream.lag(shards.map(({ shard }) => shard)).catch(() => null);
  const owned = (node: NodeId): number => shards.filter(({ owner }) => owner === node).length;
  return {
    generation,
    nodes: nodes.map(({ node, role, status, address }) => {
      const name = nodeName(node);
      return { node, name, incarnation: node.slice(name.length + 1), role, status, address, shards: owned(node) };
    }),
    shards: shards.map(({ shard, owner, epoch }) => ({ shard, owner, epoch, lag: lag?.get(shard) ?? null })),
  };
};
