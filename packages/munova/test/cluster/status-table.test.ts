import { describe, expect, it } from 'vitest';
import { asEpoch, asGeneration, asNodeId, asShardId, ChatError, type NodeId } from '@munova/contracts';
import { reportOf } from '../../src/cluster/report.js';
import { statusTable } from '../../src/cluster/status-table.js';

const A = asNodeId('actors-1.xyz');
const GONE = asNodeId('actors-9.old');
const record = { generation: 'g1', shards: 4, hash: 'h', schema: 1 };
const owners: readonly (NodeId | null)[] = [A, A, null, GONE];
const shards = owners.map((owner, i) => ({ shard: asShardId(i), owner, epoch: asEpoch(i + 1) }));
const nodes = [
  { node: A, role: 'actors', status: 'live', address: 'http://127.0.0.1:1' },
  { node: asNodeId('edge-1.abc'), role: 'edge', status: 'draining', address: null },
] as const;

describe('[P9] the status of a cluster', () => {
  it('[P9] shows each node, and each owner with its shards, their epochs and what waits', async () => {
    const lag = new Map([[asShardId(1), { entries: 12, bytes: 300 }]]);
    const report = await reportOf(record, nodes, shards, { lag: async () => lag });
    expect(
      statusTable({ ...report, shards: report.shards.map((s) => ({ ...s, lag: s.lag ?? { entries: 0, bytes: 0 } })) }),
    ).toBe(`generation ${asGeneration('g1')}, 4 shards, 1 of them without an owner

NODE      ROLE    STATUS    SHARDS  WAITING  ADDRESS             INCARNATION
actors-1  actors  live      2       12       http://127.0.0.1:1  xyz
edge-1    edge    draining  0       0                            abc

(nobody)      2/3
actors-1      0/1 1/2+12
actors-9.old  3/4`);
  });

  it('[P8, P9] says that nobody knows what waits while Redis is away', async () => {
    const away = { lag: () => Promise.reject(new ChatError('unavailable')) };
    const report = await reportOf(record, nodes, shards, away);
    expect(report.shards.map(({ lag }) => lag)).toEqual([null, null, null, null]);
    expect(statusTable(report)).toContain('actors-1      0/1+? 1/2+?');
  });
});
