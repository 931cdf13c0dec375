import { expect, it } from 'vitest';
import { INBOX_MAX_BYTES, INBOX_MAX_ENTRIES, MAX_BATCH_BYTES, MAX_BATCH_FRAMES } from '../limits.js';
import type { ShardId } from '../ids.js';
import type { AppendRequest, AppendVerdict } from '../ports/inbox.js';
import { describeBusModel } from './bus-model.js';
import {
  describeWithBus,
  readAll,
  remove,
  request,
  requests,
  textsOf,
  type Bus,
  type BusFactory,
  type BusUnderTest,
} from './bus-under-test.js';
import { describeFanOut } from './fan-out-suite.js';
import { describeCommits, describeReading, describeWaiting } from './shard-stream-suite.js';

const RACERS = 50;

/** The contract of `CommandInbox`, `ShardStream` and `FanOut` together: none means anything alone. */
export const describeBus = (name: string, factory: BusFactory): void => {
  describeWithBus(`${name}: CommandInbox`, factory, describeAppending);
  describeWithBus(`${name}: ShardStream, reading`, factory, describeReading);
  describeWithBus(`${name}: ShardStream, waiting`, factory, describeWaiting);
  describeWithBus(`${name}: ShardStream, committing`, factory, describeCommits);
  describeWithBus(`${name}: FanOut`, factory, describeFanOut);
  describeWithBus(`${name}: beside a reference`, factory, describeBusModel);
};

/** Appends in calls of the size that an edge makes. */
const fill = async (
  { inbox }: Bus,
  shard: ShardId,
  all: readonly AppendRequest[],
): Promise<readonly AppendVerdict[]> => {
  const verdicts: AppendVerdict[] = [];
  for (let i = 0; i < all.length; i += MAX_BATCH_FRAMES) {
    verdicts.push(...(await inbox.append(shard, all.slice(i, i + MAX_BATCH_FRAMES))));
  }
  return verdicts;
};

const describeAppending = (subject: BusUnderTest): void => {
  it('[A40] a batch is accepted once, and present while it is there', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const [first, second] = [request(), request()];
    expect(await bus.inbox.append(shard, [first])).toEqual(['accepted']);
    expect(await bus.inbox.append(shard, [first, second, second])).toEqual(['present', 'accepted', 'present']);
    expect(textsOf(await readAll(bus, shard))).toEqual(textsOf([first, second]));
    expect(await bus.inbox.append(shard, [])).toEqual([]);
  });

  it('[A40] an id is one of its shard: the same in another shard is another', async () => {
    const { bus, freshShard } = subject;
    const [a, b] = [freshShard(), freshShard()];
    const twice = request();
    expect(await bus.inbox.append(a, [twice])).toEqual(['accepted']);
    expect(await bus.inbox.append(b, [twice])).toEqual(['accepted']);
  });

  it(`[A40] of ${String(RACERS)} copies at once exactly one is accepted`, async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const copy = request();
    const verdicts = await Promise.all(Array.from({ length: RACERS }, () => bus.inbox.append(shard, [copy])));
    expect(verdicts.flat().filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.flat().filter((verdict) => verdict === 'present')).toHaveLength(RACERS - 1);
    expect(await readAll(bus, shard)).toHaveLength(1);
  });

  it('[A41] [I10] a shard full of entries is busy and loses nothing; room made is room to append', async () => {
    const { bus, freshShard } = subject;
    const [shard, other] = [freshShard(), freshShard()];
    const all = requests(INBOX_MAX_ENTRIES);
    expect(new Set(await fill(bus, shard, all))).toEqual(new Set(['accepted']));
    const late = request();
    expect(await bus.inbox.append(shard, [late, ...all.slice(0, 1)])).toEqual(['busy', 'present']);
    expect(await bus.inbox.append(other, [late])).toEqual(['accepted']);
    const there = await readAll(bus, shard);
    expect(textsOf(there)).toEqual(textsOf(all));
    await remove(bus, shard, there.slice(7, 8));
    expect(await bus.inbox.append(shard, [late, request()])).toEqual(['accepted', 'busy']);
  });

  it('[A41] [I10] a shard full of bytes is busy; what follows a busy one in its call is as well', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const threeBytes = '부';
    const large = `x${threeBytes.repeat((MAX_BATCH_BYTES - 1) / threeBytes.length / 3)}`;
    expect(Buffer.byteLength(large)).toBe(MAX_BATCH_BYTES);
    const count = INBOX_MAX_BYTES / MAX_BATCH_BYTES - 1;
    for (let i = 0; i < count; i++) expect(await bus.inbox.append(shard, [request(large)])).toEqual(['accepted']);
    expect(await bus.inbox.append(shard, [request('small'), request(large), request('small')])).toEqual([
      'accepted',
      'busy',
      'busy',
    ]);
    expect(await bus.inbox.append(shard, [request('small')])).toEqual(['accepted']);
    await remove(bus, shard, (await readAll(bus, shard)).slice(0, 1));
    expect(await bus.inbox.append(shard, [request(large)])).toEqual(['accepted']);
  });
};
