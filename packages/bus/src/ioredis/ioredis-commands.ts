/** `RedisCommands` over ioredis: a single Redis, one behind Sentinel, or Redis Cluster. */
import type { Redis } from 'ioredis';
import {
  RedisRefusedError,
  type BlockingReader,
  type RedisCommands,
  type ScriptName,
  type ShardSubscriber,
  type StreamPosition,
  type StreamReply,
  type SubscriberListener,
} from '../commands.js';
import { Connections } from './connections.js';
import { classified } from './failures.js';
import { IoredisReader, streamReplies, xreadArgs, type XreadReply } from './reader.js';
import { SCRIPTS } from './scripts.js';
import { IoredisSubscriber } from './subscriber.js';
import { nameOf } from './link.js';
import type { Topology } from './topology.js';

type Flat = readonly (string | number)[];

export class IoredisCommands implements RedisCommands {
  readonly #connections: Connections;

  constructor(topology: Topology) {
    this.#connections = new Connections(topology);
  }

  get crossSlot(): boolean {
    return this.#connections.topology.crossSlot;
  }

  run(script: ScriptName, keys: readonly string[], args: readonly string[]): Promise<Flat> {
    return this.#connections.call(keys[0] ?? '', (redis) => runScript(redis, script, keys, args));
  }

  read(streams: readonly StreamPosition[], count: number): Promise<readonly StreamReply[]> {
    return this.#connections.call(streams[0]?.key ?? '', async (redis) =>
      streamReplies((await redis.call('XREAD', 'COUNT', count, ...xreadArgs(streams))) as XreadReply),
    );
  }

  async spublish(channel: string, message: string): Promise<void> {
    await this.#connections.call(channel, (redis) => redis.spublish(channel, message));
  }

  openReader(): BlockingReader {
    return new IoredisReader(this.#connections);
  }

  openSubscriber(listener: SubscriberListener): ShardSubscriber {
    return new IoredisSubscriber(this.#connections, listener);
  }

  /** What every server that keeps keys says of its memory. @throws where one does not answer */
  memory(): Promise<readonly { readonly where: string; readonly info: string }[]> {
    const { topology } = this.#connections;
    return Promise.all(
      topology.homes().map(async (home) => {
        const redis = await this.#connections.at(home);
        return { where: nameOf(topology.accessOf(home)), info: await redis.info('memory') };
      }),
    );
  }

  /** Readers and subscribers are closed by whoever opened them. */
  close(): void {
    this.#connections.close();
  }
}

/** Sends the script's text only to a server that does not know it yet, which has then done nothing. */
const runScript = async (
  redis: Redis,
  name: ScriptName,
  keys: readonly string[],
  args: readonly string[],
): Promise<Flat> => {
  const { text, sha1 } = SCRIPTS[name];
  try {
    return (await redis.evalsha(sha1, keys.length, ...keys, ...args)) as Flat;
  } catch (error) {
    const failure = classified(error);
    if (!(failure instanceof RedisRefusedError) || failure.code !== 'NOSCRIPT') throw failure;
    return (await redis.eval(text, keys.length, ...keys, ...args)) as Flat;
  }
};
