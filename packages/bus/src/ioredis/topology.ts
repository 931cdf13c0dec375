/** Which server keeps a key. */
import { RedisRefusedError } from '../commands.js';
import { slotOf } from '../slots.js';
import { Link, PROMPT, type Access } from './link.js';

/** Names one server, or the one that Sentinel currently names. */
export type Home = string;

export interface Topology {
  readonly crossSlot: boolean;
  /** @throws {RedisRefusedError} where nobody is known to keep it. */
  homeOf(key: string): Home;
  accessOf(home: Home): Access;
  /** Every server that keeps keys. */
  homes(): readonly Home[];
  /** Looks again who keeps what. Never fails: what is not known any better stays as it was. */
  refresh(): Promise<void>;
}

/** One Redis, also behind Sentinel. */
export class SingleTopology implements Topology {
  readonly crossSlot = true;
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  homeOf(): Home {
    return 'single';
  }

  accessOf(): Access {
    return this.#access;
  }

  homes(): readonly Home[] {
    return ['single'];
  }

  async refresh(): Promise<void> {
    // There is nothing to look up: a connection finds its server when it is made.
  }
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly home: Home;
}

const address = (host: string, port: number): Home => `${host} ${String(port)}`;

/**
 * Redis Cluster, by `CLUSTER SLOTS` of whichever server answers. Commands are routed here and not by ioredis, which
 * sends a command again whose connection was lost (docs/adr/0025).
 */
export class ClusterTopology implements Topology {
  readonly crossSlot = false;
  readonly #seeds: readonly Access[];
  readonly #common: Access;
  #ranges: readonly Range[] = [];
  #refreshing: Promise<void> | null = null;

  /** `common`: user, password and TLS of every server. */
  constructor(seeds: readonly Access[], common: Access) {
    this.#seeds = seeds;
    this.#common = common;
  }

  homeOf(key: string): Home {
    const slot = slotOf(key);
    const range = this.#ranges.find(({ first, last }) => first <= slot && slot <= last);
    if (range === undefined) throw new RedisRefusedError('UNSENT', `nobody is known to keep slot ${String(slot)}`);
    return range.home;
  }

  accessOf(home: Home): Access {
    const [host = '', port = ''] = home.split(' ');
    return { ...this.#common, host, port: Number(port) };
  }

  homes(): readonly Home[] {
    return [...new Set(this.#ranges.map(({ home }) => home))];
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    const known = this.homes().map((home) => this.accessOf(home));
    for (const access of [...known, ...this.#seeds]) {
      const link = new Link(access, PROMPT);
      try {
        const redis = await link.get();
        const ranges = rangesOf(await redis.cluster('SLOTS'), access.host ?? '');
        if (ranges.length === 0) continue;
        this.#ranges = ranges;
        return;
      } catch {
        // Another one may know; whoever asked for a key finds out if none does.
      } finally {
        link.close();
      }
    }
  }
}

/** As Redis answers; what stands behind the master are its replicas. */
type SlotRange = readonly [
  first: number,
  last: number,
  ...servers: (readonly [host: string | null, port: number, ...unknown[]])[],
];

/** A server without a name is the one that was asked. */
const rangesOf = (slots: readonly SlotRange[], asked: string): readonly Range[] =>
  slots.flatMap(([first, last, master]) =>
    master === undefined ? [] : [{ first, last, home: address(master[0] || asked, master[1]) }],
  );
