/** `RedisCommands` of one process over a fake Redis: the same connections as over a real one (packages/bus/src/ioredis). */
import {
  REDIS_BLOCK_GRACE_MS,
  REDIS_BLOCK_MS,
  REDIS_COMMAND_TIMEOUT_MS,
  REDIS_CONNECT_TIMEOUT_MS,
} from '@munova/contracts';
import {
  RedisRefusedError,
  slotOf,
  type BlockingReader,
  type RedisCommands,
  type ScriptName,
  type ShardSubscriber,
  type StreamPosition,
  type StreamReply,
  type SubscriberListener,
} from '@munova/bus';
import { FakeConnection } from './connection.js';
import type { FakeCall, FakeCaller, Network } from './network.js';
import type { FakeServer } from './server.js';

type Flat = readonly (string | number)[];
type Act<T> = (server: FakeServer) => T | Promise<T>;

const UNHEARD = (): void => undefined;

/** The connections of one purpose, one to each server, made when needed. */
class Connections {
  readonly redis: Network;
  readonly caller: FakeCaller;
  readonly #onMessage: (channel: string, message: string) => void;
  readonly #onEnd: (server: FakeServer) => void;
  readonly #open = new Map<FakeServer, FakeConnection>();

  constructor(
    redis: Network,
    caller: FakeCaller,
    onMessage: (channel: string, message: string) => void = UNHEARD,
    onEnd: (server: FakeServer) => void = UNHEARD,
  ) {
    this.redis = redis;
    this.caller = caller;
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  /** Every key or channel of the call is in `keys`. */
  async call<T>(what: FakeCall['what'], keys: readonly string[], limitMs: number, act: Act<T>): Promise<T> {
    const server = this.redis.serverOf(keys[0] ?? '');
    const connection = this.#open.get(server) ?? (await this.#connected(server));
    return connection.call({ client: this.caller.name, what, keys }, limitMs, (at) => {
      if (this.redis.cluster && new Set(keys.map(slotOf)).size > 1) {
        throw new RedisRefusedError('CROSSSLOT', "CROSSSLOT Keys in request don't hash to the same slot");
      }
      return act(at);
    });
  }

  to(server: FakeServer): FakeConnection | undefined {
    return this.#open.get(server);
  }

  close(): void {
    for (const connection of this.#open.values()) connection.end();
  }

  async #connected(server: FakeServer): Promise<FakeConnection> {
    const silent = this.redis.isSilent(this.caller.name);
    if (silent || !server.up) {
      const pauseMs = silent ? REDIS_CONNECT_TIMEOUT_MS : this.redis.networkMs();
      await new Promise<void>((resolve) => this.caller.timers.after(pauseMs, resolve));
      throw new RedisRefusedError('UNSENT', 'not connected');
    }
    const connection = new FakeConnection(this.redis, this.caller, server, this.#onMessage, () => {
      this.#open.delete(server);
      this.#onEnd(server);
    });
    this.#open.set(server, connection);
    this.redis.began(connection);
    return connection;
  }
}

export class FakeCommands implements RedisCommands {
  readonly #connections: Connections;

  constructor(redis: Network, caller: FakeCaller) {
    this.#connections = new Connections(redis, caller);
  }

  get crossSlot(): boolean {
    return !this.#connections.redis.cluster;
  }

  run(script: ScriptName, keys: readonly string[], args: readonly string[]): Promise<Flat> {
    return this.#prompt(script, keys, (server) => server.run(script, keys, args));
  }

  read(streams: readonly StreamPosition[], count: number): Promise<readonly StreamReply[]> {
    return this.#prompt('read', keysOf(streams), (server) => server.read(streams, count));
  }

  async spublish(channel: string, message: string): Promise<void> {
    await this.#prompt('publish', [channel], (server) => server.publish(channel, message));
  }

  openReader(): BlockingReader {
    return new FakeReader(this.#connections);
  }

  openSubscriber(listener: SubscriberListener): ShardSubscriber {
    return new FakeSubscriber(this.#connections.redis, this.#connections.caller, listener);
  }

  #prompt<T>(what: FakeCall['what'], keys: readonly string[], act: Act<T>): Promise<T> {
    return this.#connections.call(what, keys, REDIS_COMMAND_TIMEOUT_MS, act);
  }
}

const keysOf = (streams: readonly StreamPosition[]): readonly string[] => streams.map(({ key }) => key);

class FakeReader implements BlockingReader {
  /** Of the process's other calls. */
  readonly #commands: Connections;
  readonly #own: Connections;
  #key: string | null = null;

  constructor(commands: Connections) {
    this.#commands = commands;
    this.#own = new Connections(commands.redis, commands.caller);
  }

  read(streams: readonly StreamPosition[], count: number, blockMs: number): Promise<readonly StreamReply[]> {
    const keys = keysOf(streams);
    this.#key = keys[0] ?? null;
    const limitMs = REDIS_BLOCK_MS + REDIS_BLOCK_GRACE_MS;
    return this.#own.call('block', keys, limitMs, (server) => {
      const connection = this.#own.to(server);
      return connection === undefined ? [] : server.block(connection, streams, count, blockMs);
    });
  }

  async unblock(): Promise<boolean> {
    if (this.#key === null) return false;
    return this.#commands.call('unblock', [this.#key], REDIS_COMMAND_TIMEOUT_MS, (server) => {
      const connection = this.#own.to(server);
      return connection !== undefined && server.unblock(connection);
    });
  }

  close(): void {
    this.#own.close();
  }
}

class FakeSubscriber implements ShardSubscriber {
  readonly #connections: Connections;
  readonly #channels = new Map<FakeServer, Set<string>>();
  #closed = false;

  constructor(redis: Network, caller: FakeCaller, listener: SubscriberListener) {
    this.#connections = new Connections(
      redis,
      caller,
      (channel, message) => listener.onMessage(channel, message),
      (server) => {
        const lost = [...this.#of(server)];
        this.#channels.delete(server);
        if (lost.length > 0 && !this.#closed) listener.onLost(lost);
      },
    );
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#ask('subscribe', channels, (server, connection) => {
      server.subscribe(connection, channels);
      for (const channel of channels) this.#of(server).add(channel);
    });
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#ask('unsubscribe', channels, (server, connection) => {
      server.unsubscribe(connection, channels);
      for (const channel of channels) this.#of(server).delete(channel);
    });
  }

  close(): void {
    this.#closed = true;
    this.#connections.close();
  }

  #ask(
    what: 'subscribe' | 'unsubscribe',
    channels: readonly string[],
    act: (server: FakeServer, connection: FakeConnection) => void,
  ): Promise<void> {
    return this.#connections.call(what, channels, REDIS_COMMAND_TIMEOUT_MS, (server) => {
      const connection = this.#connections.to(server);
      if (connection !== undefined) act(server, connection);
    });
  }

  #of(server: FakeServer): Set<string> {
    const known = this.#channels.get(server) ?? new Set<string>();
    this.#channels.set(server, known);
    return known;
  }
}
