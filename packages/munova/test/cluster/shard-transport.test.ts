import { describe, expect, it } from 'vitest';
import { asNodeId } from '@munova/contracts';
import { OwnedShards, type ClusterNode } from '@munova/room-actors';
import { ShardTransport } from '../../src/cluster/shard-transport.js';

/** Says what is done with it. */
const recorded = (): { node: ClusterNode; done: string[] } => {
  const done: string[] = [];
  const node: ClusterNode = {
    node: asNodeId('a.1'),
    owned: new OwnedShards(),
    heldUntil: 0,
    retiring: false,
    watches: 0,
    start: () => void done.push('start'),
    drain: async () => void done.push('drain'),
    stop: () => void done.push('stop'),
  };
  return { node, done };
};

describe('[P14] the actor node as a transport', () => {
  it('[P14] starts with listen and drains once, however often it is closed', async () => {
    const { node, done } = recorded();
    const transport = new ShardTransport(node);
    expect(done).toEqual([]);
    transport.listen(() => void done.push('listening'));
    await Promise.all([transport.close(), transport.close()]);
    await transport.close();
    expect(done).toEqual(['start', 'listening', 'drain']);
    expect(transport.unwrap()).toBe(node);
  });

  it('[P14] takes no pattern and no listener: nothing would ever reach them', () => {
    const transport = new ShardTransport(recorded().node);
    expect(() => transport.addHandler('room.command')).toThrow(/message path/);
    expect(() => transport.on('batch')).toThrow(/no event/);
  });
});
