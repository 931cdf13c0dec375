/** Edges and actors over a fake Redis, in a time that stands still until a test moves it. */
import { asEpoch, asGeneration, asShardId, type FanOutListener, type ShardId } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { RedisFanOut, RedisInbox, RedisStream, type RedisCommands } from '@munova/bus';
import { FakeRedis, type FakeCall, type FakeRedisOptions } from '../../../src/fakes/redis/index.js';
import { callerOn } from './caller.js';

export const GENERATION = asGeneration('1');
export const SHARDS = 8;
export const [A, B, C] = [asShardId(0), asShardId(1), asShardId(2)];
const PLENTY = 10_000;
const PLENTY_BYTES = 100_000_000;

export type WorldOptions = Omit<FakeRedisOptions, 'clock' | 'timers'>;

export class World {
  readonly runtime = new ManualRuntime();
  readonly redis: FakeRedis;
  /** Every call that was made of Redis. */
  readonly calls: FakeCall[] = [];
  readonly inbox: RedisInbox;
  readonly stream: RedisStream;
  readonly fanOut: RedisFanOut;

  constructor(options: WorldOptions = {}, actorsOver: (commands: RedisCommands) => RedisCommands = (same) => same) {
    const fate = (call: FakeCall) => {
      this.calls.push(call);
      return options.fate?.(call) ?? null;
    };
    this.redis = new FakeRedis({ networkMs: () => 1, ...options, ...this.runtime, fate });
    const edge = this.redis.commandsOf(callerOn(this.runtime, 'edge'));
    this.inbox = new RedisInbox(edge, GENERATION);
    this.fanOut = new RedisFanOut(edge, GENERATION, SHARDS, this.runtime);
    const actors = this.redis.commandsOf(callerOn(this.runtime, 'actors'));
    this.stream = new RedisStream(actorsOver(actors), GENERATION, this.runtime);
  }

  /** How many calls of a kind there were. */
  count(what: FakeCall['what']): number {
    return this.calls.filter((call) => call.what === what).length;
  }

  read(shards: readonly ShardId[], waitMs = 0) {
    return this.stream.read(shards, PLENTY, PLENTY_BYTES, waitMs);
  }

  commit(shard: ShardId, remove: readonly string[], epoch = 1) {
    return this.stream.commit({ shard, epoch: asEpoch(epoch), publish: [], remove });
  }

  /** Lets time pass until the promise settles. */
  async within<T>(ms: number, promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => (settled = true));
    // It is awaited below; until then nobody else listens.
    done.catch(() => undefined);
    for (let passed = 0; passed <= ms && !settled; passed += 1) await this.runtime.advance(1);
    if (!settled) throw new Error(`not settled within ${String(ms)} ms`);
    return done;
  }

  batchesOf(shard: ShardId): Promise<readonly string[]> {
    return this.within(100, this.read([shard])).then((entries) => entries.map(({ batch }) => batch));
  }
}

/** Says in words what it hears. */
export const listening = (heard: string[]): FanOutListener => ({
  onPacked: (packed) => heard.push(packed),
  onHeartbeat: (text) => heard.push(`beat ${text}`),
  onEphemeral: (text) => heard.push(`whisper ${text}`),
  onReconnect: () => heard.push('reconnected'),
});
