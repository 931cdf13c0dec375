/** How the fake Redis fails. */
import { asBatchId, asEdgeId, asEpoch } from '@munova/contracts';
import { request, requests } from '@munova/contracts/testing';
import { RedisInbox, RedisStream, shardKeys } from '@munova/bus';
import { describe, expect, it } from 'vitest';
import { FakeRedis, type Fate } from '../../src/fakes/redis/index.js';
import { SimProcess } from '../../src/process.js';
import { SimRandom } from '../../src/random.js';
import { Schedule } from '../../src/schedule.js';
import { A, B, GENERATION, listening, World } from './support/world.js';

const EDGE = asEdgeId('edge');

describe('a failover', () => {
  it('[B21] loses whole calls from the end, as far as the replica was behind, and what is left is sound', async () => {
    const world = new World({ replicationMs: 50 });
    const [kept, lost] = [requests(3), requests(2)];
    await world.within(20, world.inbox.append(A, kept));
    await world.runtime.advance(60);
    await world.within(20, world.inbox.append(A, lost));
    world.redis.failOver();
    await world.runtime.advance(5);
    expect(await world.batchesOf(A)).toEqual(kept.map(({ batch }) => batch));
    const bytes = kept.reduce((sum, { batch }) => sum + batch.length, 0);
    expect((await world.within(20, world.stream.lag([A]))).get(A)).toEqual({ entries: 3, bytes });
    expect(await world.within(20, world.inbox.append(A, [...kept, ...lost]))).toEqual([
      ...kept.map(() => 'present'),
      ...lost.map(() => 'accepted'),
    ]);
  });

  it('[B21] takes the fence back too, and calls fail until it is over', async () => {
    const world = new World({ replicationMs: 50 });
    await world.within(20, world.commit(A, [], 3));
    world.redis.failOver({ downMs: 200 });
    await world.runtime.advance(5);
    await expect(world.within(20, world.commit(A, [], 2))).rejects.toMatchObject({ code: 'unavailable' });
    await world.runtime.advance(200);
    expect(await world.within(20, world.commit(A, [], 2))).toBe('committed');
  });

  it('[B4] may give a place twice: what was read from the old server is not removed from the new one', async () => {
    const world = new World({ replicationMs: 1_000, networkMs: () => 0 });
    const [old, young] = [request('read before'), request('appended behind')];
    await world.within(0, world.inbox.append(A, [old]));
    const [read] = await world.within(0, world.read([A]));
    const passed = world.runtime.clock.monotonic();
    world.redis.failOver({ skewMs: -passed });
    await world.within(
      20,
      world.inbox.append(A, [young]).catch(() => world.inbox.append(A, [young])),
    );
    const [now] = await world.within(20, world.read([A]));
    expect(await world.within(20, world.commit(A, [read?.entryId ?? '']))).toBe('committed');
    expect(await world.batchesOf(A)).toEqual(['appended behind']);
    expect(now?.entryId).not.toBe(read?.entryId);
  });

  it('[B13] is survived by appends, reads that wait and subscriptions; so is a restart with nothing', async () => {
    const world = new World({ replicationMs: 50 });
    const heard: string[] = [];
    await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    for (const fail of [() => world.redis.failOver(), () => world.redis.restartEmpty({ downMs: 100 })]) {
      const waiting = world.read([A], 60_000).catch(() => 'failed');
      await world.runtime.advance(20);
      fail();
      expect(await world.within(200, waiting)).toBe('failed');
      await world.runtime.advance(5_000);
      expect(heard).toEqual(['reconnected']);
      heard.length = 0;
      const next = world.read([A], 60_000);
      await world.within(20, world.inbox.append(A, requests(1)));
      const entries = await world.within(20, next);
      await world.within(
        20,
        world.commit(
          A,
          entries.map(({ entryId }) => entryId),
        ),
      );
    }
  });
});

