/** A key that should hold a shard's stream and holds something else. */
import { sharedRedis } from '@munova/servers/testing';
import { asEpoch, asGeneration, asShardId, REDIS_NO_STREAM_RETRY_MS } from '@munova/contracts';
import { fresh, request } from '@munova/contracts/testing';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { shardKeys } from '../src/index.js';
import { openRedisBus, type RedisBus } from '../src/ioredis/index.js';
import { runtime } from './support/runtime.js';

const PLENTY = 10_000;
const [BAD, GOOD, QUIET] = [asShardId(0), asShardId(1), asShardId(2)];
const SHARDS = [BAD, GOOD, QUIET];

let bus: RedisBus;
let admin: Redis;
let badKey: string;
beforeEach(async () => {
  const { url } = await sharedRedis();
  const generation = asGeneration(fresh('g'));
  bus = await openRedisBus({ url, generation, shards: SHARDS.length, runtime });
  admin = new Redis(url);
  badKey = shardKeys(generation, BAD).in;
  await admin.set(badKey, 'by hand');
  return () => {
    bus.close();
    admin.disconnect();
  };
});

const read = (waitMs: number) => bus.stream.read(SHARDS, PLENTY, PLENTY * 1_000, waitMs);

describe('[B29] a shard whose key holds no stream', () => {
  it('[B29] keeps nobody from reading the others, waiting or not, and is told by its key', async () => {
    const [first, second] = [request(), request()];
    await bus.inbox.append(GOOD, [first]);
    expect((await read(0)).map(({ batch }) => batch)).toEqual([first.batch]);
    const [there] = await read(0);
    await bus.stream.commit({ shard: GOOD, epoch: asEpoch(1), publish: [], remove: [there?.entryId ?? ''] });
    const waiting = read(PLENTY);
    await bus.inbox.append(QUIET, [second]);
    expect((await waiting).map(({ batch }) => batch)).toEqual([second.batch]);
    expect(await bus.troubles()).toEqual([{ kind: 'no-stream', message: expect.stringContaining(badKey) as string }]);
    expect(await bus.stream.lag(SHARDS)).toEqual(
      new Map([
        [GOOD, { entries: 0, bytes: 0 }],
        [QUIET, { entries: 1, bytes: second.batch.length }],
      ]),
    );
  });

  it('[B29] that comes to hold something else during a wait ends no read', async () => {
    await admin.del(badKey);
    expect(await read(0)).toEqual([]);
    const waiting = read(PLENTY);
    await admin.set(badKey, 'by hand');
    const late = request();
    await bus.inbox.append(GOOD, [late]);
    expect((await waiting).map(({ batch }) => batch)).toEqual([late.batch]);
    expect((await read(0)).map(({ batch }) => batch)).toEqual([late.batch]);
  });

  it('[B29] is read again once the key is gone', async () => {
    expect(await read(0)).toEqual([]);
    await admin.del(badKey);
    const late = request();
    await bus.inbox.append(BAD, [late]);
    expect((await read(2 * REDIS_NO_STREAM_RETRY_MS)).map(({ batch }) => batch)).toEqual([late.batch]);
    expect(await bus.troubles()).toEqual([]);
  });
});
