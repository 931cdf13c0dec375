/** The metrics of this process, all of them, for Prometheus. */
import type { Epoch, InboxLag, ShardId } from '@munova/contracts';
import type { RedisTrouble } from '@munova/bus/ioredis';
import type { ActorMetrics } from '@munova/room-actors';
import type { EdgeMetrics, RestMetrics } from '@munova/edge';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** A call to a server is over. */
type ServerCall = (seconds: number, call: string, outcome: 'ok' | 'failed') => void;

/** The shards of this process at one moment. */
export interface ShardStates {
  readonly epochs: ReadonlyMap<ShardId, Epoch>;
  /** Null where Redis does not say. */
  readonly lag: ReadonlyMap<ShardId, InboxLag> | null;
  /** Pairs of room and edge. */
  readonly watches: number;
}

/** Each group is there from its first use on, so that a process shows those of its role only. */
export interface ProcessMetrics {
  readonly actors: ActorMetrics;
  readonly ownership: OwnershipMetrics;
  readonly stomp: EdgeMetrics;
  readonly rest: RestMetrics;
  readonly redis: ServerCall;
  readonly mongo: ServerCall;
  /** Shows what somebody has to mend at Redis now. */
  readonly redisTroubles: (troubles: readonly RedisTrouble[]) => void;
  /** Shows the connections, which are counted when the metrics are read. */
  showConnections(count: () => number): void;
  /** Shows the shards as they are when the metrics are read. */
  showShards(read: () => Promise<ShardStates>): void;
  /** In Prometheus's text format. */
  text(): Promise<string>;
}

/** What happens to the shards of an actor node. */
export interface OwnershipMetrics {
  takenOver(): void;
  barrier(seconds: number): void;
}

export const createMetrics = (): ProcessMetrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const make = new Maker(registry);
  const refreshers: (() => Promise<void>)[] = [];
  const once = <T>(group: (make: Maker) => T): (() => T) => {
    let made: T | undefined;
    return () => (made ??= group(make));
  };
  const groups = {
    actors: once(actorMetrics),
    ownership: once(ownershipMetrics),
    stomp: once(stompMetrics),
    rest: once(restMetrics),
    redis: once(serverMetrics('redis', 'Redis')),
    mongo: once(serverMetrics('mongo', 'MongoDB')),
    redisTroubles: once(troubleMetrics),
  };
  return {
    get actors() {
      return groups.actors();
    },
    get ownership() {
      return groups.ownership();
    },
    get stomp() {
      return groups.stomp();
    },
    get rest() {
      return groups.rest();
    },
    get redis() {
      return groups.redis();
    },
    get mongo() {
      return groups.mongo();
    },
    get redisTroubles() {
      return groups.redisTroubles();
    },
    showConnections: (count) => {
      const show = make.gauge('munova_connections', 'WebSocket and TCP connections');
      refreshers.push(async () => show(count()));
    },
    showShards: (read) => {
      const show = shardMetrics(make);
      refreshers.push(async () => show(await read()));
    },
    text: async () => {
      for (const refresh of refreshers) await refresh();
      return registry.metrics();
    },
  };
};

