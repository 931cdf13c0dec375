import { describe, expect, it } from 'vitest';
import { asBatchId, asEdgeId, asEpoch, asShardId } from '../../src/ids.js';
import { MemoryBus } from '../../src/memory/index.js';
import type { StreamEntry } from '../../src/ports/inbox.js';
import { ManualRuntime, fresh, packedListener } from '../../src/testing/index.js';

const shard = asShardId(1);
const edge = asEdgeId('edge-1');
const request = () => ({ id: asBatchId(fresh('id-')), batch: fresh('batch ') });
const publish = (...packed: readonly string[]) => ({
  shard,
  epoch: asEpoch(1),
  publish: packed.map((text) => ({ edge, packed: text })),
  remove: [],
});

describe('MemoryBus', () => {
  it('[A43] a waiting read gets together what one turn appended', async () => {
    const runtime = new ManualRuntime();
    const bus = new MemoryBus(runtime);
    let read: readonly StreamEntry[] = [];
    const reading = bus.read([shard], 100, 10_000, 1_000).then((entries) => (read = entries));
    for (let i = 0; i < 3; i++) await bus.append(shard, [request()]);
    expect(read).toEqual([]);
    await runtime.settle();
    await reading;
    expect(read).toHaveLength(3);
    expect(runtime.pendingTimers).toBe(0);
  });

  it('[A43] a wait ends when its time is over, and not before', async () => {
    const runtime = new ManualRuntime();
    const bus = new MemoryBus(runtime);
    let ended = false;
    const reading = bus.read([shard], 100, 10_000, 1_000).then(() => (ended = true));
    await runtime.advance(999);
    expect(ended).toBe(false);
    await runtime.advance(1);
    await reading;
    expect(ended).toBe(true);
  });

  it('[A46] what a subscriber publishes comes after what was published before', async () => {
    const runtime = new ManualRuntime();
    const bus = new MemoryBus(runtime);
    const heard: string[] = [];
    await bus.subscribe(
      edge,
      packedListener((packed) => {
        heard.push(packed);
        if (packed === 'first')
          runtime.spawn.background('answer', async () => void (await bus.commit(publish('answer'))));
      }),
    );
    await bus.commit(publish('first', 'second'));
    expect(heard).toEqual([]);
    await runtime.settle();
    expect(heard).toEqual(['first', 'second', 'answer']);
  });

  it('[A47] a subscription that ends before the delivery hears nothing of it', async () => {
    const runtime = new ManualRuntime();
    const bus = new MemoryBus(runtime);
    const heard: string[] = [];
    const subscription = await bus.subscribe(
      edge,
      packedListener((packed) => heard.push(packed)),
    );
    await bus.commit(publish('late'));
    await subscription.end();
    await runtime.settle();
    expect(heard).toEqual([]);
  });

  it('[A49] a subscriber that throws is reported and keeps nothing from the others', async () => {
    const runtime = new ManualRuntime();
    const bus = new MemoryBus(runtime);
    const heard: string[] = [];
    const bug = new Error('a bug');
    const throws = (): void => {
      throw bug;
    };
    await bus.subscribe(edge, packedListener(throws));
    await bus.subscribe(
      edge,
      packedListener((packed) => heard.push(packed)),
    );
    await bus.commit(publish('one', 'two'));
    await runtime.settle();
    expect(heard).toEqual(['one', 'two']);
    expect(runtime.faults.map((fault) => fault.error)).toEqual([bug, bug]);
  });

  it('[A41] [I10] its caps can be set', async () => {
    const bus = new MemoryBus(new ManualRuntime(), { maxEntries: 2, maxBytes: 1_000 });
    expect(await bus.append(shard, [request(), request(), request()])).toEqual(['accepted', 'accepted', 'busy']);
  });

  it('[A41] [I10] all shards together keep to one cap, and what is removed makes room in any of them', async () => {
    const bus = new MemoryBus(new ManualRuntime(), { maxEntries: 10, maxBytes: 1_000, maxTotalBytes: 250 });
    const other = asShardId(2);
    const of = (bytes: number) => ({ id: asBatchId(fresh('id-')), batch: 'x'.repeat(bytes) });
    expect(await bus.append(shard, [of(100), of(100)])).toEqual(['accepted', 'accepted']);
    expect(await bus.append(other, [of(50), of(1), of(1)])).toEqual(['accepted', 'busy', 'busy']);
    const [oldest] = await bus.read([shard], 1, 1_000, 0);
    await bus.commit({ ...publish(), remove: [oldest?.entryId ?? ''] });
    expect(await bus.append(other, [of(101)])).toEqual(['busy']);
    expect(await bus.append(other, [of(100)])).toEqual(['accepted']);
    expect(await bus.append(shard, [of(1)])).toEqual(['busy']);
  });
});
