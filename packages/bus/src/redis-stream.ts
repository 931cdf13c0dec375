/**
 * The actors' side of the shards' streams. Invariants:
 * 1. A read starts at the oldest entry and is taken page by page, each page's COUNT by what the bounds leave and by
 *    how large entries have been: XREAD knows no bound in bytes.
 * 2. Blocking reads only ring (doorbell.ts). Where one read may name all streams one doorbell serves all shards,
 *    on Redis Cluster each shard has its own.
 * 3. A key that holds no stream keeps no other from being read: it is found, and left out for a while.
 * 4. An entry's name holds its batch id, so that a place given twice by two servers' clocks names two entries.
 */
import {
  REDIS_NO_STREAM_RETRY_MS,
  REDIS_READ_TYPICAL_BYTES,
  type Generation,
  type InboxLag,
  type Runtime,
  type ShardCommit,
  type ShardId,
  type ShardStream,
  type StreamEntry,
} from '@munova/contracts';
import type { RedisCommands, StreamPosition, StreamReply } from './commands.js';
import { Doorbell } from './doorbell.js';
import { unavailable } from './failures.js';
import { shardKeys } from './keys.js';
import { isNoStream, NoStreams } from './no-streams.js';
import { say } from './say.js';

/** A read under way. */
interface Reading {
  woken: boolean;
  /** Ends its wait, if it waits. */
  end: () => void;
}

interface Budget {
  entries: number;
  bytes: number;
}

export class RedisStream implements ShardStream {
  readonly #commands: RedisCommands;
  readonly #generation: Generation;
  readonly #runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>;
  readonly #doorbells = new Map<ShardId | 'all', Doorbell>();
  readonly #readings = new Set<Reading>();
  readonly #noStreams: NoStreams;
  #typicalBytes = REDIS_READ_TYPICAL_BYTES;
  /** Each read begins at another shard, so that one which fills every read cannot starve the rest. */
  #turn = 0;

  constructor(commands: RedisCommands, generation: Generation, runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>) {
    this.#commands = commands;
    this.#generation = generation;
    this.#runtime = runtime;
    this.#noStreams = new NoStreams(runtime.clock);
  }

  /** Keys of shards that are left out of reads, since something else than a stream is there. */
  get noStreams(): readonly string[] {
    return this.#noStreams.keys();
  }

