/** The connections for commands, one to each server. */
import type { Redis } from 'ioredis';
import { RedisRefusedError } from '../commands.js';
import { classified } from './failures.js';
import { Link, PROMPT } from './link.js';
import type { Home, Topology } from './topology.js';

/** Refusals after which somebody else may keep the key. */
const ELSEWHERE = new Set(['MOVED', 'ASK', 'READONLY', 'CLUSTERDOWN', 'UNSENT', 'UNBLOCKED']);

export class Connections {
  readonly topology: Topology;
  readonly #links = new Map<Home, Link>();
  #closed = false;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** The connection to whoever keeps the key. */
  to(key: string): Promise<Redis> {
    return this.at(this.topology.homeOf(key));
  }

  at(home: Home): Promise<Redis> {
    if (this.#closed) throw new RedisRefusedError('UNSENT', 'the connections were closed');
    const known = this.#links.get(home);
    if (known !== undefined) return known.get();
    const link = new Link(this.topology.accessOf(home), PROMPT);
    this.#links.set(home, link);
    return link.get();
  }

  /**
   * Makes one call, and where it was refused since the key has moved, a second one to its new place: the first one has
   * surely done nothing.
   *
   * @throws {RedisRefusedError | RedisUnknownError}
   */
  async call<T>(key: string, call: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await this.#once(key, call);
    } catch (error) {
      if (!(error instanceof RedisRefusedError) || error.code !== 'MOVED') throw error;
      await this.topology.refresh();
      return this.#once(key, call);
    }
  }

  async #once<T>(key: string, call: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      const redis = await this.to(key);
      writeTogether(redis);
      return await call(redis);
    } catch (error) {
      const failure = this.noted(error);
      // A demoted server stays reachable: Sentinel is asked again only when a connection is made.
      if (failure instanceof RedisRefusedError && failure.code === 'READONLY') this.#drop(key);
      throw failure;
    }
  }

  /** Looks again who keeps what, where a failure may come from that. */
  noted(error: unknown): Error {
    const failure = classified(error);
    const elsewhere = !(failure instanceof RedisRefusedError) || ELSEWHERE.has(failure.code);
    if (elsewhere && !this.#closed) void this.topology.refresh().then(() => this.#prune());
    return failure;
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
  }

  #drop(key: string): void {
    this.#links.get(this.topology.homeOf(key))?.drop();
  }

  #prune(): void {
    const homes = new Set(this.topology.homes());
    for (const [home, link] of this.#links) {
      if (homes.has(home)) continue;
      link.close();
      this.#links.delete(home);
    }
  }
}

/** What is written in one turn goes to the kernel at once: each write by itself costs as much as all of them. */
const writeTogether = ({ stream }: Redis): void => {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
};
