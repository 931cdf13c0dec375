/** The adapters of the bus, call by call, in a time of the test's own. */
import {
  asEdgeId,
  asEpoch,
  MAX_BATCH_BYTES,
  READ_MAX_BYTES,
  REDIS_APPEND_MAX_WAITING,
  REDIS_BLOCK_MS,
} from '@munova/contracts';
import { request, requests } from '@munova/contracts/testing';
import type { RedisCommands } from '@munova/bus';
import { describe, expect, it } from 'vitest';
import { A, B, C, listening, SHARDS, World } from './support/world.js';

const EDGE = asEdgeId('edge');
const LONG_MS = 60_000;

describe('the inbox', () => {
  it('[B15] has one call a shard under way; what is appended meanwhile goes with the next, in order', async () => {
    const world = new World({ networkMs: () => 10 });
    const all = requests(6);
    const appended = [all.slice(0, 1), all.slice(1, 3), all.slice(3)].map((some) => world.inbox.append(A, some));
    const elsewhere = world.inbox.append(B, requests(1));
    await world.within(100, Promise.all([...appended, elsewhere]));
    expect(await Promise.all(appended)).toEqual([
      ['accepted'],
      ['accepted', 'accepted'],
      ['accepted', 'accepted', 'accepted'],
    ]);
    expect(world.count('append')).toBe(3);
    expect(await world.batchesOf(A)).toEqual(all.map(({ batch }) => batch));
  });

  it('[B15] fails what was in a lost call alone; what came behind it is sent', async () => {
    let calls = 0;
    const world = new World({ fate: ({ what }) => (what === 'append' && ++calls === 1 ? 'answer-lost' : null) });
    const [lost, behind] = [world.inbox.append(A, requests(1)), world.inbox.append(A, requests(1))];
    await expect(world.within(5_000, lost)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await world.within(100, behind)).toEqual(['accepted']);
    expect(world.count('append')).toBe(2);
    expect(await world.batchesOf(A)).toHaveLength(2);
  });

  it('[B15] [I10] lets no more than a bound wait for a call, and answers the rest `busy` at once', async () => {
    const world = new World({ networkMs: () => 10 });
    const all = requests(REDIS_APPEND_MAX_WAITING);
    const first = world.inbox.append(A, requests(1));
    const waiting = world.inbox.append(A, all);
    expect(await world.inbox.append(A, requests(2))).toEqual(['busy', 'busy']);
    await world.within(100, Promise.all([first, waiting]));
    expect(world.count('append')).toBe(2);
  });

  it('[B2] answers `busy` where Redis is out of memory, and what came of a demoted one is unavailable', async () => {
    const world = new World();
    world.redis.setFull(true);
    expect(await world.within(100, world.inbox.append(A, requests(2)))).toEqual(['busy', 'busy']);
    world.redis.setFull(false);
    world.redis.demote();
    const refused = world.within(100, world.inbox.append(A, requests(1)));
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('waiting', () => {
  it('[B8] a read that is woken ends at once, and the next one waits for its own shards at once', async () => {
    const world = new World();
    const waiting = world.read([A], LONG_MS);
    await world.runtime.advance(20);
    world.stream.wake();
    expect(await world.within(0, waiting)).toEqual([]);
    const next = world.read([A, B], LONG_MS);
    await world.runtime.advance(20);
    expect(world.count('unblock')).toBe(1);
    await world.within(20, world.inbox.append(B, requests(1)));
    expect(await world.within(20, next)).toHaveLength(1);
  });

  it('[B8] a wake while a read looks whether there is anything ends it as well', async () => {
    const world = new World();
    const reading = world.read([A], LONG_MS);
    world.stream.wake();
    expect(await world.within(10, reading)).toEqual([]);
    expect(world.count('block')).toBe(0);
  });

  it('[B8] a blocking read that is ended before it has arrived is ended again', async () => {
    const delays = { block: 0 };
    const world = new World({ networkMs: () => 1 + delays.block });
    const first = world.read([A], LONG_MS);
    await world.runtime.advance(1);
    // Once it has looked in vain, its blocking read is long on its way.
    delays.block = 50;
    await world.runtime.advance(1);
    delays.block = 0;
    world.stream.wake();
    await world.within(10, first);
    const next = world.read([B], LONG_MS);
    await world.runtime.advance(100);
    expect(world.count('unblock')).toBeGreaterThan(1);
    await world.within(10, world.inbox.append(B, requests(1)));
    expect(await world.within(10, next)).toHaveLength(1);
    expect(world.runtime.clock.monotonic()).toBeLessThan(REDIS_BLOCK_MS);
  });

  it('[B8] a shard whose entries are being worked on does not ring', async () => {
    const world = new World();
    await world.within(20, world.inbox.append(A, requests(1)));
    const waiting = world.read([B, C], 10 * REDIS_BLOCK_MS);
    expect(await world.within(11 * REDIS_BLOCK_MS, waiting)).toEqual([]);
    expect(world.count('block')).toBeLessThanOrEqual(11);
    expect(world.count('read')).toBe(1);
  });

  it('[B8] once nobody waits Redis is asked no more', async () => {
    const world = new World();
    for (let i = 0; i < 3; i += 1) {
      const waiting = world.read([A], LONG_MS);
      await world.runtime.advance(20);
      world.stream.wake();
      await world.within(5, waiting);
    }
    await world.runtime.advance(10 * REDIS_BLOCK_MS);
    expect(world.count('block')).toBe(1);
    expect(world.runtime.pendingTimers).toBe(0);
  });

  it('[B8] several reads wait over one connection, each for its own', async () => {
    const world = new World();
    const [ofA, ofB] = [world.read([A], LONG_MS), world.read([B], LONG_MS)];
    await world.runtime.advance(20);
    await world.within(20, world.inbox.append(B, requests(1)));
    expect(await world.within(20, ofB)).toHaveLength(1);
    await world.within(20, world.inbox.append(A, requests(1)));
    expect(await world.within(20, ofA)).toHaveLength(1);
  });

  it('[B8] [B9] on a cluster each shard waits for itself, and nothing is ever ended early', async () => {
    const world = new World({ masters: 3 });
    for (const late of [B, A, C]) {
      const waiting = world.read([A, B, C], LONG_MS);
      await world.runtime.advance(20);
      world.stream.wake();
      await world.within(5, waiting);
      const next = world.read([A, B, C], LONG_MS);
      await world.within(20, world.inbox.append(late, requests(1)));
      const entries = await world.within(20, next);
      expect(entries.map(({ shard }) => shard)).toEqual([late]);
      await world.within(
        20,
        world.commit(
          late,
          entries.map(({ entryId }) => entryId),
        ),
      );
    }
    expect(world.count('unblock')).toBe(0);
    expect(world.calls.every(({ keys }) => new Set(keys.map((key) => key.split(':')[1])).size === 1)).toBe(true);
  });

  it('[B7] a wait over a dead connection fails in time, and the next read waits over another', async () => {
    const world = new World();
    const waiting = world.read([A], LONG_MS);
    await world.runtime.advance(20);
    world.redis.silence('actors', 2_500);
    await expect(world.within(10_000, waiting)).rejects.toMatchObject({ code: 'unavailable' });
    const next = world.read([A], LONG_MS);
    await world.within(20, world.inbox.append(A, requests(1)));
    expect(await world.within(20, next)).toHaveLength(1);
  });
});

describe('reading', () => {
  /** Counts the bytes of every answer. */
  const weighing =
    (pages: number[]) =>
    (commands: RedisCommands): RedisCommands => ({
      crossSlot: commands.crossSlot,
      run: (...args) => commands.run(...args),
      spublish: (...args) => commands.spublish(...args),
      openReader: () => commands.openReader(),
      openSubscriber: (listener) => commands.openSubscriber(listener),
      read: async (streams, count) => {
        const replies = await commands.read(streams, count);
        const sizes = replies.flatMap(({ entries }) => entries.map(({ fields }) => fields[3]?.length ?? 0));
        pages.push(sizes.reduce((sum, size) => sum + size, 0));
        return replies;
      },
    });

  it('[B17] asks for little more than its bounds, however large the entries are, and gets all that fits', async () => {
    const pages: number[] = [];
    const world = new World({}, weighing(pages));
    for (const shard of [A, B, C]) {
      for (let i = 0; i < 20; i += 1) {
        await world.within(20, world.inbox.append(shard, [request('x'.repeat(MAX_BATCH_BYTES / 4))]));
      }
    }
    const read = () => world.within(100, world.stream.read([A, B, C], 1_000, READ_MAX_BYTES, 0));
    const first = await read();
    expect(first).toHaveLength((4 * READ_MAX_BYTES) / MAX_BATCH_BYTES);
    pages.length = 0;
    expect(await read()).toHaveLength(first.length);
    expect(pages.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(2 * READ_MAX_BYTES);
  });

  it('[B17] of one busy shard among many gets all that the bounds allow', async () => {
    const world = new World();
    await world.within(50, world.inbox.append(A, requests(100)));
    const all = Array.from({ length: SHARDS }, (_, shard) => shard as typeof A);
    expect(await world.within(100, world.stream.read(all, 64, READ_MAX_BYTES, 0))).toHaveLength(64);
    expect(world.count('read')).toBeLessThanOrEqual(3);
  });
});

describe('the fan-out', () => {
  const say = (world: World, packed: string) =>
    world.within(
      50,
      world.stream.commit({ shard: A, epoch: asEpoch(1), publish: [{ edge: EDGE, packed }], remove: [] }),
    );

  it('[B10] asks again until every shard is confirmed, and tells once what was lost', async () => {
    let refusals = 0;
    const world = new World({
      fate: ({ what }) => (what === 'subscribe' && refusals > 0 && refusals-- > 0 ? 'request-reset' : null),
    });
    const heard: string[] = [];
    await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    refusals = 3;
    world.redis.cut('edge');
    await world.runtime.advance(10_000);
    world.redis.restartEmpty({ downMs: 1_000 });
    await world.runtime.advance(10_000);
    expect(heard.filter((each) => each === 'reconnected').length).toBeGreaterThan(0);
    await say(world, 'again');
    await world.runtime.advance(5);
    expect(heard.at(-1)).toBe('again');
    expect(world.runtime.faults).toEqual([]);
    await world.runtime.advance(10_000);
    expect(world.runtime.pendingTimers).toBe(0);
  });

  it('[B10] tells nobody whose channels were not lost, and nobody who has ended', async () => {
    const world = new World({ masters: 3 });
    const [heard, gone]: [string[], string[]] = [[], []];
    await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    const ended = await world.within(50, world.fanOut.subscribe(asEdgeId('gone'), listening(gone)));
    await world.within(50, ended.end());
    world.redis.failOver({ master: 1, downMs: 500 });
    await world.runtime.advance(5_000);
    expect(heard).toEqual(['reconnected']);
    expect(gone).toEqual([]);
  });

  it('[B11] a renewal that gets no answer fails, and the connection is made anew', async () => {
    const world = new World();
    const heard: string[] = [];
    const subscription = await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    world.redis.silence('edge', 3_000);
    await expect(world.within(5_000, subscription.renew())).rejects.toMatchObject({ code: 'unavailable' });
    await world.runtime.advance(10_000);
    expect(heard).toEqual(['reconnected']);
    await say(world, 'again');
    await world.runtime.advance(5);
    expect(heard.at(-1)).toBe('again');
  });

  it('[A49] a hearer that throws is reported and keeps nothing from the others', async () => {
    const world = new World();
    const heard: string[] = [];
    const throwing = {
      ...listening([]),
      onPacked: () => {
        throw new Error('a bug of this edge');
      },
    };
    await world.within(50, world.fanOut.subscribe(EDGE, throwing));
    await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    await say(world, 'both');
    await world.runtime.advance(5);
    expect(heard).toEqual(['both']);
    expect(world.runtime.faults).toHaveLength(1);
  });
});
