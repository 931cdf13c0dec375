/** The state of a deployment as text. */
import type { ClusterReport } from '@munova/edge';

type Node = ClusterReport['nodes'][number];
type Shard = ClusterReport['shards'][number];

const HEAD = ['NODE', 'ROLE', 'STATUS', 'SHARDS', 'WAITING', 'ADDRESS', 'INCARNATION'] as const;
const NOBODY = '(nobody)';

/**
 * A line for each node, then for each owner its shards as `shard/epoch`, with `+n` where n batches wait in it. Owners
 * that are members no more are shown by their ids.
 */
export const statusTable = ({ generation, nodes, shards }: ClusterReport): string => {
  const unowned = shards.filter(({ owner }) => owner === null).length;
  const total = `generation ${generation}, ${String(shards.length)} shards, ${String(unowned)} of them without an owner`;
  const owners = [...new Set(shards.map(({ owner }) => owner))].map((owner): [string, string] => [
    nodes.find(({ node }) => node === owner)?.name ?? owner ?? NOBODY,
    shards
      .filter((shard) => shard.owner === owner)
      .map(shardText)
      .join(' '),
  ]);
  const sorted = owners.sort(([a], [b]) => a.localeCompare(b));
  return [
    total,
    '',
    ...aligned([[...HEAD], ...nodes.map((node) => nodeRow(node, shards))]),
    '',
    ...aligned(sorted),
  ].join('\n');
};

const nodeRow = ({ node, name, role, status, address, incarnation, shards }: Node, all: readonly Shard[]): string[] => {
  const waiting = all.reduce((sum, { owner, lag }) => sum + (owner === node ? (lag?.entries ?? 0) : 0), 0);
  return [name, role, status, String(shards), String(waiting), address ?? '', incarnation];
};

const shardText = ({ shard, epoch, lag }: Shard): string => {
  const waiting = lag === null ? '+?' : lag.entries > 0 ? `+${String(lag.entries)}` : '';
  return `${String(shard)}/${String(epoch)}${waiting}`;
};

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};
