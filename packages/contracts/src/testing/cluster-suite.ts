import { expect, it } from 'vitest';
import { asEpoch, asNodeId, asShardId, type NodeId } from '../ids.js';
import type { Membership, NodeIntroduction, Ownership, ShardRecord } from '../ports/cluster.js';
import { fresh } from './fixtures.js';

const freshNode = (): NodeId => asNodeId(fresh('node-'));
const introduction = (node: NodeId): NodeIntroduction => ({
  node,
  role: 'actors',
  reads: { from: 1, to: 1 },
  address: 'http://127.0.0.1:1',
});

/** `subject` is asked anew in each test. Nodes of other tests may be there. */
export const describeMembership = (subject: () => Membership): void => {
  const recordOf = async (node: NodeId) => (await subject().view()).nodes.find((record) => record.node === node);

  it('[A60] a node that joined is live, and joining again changes nothing', async () => {
    const node = freshNode();
    await subject().join(introduction(node));
    const first = await recordOf(node);
    expect(first).toMatchObject({ ...introduction(node), status: 'live' });
    await subject().renew(node);
    const renewed = await recordOf(node);
    await subject().join(introduction(node));
    expect(await recordOf(node)).toEqual(renewed);
  });

  it('[A60] each renewal changes the beat, and the term stays while the primary does', async () => {
    const node = freshNode();
    await subject().join(introduction(node));
    const beats = new Set<number | undefined>();
    const { term } = await subject().view();
    for (let i = 0; i < 5; i += 1) {
      beats.add((await recordOf(node))?.beat);
      expect(await subject().renew(node)).toBe('renewed');
    }
    expect(beats.size).toBe(5);
    expect((await subject().view()).term).toBe(term);
  });

  it('[A61] a node is marked dead only at the beat that was seen, and is never renewed again', async () => {
    const node = freshNode();
    await subject().join(introduction(node));
    const seen = (await recordOf(node))?.beat ?? -1;
    await subject().renew(node);
    expect(await subject().markDead(node, seen)).toBe(false);
    expect(await subject().renew(node)).toBe('renewed');
    expect(await subject().markDead(node, (await recordOf(node))?.beat ?? -1)).toBe(true);
    expect(await subject().renew(node)).toBe('dead');
    await subject().join(introduction(node));
    await subject().markDraining(node);
    expect((await recordOf(node))?.status).toBe('dead');
  });

  it('[A60] a draining node is renewed like any other, and one that left is not there', async () => {
    const node = freshNode();
    await subject().join(introduction(node));
    await subject().markDraining(node);
    expect(await subject().renew(node)).toBe('renewed');
    expect((await recordOf(node))?.status).toBe('draining');
    await subject().leave(node);
    await subject().leave(node);
    expect(await recordOf(node)).toBeUndefined();
    expect(await subject().renew(node)).toBe('dead');
    expect(await subject().markDead(node, 1)).toBe(false);
  });
};

/** A deployment of `shards` shards, 4 or more, that nobody else claims. */
export const describeOwnership = (subject: () => Ownership, shards: number): void => {
  const recordOf = async (index: number): Promise<ShardRecord> => {
    const record = (await subject().shards())[index];
    if (record === undefined) throw new Error(`shard ${String(index)} has no record`);
    return record;
  };

  it('[A62] there is a record for each shard, at first of nobody with epoch 0', async () => {
    const records = await subject().shards();
    expect(records.map(({ shard }) => shard)).toEqual(Array.from({ length: shards }, (_, i) => asShardId(i)));
    expect(await recordOf(3)).toEqual({ shard: 3, owner: null, epoch: 0, needs: 1 });
  });

  it('[A62] a claim of what was seen gives the next epoch; of anything else nothing', async () => {
    const [one, other] = [freshNode(), freshNode()];
    const free = await recordOf(0);
    const epoch = await subject().claim(free, one);
    expect(epoch).toBe(free.epoch + 1);
    expect(await subject().claim(free, other)).toBeNull();
    expect(await recordOf(0)).toEqual({ shard: 0, owner: one, epoch, needs: 1 });
    expect(await subject().claim(await recordOf(0), other)).toBe(free.epoch + 2);
    expect((await recordOf(0)).owner).toBe(other);
  });

  it('[A62] of those who claim at once one gets it', async () => {
    const free = await recordOf(1);
    const claims = await Promise.all(Array.from({ length: 8 }, () => subject().claim(free, freshNode())));
    expect(claims.filter((epoch) => epoch !== null)).toEqual([free.epoch + 1]);
  });

  it('[A63] only its owner at its epoch releases a shard, once; the epoch stays, and what it says that an owner has to read', async () => {
    const [one, other] = [freshNode(), freshNode()];
    const epoch = (await subject().claim(await recordOf(2), one)) ?? asEpoch(-1);
    expect(await subject().release(asShardId(2), other, epoch, 1)).toBe(false);
    expect(await subject().release(asShardId(2), one, asEpoch(epoch + 1), 1)).toBe(false);
    expect(await subject().release(asShardId(2), one, epoch, 2)).toBe(true);
    expect(await subject().release(asShardId(2), one, epoch, 1)).toBe(false);
    const released = { shard: asShardId(2), owner: null, epoch, needs: 2 };
    expect(await recordOf(2)).toEqual(released);
    expect(await subject().claim(released, other)).toBe(epoch + 1);
    expect((await recordOf(2)).needs).toBe(2);
  });
};
