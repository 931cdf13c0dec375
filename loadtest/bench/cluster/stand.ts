/** A cluster with its rooms and its generator, and what each process takes while a load runs. */
import { Cluster, type ClusterOptions, type ClusterServers } from '../../driver/cluster.js';
import { processorMicros } from '../../driver/process-stats.js';
import { tokenFor } from '../../driver/product.js';
import type { RawWsTarget } from '../raw-ws.js';
import { inBatches, openGroup } from '../shop.js';
import { Generator } from './generator.js';
import { readSamples } from './metrics.js';
import type { AnswerTo, CatchUpFigures, LoadFigures, Order } from './protocol.js';
import { stagesOf, type Stages } from './stages.js';

export interface Layout {
  readonly edges: number;
  readonly actors: number;
}

export const layoutName = ({ edges, actors }: Layout): string => `${String(edges)}+${String(actors)}`;

const TIERS = ['edges', 'actors', 'redis', 'mongods', 'generator'] as const;
/** Whatever shares the processors, by tier. */
export type Tier = (typeof TIERS)[number];
export type ByTier = Readonly<Record<Tier, number>>;

export const byTier = (of: (tier: Tier) => number): ByTier => {
  const entries = TIERS.map((tier) => [tier, of(tier)] as const);
  return Object.fromEntries(entries) as Record<Tier, number>;
};

export interface Measured extends LoadFigures {
  /** Of one core, of all processes of a tier. */
  readonly shares: ByTier;
  /** Processor time of a message, µs. */
  readonly micros: ByTier;
  readonly stages: Stages;
}

const ROOMS_AT_ONCE = 4;
const SUFFIX_ROOMS = 8;
const SUFFIX_USERS = 5;
const SUFFIX_ENTRIES = 1_000;
/** `created`, and `joined` of each. */
const ENTRIES_BEFORE = 1 + SUFFIX_USERS;
/** The generator sends for few users what many would: it is not to be paced as one of them. */
const ENV = { MUNOVA_LOG_LEVEL: 'warn', MUNOVA_RATE_SENDS: '100000/100000', MUNOVA_RATE_REST: '100000/100000' };

export class Stand {
  readonly #servers: ClusterServers;
  readonly #cluster: Cluster;
  readonly #generator: Generator;

  private constructor(servers: ClusterServers, cluster: Cluster, generator: Generator) {
    this.#servers = servers;
    this.#cluster = cluster;
    this.#generator = generator;
  }

  /** @param options env: beside what a benchmark needs; entry: `munova.mjs` of another build */
  static async open(
    servers: ClusterServers,
    layout: Layout,
    { env, ...options }: Pick<ClusterOptions, 'env' | 'entry'> = {},
  ): Promise<Stand> {
    const { redis, mongo } = servers;
    const cluster = await Cluster.start({ redis, mongo, ...layout, ...options, env: { ...ENV, ...env } });
    return new Stand(servers, cluster, Generator.start());
  }

  /** Where the product keeps its data. */
  get mongoUrl(): string {
    return this.#cluster.env['MUNOVA_MONGO_URL'] ?? '';
  }

  async seat(users: number, rooms: number): Promise<void> {
    const names = Array.from({ length: users }, (_, i) => `u${String(i)}`);
    const ids = await inBatches(Array.from({ length: rooms }), ROOMS_AT_ONCE, (_, r) =>
      this.#group(
        `room ${String(r)}`,
        r,
        names.filter((_name, i) => i % rooms === r),
      ),
    );
    // The members of one room sit at different edges.
    const visitors = names.map((name, i) => {
      return { token: this.#token(name), room: ids[i % rooms] ?? '', target: this.#target(Math.floor(i / rooms)) };
    });
    await this.#generator.order({ do: 'connect', visitors });
  }

  async measure(order: Extract<Order, { readonly do: 'pace' | 'saturate' }>): Promise<Measured> {
    const look = (): Promise<ReturnType<Stand['processors']>> => Promise.resolve(this.processors());
    const [edges, actors, before] = [await this.#samples('edges'), await this.#samples('actors'), await look()];
    const begun = performance.now();
    const figures: AnswerTo['pace'] = await this.#generator.order<'pace' | 'saturate'>(order);
    const micros = (performance.now() - begun) * 1_000;
    const after = await look();
    const ran = byTier((tier) => after[tier] - before[tier]);
    const looks = {
      edges: [edges, await this.#samples('edges')],
      actors: [actors, await this.#samples('actors')],
    } as const;
    return {
      ...figures,
      shares: byTier((tier) => ran[tier] / micros),
      micros: byTier((tier) => ran[tier] / figures.sent),
      stages: stagesOf(looks, figures.receiptMean),
    };
  }

  /** Subscriptions that have 1,000 entries to catch up with, so many at a time. */
  async catchUp(samples: number, atOnce: readonly number[]): Promise<readonly CatchUpFigures[]> {
    await this.#generator.order({ do: 'leave' });
    const names = Array.from({ length: SUFFIX_USERS }, (_, i) => `s${String(i)}`);
    const rooms = await inBatches(Array.from({ length: SUFFIX_ROOMS }), ROOMS_AT_ONCE, (_, r) =>
      this.#group(`suffix ${String(r)}`, r, names),
    );
    const visitors = rooms.flatMap((room, r) =>
      names.map((name) => ({ token: this.#token(name), room, target: this.#target(r) })),
    );
    await this.#generator.order({ do: 'connect', visitors });
    await this.#generator.order({ do: 'fill', messages: SUFFIX_ENTRIES });
    await this.#generator.order({ do: 'leave' });
    const readers = Array.from({ length: samples }, (_, i) => ({
      token: this.#token(names[i % names.length] ?? ''),
      room: rooms[i % rooms.length] ?? '',
      target: this.#target(i),
      after: ENTRIES_BEFORE,
      entries: SUFFIX_ENTRIES,
    }));
    const figures: CatchUpFigures[] = [];
    for (const width of atOnce) figures.push(await this.#generator.order({ do: 'catch-up', readers, atOnce: width }));
    return figures;
  }

  async close(): Promise<void> {
    await this.#generator.stop();
    await this.#cluster.stop();
  }

  processors(): ByTier {
    const { redisServer, replicaSet } = this.#servers;
    const pids: Record<Tier, readonly (number | undefined)[]> = {
      edges: this.#cluster.edges.map(({ ready }) => ready.pid),
      actors: this.#cluster.actors.map(({ ready }) => ready.pid),
      redis: [redisServer?.primary.pid],
      mongods: replicaSet.members.map(({ pid }) => pid),
      generator: [this.#generator.pid],
    };
    return byTier((tier) => pids[tier].reduce<number>((sum, pid) => sum + (pid ? processorMicros(pid) : 0), 0));
  }

  #samples(tier: 'edges' | 'actors'): ReturnType<typeof readSamples> {
    return readSamples(this.#cluster[tier].map(({ ready }) => ready.http));
  }

  #token(user: string): string {
    return tokenFor(this.#cluster.secret, { sub: user, name: user });
  }

  #target(index: number): RawWsTarget {
    const { edges } = this.#cluster;
    const { hostname, port } = new URL(edges[index % edges.length]?.ready.ws ?? '');
    return { host: hostname, port: Number(port), path: '/ws' };
  }

  #group(name: string, index: number, users: readonly string[]): Promise<string> {
    const { edges } = this.#cluster;
    const http = edges[index % edges.length]?.ready.http ?? '';
    return openGroup(http, (user) => this.#token(user), name, users);
  }
}
