/** Random operations on inbox and stream beside lists, one a shard. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asBatchId, asEpoch, asShardId, type Epoch, type ShardId } from '../ids.js';
import type { StreamEntry } from '../ports/inbox.js';
import type { Bus, BusUnderTest } from './bus-under-test.js';
import { fresh } from './fixtures.js';

const SHARDS = [0, 1, 2].map(asShardId);
const BATCHES = 6;
const RUNS = 30;
const MAX_OPERATIONS = 40;
const PLENTY = 10_000;
const PLENTY_BYTES = 1024 * 1024;

type Operation =
  | { readonly op: 'append'; readonly shard: ShardId; readonly batches: readonly number[] }
  /** Of what a read gives, removes those whose places are named. */
  | { readonly op: 'commit'; readonly shard: ShardId; readonly places: readonly number[] }
  /** The same under an epoch that is over: nothing may change. */
  | { readonly op: 'stale'; readonly shard: ShardId };

const anyShard = fc.constantFrom(...SHARDS);
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('append' as const),
      shard: anyShard,
      batches: fc.array(fc.nat(BATCHES - 1), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('commit' as const),
      shard: anyShard,
      places: fc.uniqueArray(fc.nat(BATCHES - 1), { maxLength: BATCHES }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('stale' as const), shard: anyShard }) },
);

let epochs = 1;

/** One run: the bus, and what must be in it. Each run raises every fence, so that its stale epoch is stale. */
class Run {
  readonly #bus: Bus;
  readonly #epoch = asEpoch(++epochs);
  readonly #prefix = fresh('run-');
  readonly #lists = new Map<ShardId, readonly string[]>(SHARDS.map((shard) => [shard, []]));

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async begin(): Promise<void> {
    for (const shard of SHARDS) await this.#remove(shard, await this.#read(shard), this.#epoch);
  }

  async apply(operation: Operation): Promise<void> {
    if (operation.op === 'append') await this.#append(operation.shard, operation.batches);
    else if (operation.op === 'commit') await this.#commit(operation.shard, operation.places);
    else await this.#stale(operation.shard);
    for (const shard of SHARDS) {
      expect((await this.#read(shard)).map((entry) => entry.batch)).toEqual(this.#list(shard));
    }
  }

  async #append(shard: ShardId, batches: readonly number[]): Promise<void> {
    const list = [...this.#list(shard)];
    const ids = batches.map((batch) => `${this.#prefix}${String(batch)}`);
    const expected = ids.map((id) => {
      if (list.includes(id)) return 'present';
      list.push(id);
      return 'accepted';
    });
    const requests = ids.map((id) => ({ id: asBatchId(id), batch: id }));
    expect(await this.#bus.inbox.append(shard, requests)).toEqual(expected);
    this.#lists.set(shard, list);
  }

  async #commit(shard: ShardId, places: readonly number[]): Promise<void> {
    const entries = await this.#read(shard);
    const named = entries.filter((_, place) => places.includes(place));
    expect(await this.#remove(shard, named, this.#epoch)).toBe('committed');
    this.#lists.set(
      shard,
      this.#list(shard).filter((_, place) => !places.includes(place)),
    );
  }

  async #stale(shard: ShardId): Promise<void> {
    const verdict = await this.#remove(shard, await this.#read(shard), asEpoch(this.#epoch - 1));
    expect(verdict).toBe('fenced');
  }

  #list(shard: ShardId): readonly string[] {
    return this.#lists.get(shard) ?? [];
  }

  #read(shard: ShardId): Promise<readonly StreamEntry[]> {
    return this.#bus.stream.read([shard], PLENTY, PLENTY_BYTES, 0);
  }

  #remove(shard: ShardId, entries: readonly StreamEntry[], epoch: Epoch) {
    return this.#bus.stream.commit({ shard, epoch, publish: [], remove: entries.map(({ entryId }) => entryId) });
  }
}

export const describeBusModel = (subject: BusUnderTest): void => {
  it('[A40] [A42] [A44] [A45] [A48] agrees after every operation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { minLength: 1, maxLength: MAX_OPERATIONS }), async (operations) => {
        const run = new Run(subject.bus);
        await run.begin();
        for (const operation of operations) await run.apply(operation);
      }),
      { numRuns: RUNS },
    );
  });
};
