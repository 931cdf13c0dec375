/**
 * A Redis, or a Redis Cluster, for a world that sets its own time. It answers what the adapters of packages/bus ask
 * (`RedisCommands`), as the real one does by the same suites, and fails as real ones do when it is told to.
 *
 * A world may let a call or a message have a fate of its own, by `fate` and `messageFate`; all else is by method.
 */
import type { Clock, Timers } from '@munova/contracts';
import { slotOf, type RedisCommands } from '@munova/bus';
import { FakeCommands } from './client.js';
import type { FakeCall, FakeCaller, FakeMessage, Fate, MessageFate, Network, OpenConnection } from './network.js';
import { FakeServer } from './server.js';

const SLOTS = 16_384;

export interface FakeRedisOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Masters of a cluster; absent: a single Redis. */
  readonly masters?: number;
  /** ms that replicas are behind. */
  readonly replicationMs?: number;
  /** ms of one way. */
  readonly networkMs?: () => number;
  readonly fate?: (call: FakeCall) => Fate;
  readonly messageFate?: (message: FakeMessage) => MessageFate;
}

/** What a failover may do: which master, for how long nobody answers, how far the new one's clock is ahead (ms). */
export interface Takeover {
  readonly master?: number;
  readonly downMs?: number;
  readonly skewMs?: number;
}

export class FakeRedis implements Network {
  readonly cluster: boolean;
  readonly #options: FakeRedisOptions;
  readonly #servers: readonly FakeServer[];
  readonly #connections = new Set<OpenConnection>();
  readonly #silentUntil = new Map<string, number>();

  constructor(options: FakeRedisOptions) {
    const { clock, timers, masters, replicationMs = 0 } = options;
    this.#options = options;
    this.cluster = masters !== undefined;
    this.#servers = Array.from({ length: masters ?? 1 }, () => new FakeServer({ clock, timers, replicationMs }));
  }

  /** What a process has of it. */
  commandsOf(caller: FakeCaller): RedisCommands {
    return new FakeCommands(this, caller);
  }

  /** The replica takes over: what had not been replicated is lost, connections and subscriptions are. */
  failOver({ master = 0, downMs = 0, skewMs = 0 }: Takeover = {}): void {
    this.#servers[master]?.failOver(downMs, skewMs);
    this.#endAll((connection) => connection.server === this.#servers[master]);
  }

  /** It restarts without data. */
  restartEmpty({ master = 0, downMs = 0 }: Omit<Takeover, 'skewMs'> = {}): void {
    this.#servers[master]?.restartEmpty(downMs);
    this.#endAll((connection) => connection.server === this.#servers[master]);
  }

  /** Out of memory, or not any more. */
  setFull(full: boolean): void {
    for (const server of this.#servers) server.full = full;
  }

  /** The master became a replica, and its clients have not noticed: writes are refused until it fails over. */
  demote(master = 0): void {
    const server = this.#servers[master];
    if (server !== undefined) server.readOnly = true;
  }

  /** The connections of a process end. What it had sent arrives. */
  cut(client: string): void {
    this.#endAll(({ caller }) => caller.name === client);
  }

  /** For so long nothing passes between a process and Redis, and neither notices. */
  silence(client: string, ms: number): void {
    this.#silentUntil.set(client, this.now + ms);
  }

  /** The process died: its connections end without a word to it. What it had sent arrives. */
  bury(client: string): void {
    for (const connection of this.#connections) if (connection.caller.name === client) connection.abandon();
  }

  /** Its subscriptions are forgotten, and its process is not told. */
  deafen(client: string): void {
    for (const server of this.#servers) server.deafen(client);
  }

  /** Somebody deletes a key by hand. */
  forget(key: string): void {
    this.serverOf(key).forget(key);
  }

  /** Somebody adds an entry to a stream by hand. */
  add(key: string, fields: readonly string[]): void {
    this.serverOf(key).add(key, fields);
  }

  // What connections ask.

  get now(): number {
    return this.#options.clock.monotonic();
  }

  networkMs(): number {
    return this.#options.networkMs?.() ?? 0;
  }

  serverOf(key: string): FakeServer {
    const index = this.cluster ? Math.floor((slotOf(key) * this.#servers.length) / SLOTS) : 0;
    const server = this.#servers[index];
    if (server === undefined) throw new Error(`no server keeps ${key}`);
    return server;
  }

  fateOf(call: FakeCall): Fate {
    return this.#options.fate?.(call) ?? null;
  }

  messageFateOf(message: FakeMessage): MessageFate {
    return this.#options.messageFate?.(message) ?? null;
  }

  isSilent(client: string): boolean {
    return this.now < (this.#silentUntil.get(client) ?? -Infinity);
  }

  began(connection: OpenConnection): void {
    this.#connections.add(connection);
  }

  ended(connection: OpenConnection): void {
    this.#connections.delete(connection);
  }

  #endAll(which: (connection: OpenConnection) => boolean): void {
    for (const connection of this.#connections) {
      if (which(connection)) connection.caller.timers.after(this.networkMs(), () => connection.end());
    }
  }
}
