/** The same operations on a real Redis and on the fake one: every answer is the same, but for the names of places. */
import { startRedis, type StartedRedis } from '@munova/servers';
import { asEdgeId, asGeneration, asShardId, type ShardId } from '@munova/contracts';
import { fresh } from '@munova/contracts/testing';
import {
  RedisRefusedError,
  shardKeys,
  type RedisCommands,
  type ShardKeys,
  type ShardSubscriber,
  type StreamReply,
} from '@munova/bus';
import { openRedisCommands } from '@munova/bus/ioredis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { FakeRedis } from '../../src/fakes/redis/index.js';
import { callerOn, promptRuntime } from './support/caller.js';

const RUNS = 150;
const MAX_OPERATIONS = 40;
const SHARDS = [0, 1].map(asShardId);
const EDGES = ['e1', 'e2'].map(asEdgeId);
const BATCHES = 6;
const MOST_ENTRIES = '5';
const MOST_BYTES = '60';

type Operation =
  | { readonly op: 'append'; readonly shard: ShardId; readonly batches: readonly (readonly [number, string])[] }
  /** Removes what was seen at these places of the last read, and places that were seen before. */
  | { readonly op: 'commit'; readonly shard: ShardId; readonly epoch: number; readonly places: readonly number[] }
  | { readonly op: 'lag'; readonly shard: ShardId }
  | { readonly op: 'read'; readonly shards: readonly ShardId[]; readonly count: number; readonly behind: number }
  | { readonly op: 'block'; readonly shards: readonly ShardId[] }
  | { readonly op: 'publish' | 'subscribe' | 'unsubscribe'; readonly shard: ShardId; readonly edge: number }
  | { readonly op: 'forget'; readonly shard: ShardId; readonly key: 'in' | 'held' | 'fence' }
  | { readonly op: 'add'; readonly shard: ShardId; readonly batch: number; readonly text: string }
  | { readonly op: 'full'; readonly full: boolean };

const shard = fc.constantFrom(...SHARDS);
const shards = fc.subarray([...SHARDS], { minLength: 1 });
const text = fc.constantFrom('', 'x', '신발', '{"👟":"\\n"}', 'a longer batch of bytes');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('append' as const),
      shard,
      batches: fc.array(fc.tuple(fc.nat(BATCHES - 1), text), { maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('commit' as const),
      shard,
      epoch: fc.integer({ min: 1, max: 4 }),
      places: fc.array(fc.nat(7), { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('lag' as const), shard }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('read' as const),
      shards,
      count: fc.integer({ min: 1, max: 4 }),
      behind: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('block' as const), shards }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('publish' as const, 'subscribe' as const, 'unsubscribe' as const),
      shard,
      edge: fc.nat(1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('forget' as const), shard, key: fc.constantFrom('in', 'held', 'fence') }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('add' as const), shard, batch: fc.nat(BATCHES - 1), text }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('full' as const), full: fc.boolean() }) },
);

/** One of the two, with what only its keeper can do. */
interface Side {
  readonly commands: RedisCommands;
  forget(key: string): Promise<void>;
  add(key: string, fields: readonly string[]): Promise<void>;
  setFull(full: boolean): Promise<void>;
}

/** Runs operations on one side and says what came of each, in words that do not depend on the clock. */
class Runner {
  readonly #side: Side;
  readonly #generation: string;
  readonly #heard: string[] = [];
  readonly #subscriber: ShardSubscriber;
  /** What was seen of each stream: entry ids and batch ids, in the order of their first appearance. */
  readonly #seen = new Map<string, (readonly [id: string, batchId: string])[]>();
  #said = 0;

