import { SimRandom } from './random.js';

/** Kinds of faults, each a chance for every call, message or step that it may strike. */
export const FAULT_KINDS = [
  'append-refused',
  'append-unknown',
  'append-partial',
  'append-unconfirmed',
  'append-reply-lost',
  'append-lands-late',
  'store-call-fails',
  'store-write-reply-lost',
  'store-slow',
  'primary-crash',
  'primary-steps-down',
  'replication-held',
  'inbox-lost',
  'inbox-reply-lost',
  'stream-read-fails',
  'stream-commit-lost',
  'stream-commit-reply-lost',
  'stream-commit-lands-late',
  'fan-out-drop',
  'fan-out-delay',
  'fan-out-reconnect',
  'fan-out-deaf',
  'heartbeat-drop',
  'redis-fails-over',
  'redis-restarts-empty',
  'redis-full',
  'redis-silent',
  'actor-crash',
  'actor-dies-appending',
  'actor-stopped',
  'actor-drain',
  'actor-cut',
  'false-death',
  'edge-crash',
  'edge-drain',
  'clock-jump',
  'new-generation',
  'client-disconnect',
  'client-repeat',
  'client-slow',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Everything that a seed decides before its run begins. Data: it can be printed and given again. */
export interface Plan {
  readonly seed: number;
  /** ms of simulated time in which faults strike and people act. */
  readonly durationMs: number;
  readonly shards: number;
  readonly actors: number;
  readonly edges: number;
  readonly people: number;
  readonly rooms: number;
  /** Places in a group room. */
  readonly capacity: number;
  /** How many of the people send without waiting for answers. */
  readonly hasty: number;
  /** How many of the people give a command up whose answer is lost. */
  readonly fickle: number;
  /** How many of the people say that they are typing, and hear who is. */
  readonly typists: number;
  /** How many of the people have their inbox open. */
  readonly inboxes: number;
  /** ms between two acts of one person, on average. */
  readonly paceMs: number;
  /** ms of one way, on average. */
  readonly networkMs: number;
  readonly storeMs: number;
  /** Servers of a Redis Cluster; 1: a single Redis. */
  readonly redisMasters: number;
  /** ms that Redis's replicas are behind. */
  readonly replicationMs: number;
  /** Bounds far below the defaults, so that they are met. */
  readonly tight: boolean;
  /** Chances in 0..1; a kind that is absent is switched off. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}

/** Greatest chance of a kind: a world in which nothing ever gets through shows nothing. */
const GREATEST: Readonly<Record<FaultKind, number>> = {
  'append-refused': 0.3,
  'append-unknown': 0.3,
  'append-partial': 0.3,
  'append-unconfirmed': 0.3,
  'append-reply-lost': 0.3,
  'append-lands-late': 0.2,
  'store-call-fails': 0.2,
  'store-write-reply-lost': 0.2,
  'store-slow': 0.2,
  'primary-crash': 0.08,
  'primary-steps-down': 0.1,
  'replication-held': 0.1,
  'inbox-lost': 0.3,
  'inbox-reply-lost': 0.3,
  'stream-read-fails': 0.3,
  'stream-commit-lost': 0.3,
  'stream-commit-reply-lost': 0.3,
  'stream-commit-lands-late': 0.1,
  'fan-out-drop': 0.5,
  'fan-out-delay': 0.5,
  'fan-out-reconnect': 0.15,
  'fan-out-deaf': 0.1,
  'heartbeat-drop': 0.9,
  'redis-fails-over': 0.1,
  'redis-restarts-empty': 0.08,
  'redis-full': 0.1,
  'redis-silent': 0.08,
  'actor-crash': 0.25,
  'actor-dies-appending': 0.1,
  'actor-stopped': 0.15,
  'actor-drain': 0.15,
  'actor-cut': 0.15,
  'false-death': 0.4,
  'edge-crash': 0.12,
  'edge-drain': 0.08,
  'clock-jump': 0.2,
  'new-generation': 0.04,
  'client-disconnect': 0.15,
  'client-repeat': 0.2,
  'client-slow': 0.15,
};

/** Each seed switches on a random subset: faults that all strike at once hide one another. */
export const planOf = (seed: number): Plan => {
  const random = new SimRandom(seed).stream('plan');
  const share = random.pick([0, 0.2, 0.4, 0.6]);
  const faults: Partial<Record<FaultKind, number>> = {};
  for (const kind of FAULT_KINDS) {
    const on = random.chance(share);
    const chance = Math.ceil(random.next() * GREATEST[kind] * 1_000) / 1_000;
    if (on) faults[kind] = chance;
  }
  return {
    seed,
    durationMs: random.between(6, 24) * 1_000,
    shards: random.between(1, 4),
    actors: random.pick([1, 2, 3, 3]),
    edges: random.between(1, 3),
    people: random.between(2, 6),
    rooms: random.between(1, 3),
    capacity: random.between(2, 5),
    hasty: random.between(0, 3),
    fickle: random.between(0, 2),
    // Drawn apart: the other draws of a seed stay what they were.
    typists: new SimRandom(seed).stream('ephemeral').pick([0, 0, 0, 0, 0, 4]),
    inboxes: new SimRandom(seed).stream('open inboxes').pick([0, 0, 0, 0, 0, 3]),
    paceMs: random.pick([200, 500, 1_000]),
    networkMs: random.pick([1, 5, 20]),
    storeMs: random.pick([1, 5, 30]),
    redisMasters: random.pick([1, 1, 3]),
    replicationMs: random.pick([0, 5, 200]),
    tight: random.chance(0.4),
    faults,
  };
};