  async read(
    shards: readonly ShardId[],
    maxEntries: number,
    maxBytes: number,
    waitMs: number,
  ): Promise<readonly StreamEntry[]> {
    const reading: Reading = { woken: false, end: () => undefined };
    const until = this.#runtime.clock.monotonic() + waitMs;
    this.#readings.add(reading);
    try {
      for (;;) {
        const taken = await this.#take(shards, { entries: maxEntries, bytes: maxBytes });
        const leftMs = until - this.#runtime.clock.monotonic();
        if (taken.length > 0 || reading.woken || leftMs <= 0) return taken;
        if (!(await this.#wait(reading, shards, leftMs))) return [];
      }
    } catch (error) {
      throw unavailable('read', error);
    } finally {
      this.#readings.delete(reading);
    }
  }

  wake(): void {
    for (const reading of this.#readings) {
      reading.woken = true;
      reading.end();
    }
  }

  async commit({ shard, epoch, publish, remove }: ShardCommit): Promise<'committed' | 'fenced'> {
    const keys = shardKeys(this.#generation, shard);
    const messages = publish.flatMap(({ edge, packed }) => [keys.to(edge), packed]);
    const args = [String(epoch), String(publish.length), ...messages, ...remove.flatMap(placeAndBatch)];
    try {
      const [verdict] = await this.#commands.run('commit', [keys.in, keys.held, keys.fence], args);
      return verdict === 'fenced' ? 'fenced' : 'committed';
    } catch (error) {
      throw unavailable('commit', error);
    }
  }

  async lag(shards: readonly ShardId[]): Promise<ReadonlyMap<ShardId, InboxLag>> {
    const lagOf = async (shard: ShardId): Promise<[ShardId, InboxLag]> => {
      const keys = shardKeys(this.#generation, shard);
      const [entries, bytes] = await this.#commands.run('lag', [keys.in, keys.held], []);
      return [shard, { entries: Number(entries), bytes: Number(bytes) }];
    };
    const answers = await Promise.allSettled(shards.map(lagOf));
    const told = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
    const [failed] = answers.filter((answer) => answer.status === 'rejected');
    if (failed !== undefined && told.length === 0) throw unavailable('lag', failed.reason);
    return new Map(told);
  }

  beat(shard: ShardId, heartbeat: string): Promise<void> {
    return say(this.#commands, 'beat', shardKeys(this.#generation, shard).hb, heartbeat);
  }

  whisper(shard: ShardId, ephemeral: string): Promise<void> {
    return say(this.#commands, 'whisper', shardKeys(this.#generation, shard).eph, ephemeral);
  }

  /** Ends what waits; nothing may be called afterwards. */
  close(): void {
    this.wake();
    for (const doorbell of this.#doorbells.values()) doorbell.close();
  }

  async #take(shards: readonly ShardId[], budget: Budget): Promise<readonly StreamEntry[]> {
    const byKey = new Map(this.#readable(shards).map((shard) => [this.#keyOf(shard), shard]));
    const taken: StreamEntry[] = [];
    const keys = rotated([...byKey.keys()], this.#turn);
    let rest: readonly StreamPosition[] = keys.map((key) => ({ key, after: '0-0' }));
    while (rest.length > 0) {
      const count = this.#countFor(budget, rest.length);
      const page = await this.#page(rest, count);
      this.#learn(page);
      if (!takePage(page, byKey, budget, taken)) break;
      rest = page.filter(({ entries }) => entries.length >= count).map(({ key, entries }) => after(key, entries));
    }
    if (taken.length > 0) this.#turn += 1;
    return taken;
  }

  #countFor({ entries, bytes }: Budget, streams: number): number {
    return Math.max(1, Math.floor(Math.min(entries, bytes / this.#typicalBytes) / streams));
  }

  /** Entries are taken to be as large as on the last page, and not too small. */
  #learn(page: readonly StreamReply[]): void {
    const sizes = page.flatMap(({ entries }) => entries.map(({ fields }) => batchOf(fields).length));
    if (sizes.length === 0) return;
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    this.#typicalBytes = Math.max(REDIS_READ_TYPICAL_BYTES, mean);
  }

  async #page(positions: readonly StreamPosition[], count: number): Promise<readonly StreamReply[]> {
    if (this.#commands.crossSlot) {
      try {
        return await this.#read(positions, count);
      } catch (error) {
        if (!isNoStream(error)) throw error;
      }
    }
    return (await Promise.all(positions.map((position) => this.#readOne(position, count)))).flat();
  }

  async #readOne(position: StreamPosition, count: number): Promise<readonly StreamReply[]> {
    try {
      return await this.#read([position], count);
    } catch (error) {
      if (!isNoStream(error)) throw error;
      this.#noStreams.met(position.key);
      return [];
    }
  }

  async #read(positions: readonly StreamPosition[], count: number): Promise<readonly StreamReply[]> {
    const replies = await this.#commands.read(positions, count);
    this.#noStreams.read(positions);
    return replies;
  }

  #readable(shards: readonly ShardId[]): readonly ShardId[] {
    if (this.#noStreams.isEmpty) return shards;
    return shards.filter((shard) => !this.#noStreams.isLeftOut(this.#keyOf(shard)));
  }

  #keyOf(shard: ShardId): string {
    return shardKeys(this.#generation, shard).in;
  }

  /** Whether there may be something to read now; false when time is over or the read was woken. */
  #wait(reading: Reading, shards: readonly ShardId[], waitMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const readable = this.#readable(shards);
      const bells = this.#bells(readable);
      // What is left out may be read again before the time is over.
      const beyondRetry = readable.length < shards.length && waitMs > REDIS_NO_STREAM_RETRY_MS;
      const stops: (() => void)[] = [];
      const stop = (): void => stops.forEach((each) => each());
      const end = (there: boolean): void => {
        stop();
        resolve(there);
      };
      const endsMs = beyondRetry ? REDIS_NO_STREAM_RETRY_MS : waitMs;
      const timer = this.#runtime.timers.after(endsMs, () => end(beyondRetry));
      stops.push(() => timer.cancel());
      reading.end = () => end(false);
      const fail = (error: unknown): void => {
        // Which one holds no stream the next read finds out.
        if (isNoStream(error)) return end(true);
        stop();
        reject(error);
      };
      for (const [bell, keys] of bells) {
        const waiting = bell.wait({ keys, ring: () => end(true), fail });
        stops.push(() => waiting.stop());
      }
    });
  }

  #bells(shards: readonly ShardId[]): readonly (readonly [Doorbell, readonly string[]])[] {
    if (shards.length === 0) return [];
    if (this.#commands.crossSlot) return [[this.#bell('all'), shards.map((shard) => this.#keyOf(shard))]];
    return shards.map((shard) => [this.#bell(shard), [this.#keyOf(shard)]]);
  }

  #bell(of: ShardId | 'all'): Doorbell {
    const known = this.#doorbells.get(of);
    if (known !== undefined) return known;
    const made = new Doorbell(this.#commands.openReader(), this.#runtime);
    this.#doorbells.set(of, made);
    return made;
  }
}

const rotated = <T>(all: readonly T[], turn: number): readonly T[] => {
  const first = turn % Math.max(all.length, 1);
  return [...all.slice(first), ...all.slice(0, first)];
};

const after = (key: string, entries: StreamReply['entries']): StreamPosition => ({
  key,
  after: entries.at(-1)?.id ?? '0-0',
});

/** Fields are `id`, the batch id, `batch`, the text (append.lua). */
const batchOf = (fields: readonly string[]): string => fields[3] ?? '';

/** Of an entry that append.lua did not write its place (held.lua). */
const batchIdOf = (place: string, [field, id = '']: readonly string[]): string =>
  field === 'id' && /^[!-~]+$/.test(id) ? id : place;

/** False when an entry did not fit. A first one always fits. */
const takePage = (
  page: readonly StreamReply[],
  byKey: ReadonlyMap<string, ShardId>,
  budget: Budget,
  taken: StreamEntry[],
): boolean => {
  for (const { key, entries } of page) {
    const shard = byKey.get(key);
    if (shard === undefined) continue;
    for (const { id, fields } of entries) {
      const batch = batchOf(fields);
      const bytes = Buffer.byteLength(batch);
      if (budget.entries < 1 || (bytes > budget.bytes && taken.length > 0)) return false;
      taken.push({ shard, entryId: `${id} ${batchIdOf(id, fields)}`, batch });
      budget.entries -= 1;
      budget.bytes -= bytes;
    }
  }
  return budget.entries > 0 && budget.bytes > 0;
};

/** Of `<entry id> <batch id>`. */
const placeAndBatch = (entryId: string): readonly [string, string] => {
  const space = entryId.indexOf(' ');
  return [entryId.slice(0, space), entryId.slice(space + 1)];
};