describe('a call', () => {
  const withFate = (fate: Fate) => {
    let left = 1;
    return new World({ fate: ({ what }) => (what === 'append' && left-- > 0 ? fate : null) });
  };

  it.each([
    ['request-lost', 0, 2_000],
    ['request-reset', 0, 10],
    ['answer-lost', 1, 2_000],
    ['answer-reset', 1, 10],
  ] as const)('[B22] of the fate %s has happened %i times and fails within %i ms', async (fate, times, withinMs) => {
    const world = withFate(fate);
    const call = world.within(withinMs, world.inbox.append(A, requests(1)));
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    expect(await world.batchesOf(A)).toHaveLength(times);
  });

  it('[B22] to a silent Redis fails in time; a cut lets what was sent arrive', async () => {
    const world = new World();
    world.redis.silence('edge', 2_500);
    const silenced = world.within(5_000, world.inbox.append(A, requests(1)));
    await expect(silenced).rejects.toMatchObject({ code: 'unavailable' });
    await world.runtime.advance(2_500);
    expect(await world.within(20, world.inbox.append(A, requests(1)))).toEqual(['accepted']);
    const cut = world.inbox.append(A, requests(1));
    await world.runtime.settle();
    world.redis.cut('edge');
    await expect(world.within(20, cut)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await world.batchesOf(A)).toHaveLength(2);
  });

  it('[B23] names keys of one slot on a cluster, and is refused otherwise', async () => {
    const commandsOf = (masters?: number) => {
      const world = new World(masters === undefined ? {} : { masters });
      return { world, commands: world.redis.commandsOf({ ...caller(world), name: 'other' }) };
    };
    const streams = [A, B].map((shard) => ({ key: shardKeys(GENERATION, shard).in, after: '0-0' }));
    const single = commandsOf();
    expect(await single.world.within(20, single.commands.read(streams, 1))).toEqual([]);
    const cluster = commandsOf(3);
    const refused = { code: 'CROSSSLOT' };
    await expect(cluster.world.within(20, cluster.commands.read(streams, 1))).rejects.toMatchObject(refused);
    const keys = streams.map(({ key }) => key);
    await expect(cluster.world.within(20, cluster.commands.run('lag', keys, []))).rejects.toMatchObject(refused);
  });
});

describe('messages', () => {
  it('[B24] may be lost and come late, and overtake those of other channels, never of their own', async () => {
    const [a, b] = [A, B].map((shard) => shardKeys(GENERATION, shard).to(EDGE));
    const fates = new Map([['lost', 0]]);
    const world = new World({
      messageFate: ({ channel }) => {
        const count = (fates.get(channel) ?? 0) + 1;
        fates.set(channel, count);
        if (channel === a && count === 1) return { delayMs: 100 };
        return channel === b && count === 2 ? 'lost' : null;
      },
    });
    const heard: string[] = [];
    await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    for (const [shard, packed] of [
      [A, 'a1'],
      [B, 'b1'],
      [A, 'a2'],
      [B, 'b2'],
      [B, 'b3'],
    ] as const) {
      const commit = { shard, epoch: asEpoch(1), publish: [{ edge: EDGE, packed }], remove: [] };
      await world.within(20, world.stream.commit(commit));
    }
    await world.runtime.advance(200);
    expect(heard).toEqual(['b1', 'b3', 'a1', 'a2']);
  });
});