  constructor(side: Side, generation: string) {
    this.#side = side;
    this.#generation = generation;
    this.#subscriber = side.commands.openSubscriber({
      onMessage: (channel, message) => this.#heard.push(`${channel} ${message}`),
      onLost: (channels) => this.#heard.push(`lost ${String(channels)}`),
    });
  }

  async apply(operation: Operation): Promise<unknown> {
    try {
      return await this.#apply(operation);
    } catch (error) {
      if (error instanceof RedisRefusedError) return error.code;
      throw error;
    }
  }

  /** All that was published by now has come when a last word has. */
  async heard(): Promise<readonly string[]> {
    const channel = this.#keys(asShardId(0)).eph;
    await this.#subscriber.subscribe([channel]);
    await this.#side.commands.spublish(channel, 'the last word');
    const last = `${channel} the last word`;
    await vi.waitFor(() => expect(this.#heard.at(-1)).toBe(last), { interval: 1 });
    this.#subscriber.close();
    return this.#heard;
  }

  async #apply(operation: Operation): Promise<unknown> {
    const { commands } = this.#side;
    switch (operation.op) {
      case 'append': {
        const keys = this.#keys(operation.shard);
        const args = operation.batches.flatMap(([id, batch]) => [`b${String(id)}`, batch]);
        return commands.run('append', [keys.in, keys.held], [MOST_ENTRIES, MOST_BYTES, ...args]);
      }
      case 'commit':
        return this.#commit(operation);
      case 'lag': {
        const keys = this.#keys(operation.shard);
        return commands.run('lag', [keys.in, keys.held], []);
      }
      case 'read':
        return this.#read(operation);
      case 'block':
        return this.#block(operation.shards);
      case 'publish':
        return commands.spublish(this.#channel(operation), `said ${String((this.#said += 1))}`);
      case 'subscribe':
        return this.#subscriber.subscribe([this.#channel(operation), this.#keys(operation.shard).hb]);
      case 'unsubscribe':
        return this.#subscriber.unsubscribe([this.#channel(operation)]);
      case 'forget':
        await this.#side.forget(this.#keys(operation.shard)[operation.key]);
        // A stream that begins again in the same millisecond would give the same places.
        return new Promise((resolve) => setTimeout(resolve, 2));
      case 'add': {
        const fields = ['id', `b${String(operation.batch)}`, 'batch', operation.text];
        return this.#side.add(this.#keys(operation.shard).in, fields);
      }
      case 'full':
        return this.#side.setFull(operation.full);
    }
  }

  #commit({ shard, epoch, places }: Extract<Operation, { op: 'commit' }>) {
    const keys = this.#keys(shard);
    const removed = places.flatMap((place) => this.#seen.get(keys.in)?.at(-place) ?? ['1-1', 'b0']);
    const messages = EDGES.flatMap((edge) => [keys.to(edge), `commit ${String((this.#said += 1))}`]);
    const args = [String(epoch), String(EDGES.length), ...messages, ...removed];
    return this.#side.commands.run('commit', [keys.in, keys.held, keys.fence], args);
  }

  async #read({ shards, count, behind }: Extract<Operation, { op: 'read' }>): Promise<unknown> {
    const streams = shards.map((shard) => {
      const key = this.#keys(shard).in;
      return { key, after: (behind === 0 ? undefined : this.#seen.get(key)?.at(-behind)?.[0]) ?? '0-0' };
    });
    return this.#named(await this.#side.commands.read(streams, count));
  }

  /** Reads only where there is something, or for no time worth the name. */
  async #block(shards: readonly ShardId[]): Promise<unknown> {
    const reader = this.#side.commands.openReader();
    const replies = await reader.read(
      shards.map((shard) => ({ key: this.#keys(shard).in, after: '0-0' })),
      1,
      1,
    );
    const unblocked = await reader.unblock();
    reader.close();
    return [unblocked, this.#named(replies)];
  }

  #named(replies: readonly StreamReply[]): unknown {
    return replies.map(({ key, entries }) => {
      const seen = this.#seen.get(key) ?? [];
      this.#seen.set(key, seen);
      return entries.map(({ id, fields }) => {
        if (!seen.some(([known]) => known === id)) seen.push([id, fields[1] ?? '']);
        return [key, seen.findIndex(([known]) => known === id), ...fields];
      });
    });
  }

  #keys(shard: ShardId): ShardKeys {
    return shardKeys(asGeneration(this.#generation), shard);
  }

  #channel({ shard, edge }: { readonly shard: ShardId; readonly edge: number }): string {
    return this.#keys(shard).to(EDGES[edge] ?? asEdgeId(''));
  }
}

let redis: StartedRedis;
let admin: Redis;
let real: RedisCommands & { close(): void };
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
  real = await openRedisCommands(redis.url);
}, 60_000);
afterAll(async () => {
  real.close();
  admin.disconnect();
  await redis.stop();
});

const realSide = (): Side => ({
  commands: real,
  forget: async (key) => void (await admin.del(key)),
  // Of a full Redis nobody can add by hand either, but that is not what is compared here.
  add: async (key, fields) => {
    const [, maxmemory = '0'] = await admin.config('GET', 'maxmemory');
    await admin.config('SET', 'maxmemory', '0');
    await admin.xadd(key, '*', ...fields);
    await admin.config('SET', 'maxmemory', maxmemory);
  },
  setFull: async (full) => void (await admin.config('SET', 'maxmemory', full ? '1' : '0')),
});

const fakeSide = (): Side => {
  const runtime = promptRuntime();
  const fake = new FakeRedis(runtime);
  return {
    commands: fake.commandsOf(callerOn(runtime)),
    forget: async (key) => fake.forget(key),
    add: async (key, fields) => fake.add(key, fields),
    setFull: async (full) => fake.setFull(full),
  };
};

it('[B20] the fake Redis answers every operation as a real one does, and says the same to subscribers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: MAX_OPERATIONS }), async (operations) => {
      const generation = fresh('g');
      const [ofReal, ofFake] = [new Runner(realSide(), generation), new Runner(fakeSide(), generation)];
      for (const each of operations) expect(await ofFake.apply(each)).toEqual(await ofReal.apply(each));
      await admin.config('SET', 'maxmemory', '0');
      expect(await ofFake.heard()).toEqual(await ofReal.heard());
    }),
    { numRuns: RUNS },
  );
}, 120_000);
