/** The Redis of a simulated world, and what strikes it as a whole and on the way to it. */
import { asShardId } from '@munova/contracts';
import { shardKeys } from '@munova/bus';
import type { ClusterShape } from './cluster-shape.js';
import { FakeRedis, type FakeCall, type FakeMessage, type Fate, type MessageFate } from './fakes/redis/index.js';
import { LATEST_MS, type Faults } from './faults.js';
import type { Plan } from './plan.js';
import type { SimProcess } from './process.js';
import type { Tally } from './tally.js';

export interface BusServerParts {
  readonly plan: Plan;
  readonly shape: () => ClusterShape;
  /** Of no process of the product: the servers go on whoever dies. */
  readonly process: SimProcess;
  readonly faults: Faults;
  readonly tally: Tally;
  readonly say: (what: string) => void;
}

const DOWN_MAX_MS = 4_000; // ms until somebody answers again
const FULL_MAX_MS = 3_000; // ms that it is out of memory
const CLOCK_OFF_MAX_MS = 2_000; // ms that a new primary's clock differs
const DELAY_MAX_MS = 2_000; // ms that a message comes later
const SILENT_ONE_IN = 4; // of calls that get lost: nobody notices before the time limit

export class BusServer {
  readonly redis: FakeRedis;
  readonly faults: Faults;
  readonly tally: Tally;
  /** Those that hear of what they miss, by the names of their processes. */
  readonly ears = new Map<string, { missed(message: string): void }>();
  readonly #parts: BusServerParts;

  constructor(parts: BusServerParts) {
    const { plan, process, faults } = parts;
    this.#parts = parts;
    this.faults = faults;
    this.tally = parts.tally;
    this.redis = new FakeRedis({
      clock: process.clock,
      timers: process.timers,
      ...(plan.redisMasters > 1 && { masters: plan.redisMasters }),
      replicationMs: plan.replicationMs,
      networkMs: () => faults.networkMs(),
      fate: (call) => this.#fateOf(call),
      messageFate: (message) => this.#messageFateOf(message),
    });
  }

  /** The batches that wait in each shard of the present generation, at this moment. */
  waiting(): readonly (readonly string[])[] {
    const { generation, shards } = this.#parts.shape();
    return Array.from({ length: shards }, (_, shard) => {
      const key = shardKeys(generation, asShardId(shard)).in;
      const [reply] = this.redis.serverOf(key).read([{ key, after: '0-0' }], Infinity);
      return (reply?.entries ?? []).map(({ fields }) => fields[3] ?? '');
    });
  }

  /** A moment at which something may happen to a server. */
  upheaval(): void {
    const { faults, plan, say, tally } = this.#parts;
    const master = faults.between(0, plan.redisMasters - 1);
    const downMs = faults.between(0, DOWN_MAX_MS);
    if (faults.strikes('redis-fails-over')) {
      if (this.waiting().some((batches) => batches.length > 0)) tally.met('Redis failed over with batches waiting');
      say(`Redis fails over, and nobody answers for ${String(downMs)} ms`);
      this.redis.failOver({ master, downMs, skewMs: faults.between(-CLOCK_OFF_MAX_MS, CLOCK_OFF_MAX_MS) });
    } else if (faults.strikes('redis-restarts-empty')) {
      if (this.waiting().some((batches) => batches.length > 0)) tally.met('Redis lost batches that waited');
      say(`Redis restarts empty, and nobody answers for ${String(downMs)} ms`);
      this.redis.restartEmpty({ master, downMs });
    } else if (faults.strikes('redis-full')) {
      say('Redis is out of memory');
      this.redis.setFull(true);
      this.#parts.process.timers.after(faults.between(100, FULL_MAX_MS), () => this.redis.setFull(false));
    }
  }

  calm(): void {
    this.redis.setFull(false);
  }

  #fateOf({ what }: FakeCall): Fate {
    const { faults } = this.#parts;
    if (what === 'append') {
      const fate = faults.first('inbox-lost', 'inbox-reply-lost');
      return fate === null ? null : this.#lost(fate === 'inbox-lost' ? 'request' : 'answer');
    }
    if (what === 'commit') {
      const fate = faults.first('stream-commit-lost', 'stream-commit-reply-lost', 'stream-commit-lands-late');
      if (fate === 'stream-commit-lands-late') return { lateMs: faults.between(10, LATEST_MS) };
      return fate === null ? null : this.#lost(fate === 'stream-commit-lost' ? 'request' : 'answer');
    }
    const reads = what === 'read' || what === 'block';
    return reads && faults.strikes('stream-read-fails') ? this.#lost('request') : null;
  }

  #lost(which: 'request' | 'answer'): Fate {
    return `${which}-${this.#parts.faults.between(1, SILENT_ONE_IN) === 1 ? 'lost' : 'reset'}`;
  }

  #messageFateOf({ client, channel, message }: FakeMessage): MessageFate {
    const { faults } = this.#parts;
    const isHint = channel.endsWith(':hb') || channel.endsWith(':eph');
    if (isHint) return faults.strikes('heartbeat-drop') ? 'lost' : null;
    if (faults.strikes('fan-out-drop')) {
      this.ears.get(client)?.missed(message);
      return 'lost';
    }
    return faults.strikes('fan-out-delay') ? { delayMs: faults.between(50, DELAY_MAX_MS) } : null;
  }
}
