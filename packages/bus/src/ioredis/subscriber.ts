/**
 * Sharded pub/sub over one connection to each server. Invariants:
 * 1. A channel is in `#channels` of a server from when that server is asked for it until it is unsubscribed or the
 *    connection ends; then it is told as lost.
 * 2. A server that does not confirm a subscription in time loses its connection: silence must not look like peace.
 */
import { REDIS_COMMAND_TIMEOUT_MS } from '@munova/contracts';
import { RedisRefusedError, RedisUnknownError, type ShardSubscriber, type SubscriberListener } from '../commands.js';
import type { Connections } from './connections.js';
import { classified } from './failures.js';
import { Link } from './link.js';
import type { Home } from './topology.js';

interface Server {
  readonly link: Link;
  readonly channels: Set<string>;
}

export class IoredisSubscriber implements ShardSubscriber {
  readonly #connections: Connections;
  readonly #listener: SubscriberListener;
  readonly #servers = new Map<Home, Server>();
  #closed = false;

  constructor(connections: Connections, listener: SubscriberListener) {
    this.#connections = connections;
    this.#listener = listener;
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    try {
      const { link, channels: known } = this.#serverOf(channels);
      const redis = await link.get();
      for (const channel of channels) known.add(channel);
      try {
        await redis.ssubscribe(...channels);
      } catch (error) {
        if (classified(error) instanceof RedisUnknownError) redis.disconnect();
        else for (const channel of channels) known.delete(channel);
        throw error;
      }
    } catch (error) {
      throw this.#connections.noted(error);
    }
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    try {
      const { link, channels: known } = this.#serverOf(channels);
      const subscribed = channels.filter((channel) => known.delete(channel));
      if (subscribed.length === 0) return;
      const redis = await link.get();
      await redis.sunsubscribe(...subscribed);
    } catch (error) {
      throw this.#connections.noted(error);
    }
  }

  close(): void {
    this.#closed = true;
    for (const { link } of this.#servers.values()) link.close();
  }

  #serverOf(channels: readonly string[]): Server {
    if (this.#closed) throw new RedisRefusedError('UNSENT', 'the subscriber was closed');
    const home = this.#connections.topology.homeOf(channels[0] ?? '');
    const known = this.#servers.get(home);
    if (known !== undefined) return known;
    const made: Server = { link: this.#makeLink(home), channels: new Set() };
    this.#servers.set(home, made);
    return made;
  }

  #makeLink(home: Home): Link {
    return new Link(this.#connections.topology.accessOf(home), {
      silenceMs: REDIS_COMMAND_TIMEOUT_MS,
      commandMs: REDIS_COMMAND_TIMEOUT_MS,
      onConnect: (redis) => {
        redis.on('smessage', (channel: string, message: string) => {
          if (!this.#closed) this.#listener.onMessage(channel, message);
        });
        // The slot of one of its channels has another home; which one, ioredis does not say.
        redis.on('moved', () => redis.disconnect());
      },
      onEnd: () => this.#onEnd(home),
    });
  }

  #onEnd(home: Home): void {
    const server = this.#servers.get(home);
    if (server === undefined || this.#closed) return;
    const lost = [...server.channels];
    server.channels.clear();
    void this.#connections.topology.refresh();
    if (lost.length > 0) this.#listener.onLost(lost);
  }
}