/** Makes metrics as the functions that move them. */
class Maker {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Counts by one, or by what it is given. */
  count(name: string, help: string): (by?: number) => void {
    const counter = new Counter({ name, help, registers: [this.#registry] });
    return (by) => {
      counter.inc(by);
    };
  }

  /** Counts by one under the values of the labels. */
  countBy(name: string, help: string, ...labelNames: readonly string[]): (...values: readonly string[]) => void {
    const counter = new Counter({ name, help, labelNames, registers: [this.#registry] });
    return (...values) => {
      counter.labels(...values).inc();
    };
  }

  observe(name: string, help: string, buckets: number[]): (value: number) => void {
    const histogram = new Histogram({ name, help, buckets, registers: [this.#registry] });
    return (value) => {
      histogram.observe(value);
    };
  }

  observeBy(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: readonly string[]
  ): (value: number, ...values: readonly string[]) => void {
    const histogram = new Histogram({ name, help, buckets, labelNames, registers: [this.#registry] });
    return (value, ...values) => {
      histogram.labels(...values).observe(value);
    };
  }

  /** Sets the values by their label, and forgets those that are not given. */
  gaugeBy(name: string, help: string, label: string): (values: ReadonlyMap<string | number, number>) => void {
    const gauge = new Gauge({ name, help, labelNames: [label], registers: [this.#registry] });
    return (values) => {
      gauge.reset();
      for (const [key, value] of values) gauge.labels(String(key)).set(value);
    };
  }

  gauge(name: string, help: string): (value: number) => void {
    const gauge = new Gauge({ name, help, registers: [this.#registry] });
    return (value) => {
      gauge.set(value);
    };
  }
}

const actorMetrics = (make: Maker): ActorMetrics => {
  const documents = make.observe('munova_commit_documents', 'Documents of a group commit', SIZES);
  const commit = make.observe('munova_commit_seconds', 'Time of a group commit', SECONDS);
  const waited = make.observe(
    'munova_command_wait_seconds',
    'Time from reading a command to its group commit',
    SECONDS,
  );
  const published = make.observe(
    'munova_publish_seconds',
    'Time from durable to published, of a stream commit',
    SECONDS,
  );
  return {
    committed: (count, ms) => {
      documents(count);
      commit(ms / 1_000);
    },
    waited: (ms) => waited(ms / 1_000),
    published: (ms) => published(ms / 1_000),
    read: make.count('munova_inbox_batches_read_total', 'Batches read from the shards'),
    conflict: make.count('munova_append_conflicts_total', 'Appends that met what was there'),
    storeFailure: make.countBy('munova_store_failures_total', 'Failures of the store', 'step'),
    repeated: make.count('munova_repeated_commands_total', 'Commands answered with a stored outcome'),
    refused: make.countBy('munova_refused_commands_total', 'Commands refused for good', 'code'),
    later: make.countBy('munova_postponed_commands_total', 'Commands answered "later"', 'code'),
    unanswered: make.count('munova_unanswered_commands_total', "Commands left to their edge's retry"),
    setAside: make.count('munova_poisoned_entries_total', 'Stream entries set aside'),
    unreadable: make.count('munova_unreadable_entries_total', 'Stream entries of a newer version'),
    publishRetried: make.count('munova_publish_retries_total', 'Stream commits repeated'),
    abdicated: make.count('munova_shards_abdicated_total', 'Shards given up'),
    activeRooms: make.gauge('munova_active_rooms', 'Rooms in memory'),
    mailboxDepth: make.observe('munova_mailbox_commands', 'Commands waiting in a room when it was planned', SIZES),
  };
};

const ownershipMetrics = (make: Maker): OwnershipMetrics => ({
  takenOver: make.count('munova_shards_taken_over_total', 'Shards that this process took over'),
  barrier: make.observe('munova_barrier_seconds', 'Time of a barrier', SECONDS),
});

const shardMetrics = (make: Maker): ((states: ShardStates) => void) => {
  const owned = make.gauge('munova_shards_owned', 'Shards of this process');
  const watches = make.gauge('munova_watches', 'Pairs of room and edge that are watched');
  const epochs = make.gaugeBy('munova_shard_epoch', 'Epoch under which a shard is owned', 'shard');
  const batches = make.gaugeBy('munova_shard_lag_batches', 'Batches that wait in a shard', 'shard');
  const bytes = make.gaugeBy('munova_shard_lag_bytes', 'Bytes that wait in a shard', 'shard');
  return ({ epochs: held, lag, watches: pairs }) => {
    owned(held.size);
    watches(pairs);
    epochs(held);
    batches(new Map([...(lag ?? [])].map(([shard, { entries }]) => [shard, entries])));
    bytes(new Map([...(lag ?? [])].map(([shard, { bytes: waiting }]) => [shard, waiting])));
  };
};

const serverMetrics =
  (name: string, called: string) =>
  (make: Maker): ServerCall =>
    make.observeBy(`munova_${name}_seconds`, `Time of a call to ${called}`, SECONDS, 'call', 'outcome');

const troubleMetrics = (make: Maker): ((troubles: readonly RedisTrouble[]) => void) => {
  const show = make.gaugeBy('munova_redis_troubles', 'What somebody has to mend at Redis', 'kind');
  const none: [RedisTrouble['kind'], number][] = [
    ['evicts', 0],
    ['no-stream', 0],
  ];
  return (troubles) => {
    const counts = new Map(none);
    for (const { kind } of troubles) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    show(counts);
  };
};

const stompMetrics = (make: Maker): EdgeMetrics => {
  const disconnected = make.countBy(
    'munova_disconnects_total',
    'Connections ended, by the code that ended them',
    'transport',
    'code',
  );
  const appended = make.observe('munova_append_seconds', 'Time until a batch is in its shard', SECONDS);
  const settled = make.observe('munova_answer_seconds', 'Time from there until a batch is answered', SECONDS);
  const turnedAway = make.countBy('munova_connects_refused_total', 'Connections not let in', 'status');
  return {
    connected: make.countBy('munova_connects_total', 'Connections taken in', 'transport'),
    disconnected: (transport, code) => {
      disconnected(transport, code ?? 'none');
    },
    turnedAway: (status) => {
      turnedAway(String(status));
    },
    answered: make.countBy('munova_sends_answered_total', 'SENDs answered', 'status'),
    refused: make.countBy('munova_refusals_total', 'Refusals said to clients', 'code'),
    delivered: make.count('munova_deliveries_total', "MESSAGE frames put into clients' queues"),
    encoded: make.count('munova_encodes_total', 'MESSAGE frames encoded'),
    suffixRead: make.count('munova_suffix_entries_total', 'Entries read from the log for clients that were behind'),
    gapFound: make.count('munova_gaps_repaired_total', 'Losses of the fan-out that were read from the log'),
    repeated: make.count('munova_repeated_batches_total', 'Batches appended again'),
    appended: (ms) => appended(ms / 1_000),
    settled: (ms) => settled(ms / 1_000),
    inboundHeld: make.gauge('munova_inbound_held_bytes', 'Bytes of commands held unanswered, about'),
    ephemeralDropped: make.countBy(
      'munova_ephemeral_dropped_total',
      'Typing and read marks that were not told, by why',
      'reason',
    ),
    inboxLooked: make.count('munova_inbox_looks_total', 'Inboxes of users compared with the directory'),
  };
};

const restMetrics = (make: Maker): RestMetrics => {
  const answered = make.observeBy('munova_rest_seconds', 'Time of a REST call', SECONDS, 'method', 'route', 'status');
  return {
    answered: (method, route, status, seconds) => {
      answered(seconds, method, route, String(status));
    },
    rateLimited: make.count('munova_rest_rate_limited_total', 'REST calls refused for their rate'),
  };
};