describe('a process', () => {
  it('[B24] that was made deaf hears nothing and is told nothing, until it subscribes again', async () => {
    const world = new World();
    const heard: string[] = [];
    const subscription = await world.within(50, world.fanOut.subscribe(EDGE, listening(heard)));
    const say = (packed: string) =>
      world.within(
        20,
        world.stream.commit({ shard: A, epoch: asEpoch(1), publish: [{ edge: EDGE, packed }], remove: [] }),
      );
    world.redis.deafen('edge');
    await say('lost');
    await world.runtime.advance(5_000);
    expect(heard).toEqual([]);
    await world.within(50, subscription.renew());
    await say('heard');
    await world.runtime.advance(20);
    expect(heard).toEqual(['heard']);
  });

  it('[B25] that died is told nothing and subscribed to nothing, and what it had sent arrives', async () => {
    const world = new World({ networkMs: () => 10 });
    const heard: string[] = [];
    await world.within(100, world.fanOut.subscribe(EDGE, listening(heard)));
    const sent = world.inbox.append(A, [request('sent before')]).then(
      () => heard.push('answered'),
      () => heard.push('failed'),
    );
    await world.runtime.advance(5);
    world.redis.bury('edge');
    await world.within(
      50,
      world.stream.commit({ shard: A, epoch: asEpoch(1), publish: [{ edge: EDGE, packed: 'x' }], remove: [] }),
    );
    await world.runtime.advance(100);
    expect(heard.filter((text) => text !== 'answered')).toEqual([]);
    expect(await world.batchesOf(A)).toEqual(['sent before']);
    void sent;
  });

  it('[B22] that gave a call up may see it happen long after', async () => {
    let fate: Fate = { lateMs: 500 };
    const world = new World({
      fate: ({ what }) => {
        const now = what === 'append' ? fate : null;
        if (what === 'append') fate = null;
        return now;
      },
    });
    await expect(world.within(50, world.inbox.append(A, [request('late')]))).rejects.toMatchObject({
      code: 'unavailable',
    });
    await world.within(50, world.inbox.append(A, [request('in time')]));
    expect(await world.batchesOf(A)).toEqual(['in time']);
    await world.runtime.advance(600);
    expect(await world.batchesOf(A)).toEqual(['in time', 'late']);
  });
});

describe('in the simulated world', () => {
  /** What happened, event by event, to two processes of which one is killed while it waits. */
  const story = async (seed: number): Promise<readonly string[]> => {
    const events: string[] = [];
    const schedule = new Schedule((at, name) => events.push(`${String(at)} ${name}`));
    const random = new SimRandom(seed);
    const fault = (process: string, task: string): void => void events.push(`fault ${process} ${task}`);
    const [edge, actors] = ['edge', 'actors'].map((name) => new SimProcess(name, schedule, random, fault));
    if (edge === undefined || actors === undefined) throw new Error('two processes were asked for');
    const world = {
      clock: edge.clock,
      timers: { after: (ms: number, task: () => void) => schedule.after(ms, 'redis', task) },
    };
    const redis = new FakeRedis({ ...world, networkMs: () => 1 + random.next(), replicationMs: 5 });
    const inbox = new RedisInbox(redis.commandsOf(edge), GENERATION);
    const stream = new RedisStream(redis.commandsOf(actors), GENERATION, actors);
    const note = (name: string) => (value: unknown) => void events.push(`${name} ${JSON.stringify(value)}`);
    stream.read([A], 10, 1_000, 60_000).then(note('read'), note('read failed'));
    await schedule.run(50);
    inbox.append(A, [{ id: asBatchId('x'), batch: 'text' }]).then(note('appended'), note('append failed'));
    await schedule.run(100);
    stream.read([B], 10, 1_000, 60_000).then(note('never'), note('never'));
    await schedule.run(150);
    actors.kill();
    inbox.append(B, [{ id: asBatchId('y'), batch: 'text' }]).then(note('appended'), note('append failed'));
    await schedule.run(200);
    redis.failOver({ downMs: 10 });
    inbox.append(B, [{ id: asBatchId('z'), batch: 'text' }]).then(note('appended'), note('append failed'));
    await schedule.run(100_000);
    return events;
  };

  it('[B25] what happens follows from the seed, and a killed process hears nothing more', async () => {
    const events = await story(7);
    expect(await story(7)).toEqual(events);
    expect(await story(8)).not.toEqual(events);
    expect(events.filter((event) => /^(read|appended|append failed) /.test(event))).toHaveLength(4);
    expect(events.filter((event) => event.startsWith('never') || event.startsWith('fault'))).toEqual([]);
  });
});

const caller = (world: World) => ({
  timers: world.runtime.timers,
  travel: async <T>({ act }: { act: () => Promise<T> }): Promise<T> => act(),
});
