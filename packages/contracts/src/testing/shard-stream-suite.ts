import { expect, it, vi } from 'vitest';
import { asEdgeId, asEpoch, type ShardId } from '../ids.js';
import type { StreamEntry } from '../ports/inbox.js';
import {
  PLENTY,
  PLENTY_BYTES,
  listen,
  readAll,
  remove,
  request,
  requests,
  textsOf,
  type BusUnderTest,
} from './bus-under-test.js';
import { fresh } from './fixtures.js';

/** Long enough that a test which needs it to pass has failed. */
const LONG_MS = 60_000;
const SHORT_MS = 20;

export const describeReading = (subject: BusUnderTest): void => {
  it('[A42] [A48] a read gives the oldest, in order and unchanged, and leaves them there', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const all = [...requests(20), request('안녕\n👟 "{}"\u2028\\u0000')];
    await bus.inbox.append(shard, all.slice(0, 8));
    await bus.inbox.append(shard, all.slice(8));
    for (let again = 0; again < 3; again++) {
      const read = await readAll(bus, shard);
      expect(textsOf(read)).toEqual(textsOf(all));
      expect(new Set(read.map((entry) => entry.entryId)).size).toBe(all.length);
      expect(new Set(read.map((entry) => entry.shard))).toEqual(new Set([shard]));
    }
    expect(textsOf(await bus.stream.read([shard], 5, PLENTY_BYTES, 0))).toEqual(textsOf(all.slice(0, 5)));
  });

  it('[A42] a read keeps to its bytes, and takes one batch whatever its size', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const sizes = [500, 100, 100, 100];
    await bus.inbox.append(
      shard,
      sizes.map((size) => request('x'.repeat(size))),
    );
    const read = async (maxBytes: number): Promise<readonly number[]> =>
      (await bus.stream.read([shard], PLENTY, maxBytes, 0)).map((entry) => entry.batch.length);
    expect(await read(50)).toEqual([500]);
    expect(await read(650)).toEqual([500, 100]);
    expect(await read(700)).toEqual([500, 100, 100]);
  });

  it('[A42] a read is of the shards it names', async () => {
    const { bus, freshShard } = subject;
    const [a, b, other] = [freshShard(), freshShard(), freshShard()];
    const [ofA, ofB] = [requests(3), requests(3)];
    await bus.inbox.append(a, ofA);
    await bus.inbox.append(b, ofB);
    await bus.inbox.append(other, requests(3));
    const read = await readAll(bus, a, b);
    expect(textsOf(read.filter((entry) => entry.shard === a))).toEqual(textsOf(ofA));
    expect(textsOf(read.filter((entry) => entry.shard === b))).toEqual(textsOf(ofB));
    expect(read).toHaveLength(6);
    expect(await readAll(bus)).toEqual([]);
  });

  it('[A42] a shard that fills every read does not starve the others', async () => {
    const { bus, freshShard } = subject;
    const shards = [freshShard(), freshShard(), freshShard()];
    const [full, ...rest] = shards;
    for (const shard of shards) await bus.inbox.append(shard, requests(shard === full ? 10 : 1));
    const served = new Set<ShardId>();
    for (let reads = 0; reads < 2 * shards.length; reads++) {
      for (const entry of await bus.stream.read(shards, 5, PLENTY_BYTES, 0)) served.add(entry.shard);
    }
    expect([...served]).toEqual(expect.arrayContaining(rest));
  });
};

