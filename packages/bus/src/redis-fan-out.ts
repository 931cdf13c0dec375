/**
 * What edges hear, and say to one another, by sharded pub/sub. Invariants:
 * 1. A channel is asked for while it has a hearer, and again and again where it was lost.
 * 2. Whoever lost a channel is told once it is there again: what was said meanwhile is lost.
 * 3. A hearer that throws is reported and keeps nothing from the others; an ended one hears nothing more.
 * 4. Nothing is called from inside a call that others made: messages come from the connection.
 */
import {
  REDIS_RETRY_MAX_MS,
  REDIS_RETRY_MS,
  asShardId,
  type EdgeId,
  type FanOut,
  type FanOutListener,
  type FanOutSubscription,
  type Generation,
  type Runtime,
  type ShardId,
} from '@munova/contracts';
import type { RedisCommands, ShardSubscriber } from './commands.js';
import { unavailable } from './failures.js';
import { shardKeys, type ShardKeys } from './keys.js';
import { say } from './say.js';

interface Subscriber {
  readonly listener: FanOutListener;
  /** The channels of each shard, which are of one slot. */
  readonly channels: readonly (readonly string[])[];
}

interface Channel {
  readonly hear: (listener: FanOutListener, message: string) => void;
  readonly subscribers: Set<Subscriber>;
}

export class RedisFanOut implements FanOut {
  readonly #commands: RedisCommands;
  readonly #generation: Generation;
  readonly #subscriber: ShardSubscriber;
  readonly #runtime: Pick<Runtime, 'timers' | 'random' | 'spawn'>;
  readonly #shards: readonly ShardKeys[];
  readonly #channels = new Map<string, Channel>();
  /** Channels that were lost; asked for again while there is one. */
  readonly #lost = new Set<string>();
  #restoring = false;

  constructor(
    commands: RedisCommands,
    generation: Generation,
    shards: number,
    runtime: Pick<Runtime, 'timers' | 'random' | 'spawn'>,
  ) {
    this.#commands = commands;
    this.#generation = generation;
    this.#runtime = runtime;
    this.#shards = Array.from({ length: shards }, (_, shard) => shardKeys(generation, asShardId(shard)));
    this.#subscriber = commands.openSubscriber({
      onMessage: (channel, message) => this.#hear(channel, message),
      onLost: (channels) => this.#onLost(channels),
    });
  }

  async subscribe(edge: EdgeId, listener: FanOutListener): Promise<FanOutSubscription> {
    const channels = this.#shards.map((keys) => [keys.to(edge), keys.hb, keys.eph]);
    const subscriber: Subscriber = { listener, channels };
    for (const keys of this.#shards) {
      this.#add(keys.to(edge), (to, text) => to.onPacked(text), subscriber);
      this.#add(keys.hb, (to, text) => to.onHeartbeat(text), subscriber);
      this.#add(keys.eph, (to, text) => to.onEphemeral(text), subscriber);
    }
    try {
      await this.#ask(subscriber);
    } catch (error) {
      await this.#end(subscriber);
      throw error;
    }
    return { renew: () => this.#ask(subscriber), end: () => this.#end(subscriber) };
  }

  whisper(shard: ShardId, ephemeral: string): Promise<void> {
    return say(this.#commands, 'whisper', shardKeys(this.#generation, shard).eph, ephemeral);
  }

  /** Nobody hears anything afterwards. */
  close(): void {
    this.#channels.clear();
    this.#lost.clear();
    this.#subscriber.close();
  }

  #add(name: string, hear: Channel['hear'], subscriber: Subscriber): void {
    const channel = this.#channels.get(name) ?? { hear, subscribers: new Set() };
    channel.subscribers.add(subscriber);
    this.#channels.set(name, channel);
  }

  async #ask({ channels }: Subscriber): Promise<void> {
    const outcomes = await Promise.allSettled(channels.map((ofShard) => this.#subscriber.subscribe(ofShard)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw unavailable('subscribe', failed.reason);
  }

  async #end(subscriber: Subscriber): Promise<void> {
    const silent = subscriber.channels.map((ofShard) => ofShard.filter((name) => this.#leave(name, subscriber)));
    const asked = silent.filter((names) => names.length > 0).map((names) => this.#subscriber.unsubscribe(names));
    // What Redis goes on sending has no hearer here: that it was not told does no harm.
    await Promise.allSettled(asked);
  }

  /** Whether nobody is left to hear it. */
  #leave(name: string, subscriber: Subscriber): boolean {
    const channel = this.#channels.get(name);
    if (channel === undefined || !channel.subscribers.delete(subscriber) || channel.subscribers.size > 0) return false;
    this.#channels.delete(name);
    this.#lost.delete(name);
    return true;
  }

  #hear(name: string, message: string): void {
    const channel = this.#channels.get(name);
    for (const { listener } of channel?.subscribers ?? []) this.#tell(listener, (to) => channel?.hear(to, message));
  }

  #tell(listener: FanOutListener, tell: (listener: FanOutListener) => void): void {
    try {
      tell(listener);
    } catch (error) {
      this.#runtime.spawn.background('fan-out subscriber', () => Promise.reject(error));
    }
  }

  #onLost(channels: readonly string[]): void {
    for (const name of channels) if (this.#channels.has(name)) this.#lost.add(name);
    if (this.#restoring || this.#lost.size === 0) return;
    this.#restoring = true;
    this.#runtime.spawn.background('subscriptions', () => this.#restore());
  }

  async #restore(): Promise<void> {
    for (let pauseMs = REDIS_RETRY_MS; this.#lost.size > 0; pauseMs = Math.min(2 * pauseMs, REDIS_RETRY_MAX_MS)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#runtime.timers.after(pauseMs * (0.5 + this.#runtime.random.next() / 2), resolve);
      await promise;
      const restored = await Promise.all(this.#lostByShard().map((names) => this.#restored(names)));
      const concerned = restored.flat().flatMap((name) => [...(this.#channels.get(name)?.subscribers ?? [])]);
      for (const { listener } of new Set(concerned)) this.#tell(listener, (to) => to.onReconnect());
    }
    this.#restoring = false;
  }

  #lostByShard(): readonly (readonly string[])[] {
    const byShard = new Map<string, string[]>();
    for (const name of this.#lost) {
      const shard = name.slice(0, name.indexOf('}'));
      byShard.set(shard, [...(byShard.get(shard) ?? []), name]);
    }
    return [...byShard.values()];
  }

  async #restored(names: readonly string[]): Promise<readonly string[]> {
    // Lost again from here on is lost again, also before this settles.
    for (const name of names) this.#lost.delete(name);
    try {
      await this.#subscriber.subscribe(names);
      return names;
    } catch {
      // Whatever the reason, it is asked for again after a pause.
      for (const name of names) if (this.#channels.has(name)) this.#lost.add(name);
      return [];
    }
  }
}
