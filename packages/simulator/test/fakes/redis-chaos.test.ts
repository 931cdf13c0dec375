/** The adapters over a fake Redis at its worst: edges append until they are answered, an actor reads and commits. */
import { asBatchId, asEdgeId, asEpoch, type AppendRequest, type ShardId } from '@munova/contracts';
import { seededRandom } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import type { Fate } from '../../src/fakes/redis/index.js';
import { A, B, C, listening, World } from './support/world.js';

const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);
const EDGE = asEdgeId('edge');
const SHARDS = [A, B, C];
const BATCHES = 40;
const FAULTS_MS = 20_000;
/** Within it, once the faults are over, everything is done. */
const QUIET_MS = 30_000;
const ANSWER_MS = 1_000;
const SETTLE_MS = 5_000;
/** ms between two batches of an edge: together as long as the faults. */
const PACE_MS = FAULTS_MS / BATCHES;
const FATES: readonly Fate[] = ['request-lost', 'request-reset', 'answer-lost', 'answer-reset'];

class Chaos {
  readonly world: World;
  readonly #random;
  readonly #answered = new Set<string>();
  /** Ids as they were read first, by shard. */
  readonly read = new Map<ShardId, string[]>(SHARDS.map((shard) => [shard, []]));
  readonly heard: string[] = [];
  #over = false;
  #epoch = 1;
  unexpected: unknown[] = [];

  constructor(seed: number, masters: number | undefined) {
    const random = seededRandom(seed);
    this.#random = random;
    const strikes = (chance: number): boolean => !this.#over && random.next() < chance;
    this.world = new World({
      ...(masters !== undefined && { masters }),
      replicationMs: 30,
      networkMs: () => 1 + Math.floor(random.next() * 5),
      fate: () => (strikes(0.03) ? (FATES[Math.floor(random.next() * FATES.length)] ?? null) : null),
      messageFate: () => (strikes(0.1) ? 'lost' : strikes(0.1) ? { delayMs: random.next() * 200 } : null),
    });
  }

  async run(): Promise<void> {
    const { world } = this;
    const subscribing = this.#persistently(() => world.fanOut.subscribe(EDGE, listening(this.heard)));
    for (const shard of SHARDS) void this.#edge(shard);
    const acting = this.#actor();
    await this.#strike();
    this.#over = true;
    // Also where all was done before the last fault its consequences are waited for.
    await world.runtime.advance(SETTLE_MS);
    for (let passed = 0; passed < QUIET_MS && this.#answered.size < SHARDS.length * BATCHES; passed += 100) {
      await world.runtime.advance(100);
    }
    world.stream.wake();
    await world.within(QUIET_MS, Promise.all([acting, subscribing]));
  }

  get allAnswered(): boolean {
    return this.#answered.size === SHARDS.length * BATCHES;
  }

  /** Sends its batches one after the other, each again and again until it is processed. */
  async #edge(shard: ShardId): Promise<void> {
    for (let i = 0; i < BATCHES; i += 1) {
      const id = `${String(shard)}-${String(i)}`;
      const batch: AppendRequest = { id: asBatchId(id), batch: `text of ${id}` };
      await this.#pause(this.#random.next() * PACE_MS);
      while (!this.#answered.has(id)) {
        await this.world.inbox.append(shard, [batch]).catch((error: unknown) => this.#expected(error));
        const until = this.world.runtime.clock.monotonic() + ANSWER_MS;
        while (!this.#answered.has(id) && this.world.runtime.clock.monotonic() < until) await this.#pause(20);
      }
    }
  }

  async #actor(): Promise<void> {
    while (!this.allAnswered) {
      const entries = await this.world.read(SHARDS, 500).catch((error: unknown) => this.#expected(error) ?? []);
      for (const shard of SHARDS) {
        const own = entries.filter((entry) => entry.shard === shard);
        if (own.length > 0) await this.#process(shard, own);
      }
    }
  }

  async #process(shard: ShardId, entries: readonly { entryId: string; batch: string }[]): Promise<void> {
    const ids = entries.map(({ batch }) => batch.slice('text of '.length));
    for (const id of ids) if (!this.read.get(shard)?.includes(id)) this.read.get(shard)?.push(id);
    const remove = entries.map(({ entryId }) => entryId);
    const publish = ids.map((id) => ({ edge: EDGE, packed: id }));
    await this.#persistently(() => this.world.stream.commit({ shard, epoch: asEpoch(this.#epoch), publish, remove }));
    for (const id of ids) this.#answered.add(id);
  }

  async #strike(): Promise<void> {
    const { world } = this;
    const until = world.runtime.clock.monotonic() + FAULTS_MS;
    const random = (): number => this.#random.next();
    while (world.runtime.clock.monotonic() < until) {
      await world.runtime.advance(200 + Math.floor(random() * 2_000));
      const master = world.redis.cluster ? Math.floor(random() * 3) : 0;
      const strike = Math.floor(random() * 7);
      if (strike === 0)
        world.redis.failOver({ master, downMs: random() * 1_000, skewMs: Math.floor(random() * 60) - 50 });
      if (strike === 1) world.redis.restartEmpty({ master, downMs: random() * 500 });
      if (strike === 2) world.redis.cut(random() < 0.5 ? 'edge' : 'actors');
      if (strike === 3) world.redis.silence(random() < 0.5 ? 'edge' : 'actors', random() * 3_000);
      if (strike === 4) world.redis.demote(master);
      if (strike === 5) world.redis.setFull(random() < 0.5);
      if (strike === 6) this.#epoch += 1;
    }
    world.redis.setFull(false);
    for (const master of world.redis.cluster ? [0, 1, 2] : [0]) world.redis.failOver({ master });
  }

  async #persistently<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        this.#expected(error);
        await this.#pause(50);
      }
    }
  }

  #expected(error: unknown): undefined {
    if ((error as { code?: unknown }).code !== 'unavailable') this.unexpected.push(error);
    return undefined;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.runtime.timers.after(ms, resolve));
  }
}

describe.each([
  ['a single Redis', undefined],
  ['a cluster', 3],
] as const)('over %s', (_, masters) => {
  it.each(SEEDS)('[B26] seed %i: all is processed in order, heard again, and nothing remains', async (seed) => {
    const chaos = new Chaos(seed, masters);
    const { world } = chaos;
    await chaos.run();
    expect(chaos.unexpected).toEqual([]);
    expect(chaos.allAnswered).toBe(true);
    for (const shard of SHARDS) {
      expect(chaos.read.get(shard)).toEqual(
        Array.from({ length: BATCHES }, (__, i) => `${String(shard)}-${String(i)}`),
      );
    }
    expect(world.runtime.faults).toEqual([]);
    // Copies that were late: what was answered already is removed like anything else.
    for (const entry of await world.within(100, world.read(SHARDS))) {
      await world.within(100, world.commit(entry.shard, [entry.entryId], 1_000));
    }
    const lag = await world.within(100, world.stream.lag(SHARDS));
    expect([...lag.values()]).toEqual(SHARDS.map(() => ({ entries: 0, bytes: 0 })));
    const commit = { shard: A, epoch: asEpoch(1_000), publish: [{ edge: EDGE, packed: 'the last' }], remove: [] };
    await world.within(100, world.stream.commit(commit));
    await world.runtime.advance(10);
    expect(chaos.heard).toContain('the last');
    await world.runtime.advance(20_000);
    expect(world.runtime.pendingTimers).toBe(0);
  });
});