export const describeWaiting = (subject: BusUnderTest): void => {
  it('[A43] a read waits for the first batch of any of its shards', async () => {
    const { bus, freshShard } = subject;
    const [a, b] = [freshShard(), freshShard()];
    const reading = bus.stream.read([a, b], PLENTY, PLENTY_BYTES, LONG_MS);
    const late = request();
    await bus.inbox.append(b, [late]);
    expect(textsOf(await reading)).toEqual([late.batch]);
  });

  it('[A43] a batch of another shard ends no wait', async () => {
    const { bus, freshShard } = subject;
    const [shard, other, empty] = [freshShard(), freshShard(), freshShard()];
    const reading = bus.stream.read([shard], PLENTY, PLENTY_BYTES, LONG_MS);
    await bus.inbox.append(other, [request()]);
    await bus.stream.read([empty], PLENTY, PLENTY_BYTES, SHORT_MS);
    const late = request();
    await bus.inbox.append(shard, [late]);
    expect(textsOf(await reading)).toEqual([late.batch]);
  });

  it('[A43] two readers of different shards each get their own', async () => {
    const { bus, freshShard } = subject;
    const [a, b] = [freshShard(), freshShard()];
    const [forA, forB] = [request(), request()];
    const reads = [a, b].map((shard) => bus.stream.read([shard], PLENTY, PLENTY_BYTES, LONG_MS));
    await bus.inbox.append(b, [forB]);
    await bus.inbox.append(a, [forA]);
    expect((await Promise.all(reads)).map(textsOf)).toEqual([[forA.batch], [forB.batch]]);
  });

  it('[A43] a read that waits in vain is empty', async () => {
    const { bus, freshShard } = subject;
    expect(await bus.stream.read([freshShard()], PLENTY, PLENTY_BYTES, SHORT_MS)).toEqual([]);
    expect(await bus.stream.read([freshShard()], PLENTY, PLENTY_BYTES, 0)).toEqual([]);
  });

  it('[A43] a wake ends a wait, and the next read waits again', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    let ended: readonly StreamEntry[] | null = null;
    const reading = bus.stream.read([shard], PLENTY, PLENTY_BYTES, LONG_MS).then((entries) => (ended = entries));
    // A read that has not begun to wait yet is not woken, so it is tried until it was.
    await vi.waitFor(() => {
      bus.stream.wake();
      expect(ended).toEqual([]);
    });
    await reading;
    const late = request();
    const next = bus.stream.read([shard], PLENTY, PLENTY_BYTES, LONG_MS);
    await bus.inbox.append(shard, [late]);
    expect(textsOf(await next)).toEqual([late.batch]);
  });
};

export const describeCommits = (subject: BusUnderTest): void => {
  it('[A45] a commit removes what it names and nothing else', async () => {
    const { bus, freshShard } = subject;
    const [shard, other] = [freshShard(), freshShard()];
    const all = requests(6);
    await bus.inbox.append(shard, all);
    await bus.inbox.append(other, all);
    const read = await readAll(bus, shard);
    expect(
      await remove(
        bus,
        shard,
        [read[4], read[1]].filter((entry) => entry !== undefined),
      ),
    ).toBe('committed');
    expect(textsOf(await readAll(bus, shard))).toEqual(textsOf(all.filter((_, i) => i !== 1 && i !== 4)));
    expect(await readAll(bus, other)).toHaveLength(6);
    expect(await remove(bus, shard, read)).toBe('committed');
    expect(await remove(bus, shard, read)).toBe('committed');
    expect(await readAll(bus, shard)).toEqual([]);
  });

  it('[A45] [A48] a batch appended again after its removal stands behind, and its old name does not remove it', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const [again, between] = [request(), request()];
    await bus.inbox.append(shard, [again]);
    const old = await readAll(bus, shard);
    await remove(bus, shard, old);
    expect(await bus.inbox.append(shard, [between, again])).toEqual(['accepted', 'accepted']);
    await remove(bus, shard, old);
    expect(textsOf(await readAll(bus, shard))).toEqual(textsOf([between, again]));
    expect(await bus.inbox.append(shard, [again])).toEqual(['present']);
  });

  it('[A44] [I7] a commit below the highest epoch is fenced, whole', async () => {
    const { bus, freshShard } = subject;
    const [shard, other, edge] = [freshShard(), freshShard(), asEdgeId(fresh('edge-'))];
    const seen = await listen(bus, edge);
    await bus.inbox.append(shard, requests(2));
    const entries = await readAll(bus, shard);
    const commit = (of: ShardId, epoch: number, packed: string, removed: readonly StreamEntry[]) =>
      bus.stream.commit({
        shard: of,
        epoch: asEpoch(epoch),
        publish: [{ edge, packed }],
        remove: removed.map(({ entryId }) => entryId),
      });
    expect(await commit(shard, 5, 'by 5', [])).toBe('committed');
    expect(await commit(shard, 4, 'by 4', entries)).toBe('fenced');
    expect(await readAll(bus, shard)).toEqual(entries);
    expect(await commit(shard, 5, 'by 5 again', entries.slice(0, 1))).toBe('committed');
    expect(await commit(shard, 7, 'by 7', [])).toBe('committed');
    expect(await commit(shard, 6, 'by 6', entries)).toBe('fenced');
    expect(await commit(other, 1, 'other', [])).toBe('committed');
    expect(await readAll(bus, shard)).toEqual(entries.slice(1));
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['by 5', 'by 5 again', 'by 7', 'other']));
  });
};
