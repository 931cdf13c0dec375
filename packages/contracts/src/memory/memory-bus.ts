/**
 * Inbox, stream and fan-out of one process. Invariants:
 * 1. A commit is one turn: fence, publication and removal happen together or not at all.
 * 2. No subscriber and no waiting reader runs inside `append` or `commit`: both are served in a
 *    deferred turn, which also lets what one turn appends be read together.
 * 3. Publications are delivered in the order of their commits; nothing is published to an edge
 *    without a subscriber.
 * 4. A fence only rises.
 */
import type { EdgeId, Epoch, ShardId } from '../ids.js';
import { INBOX_MAX_BYTES, INBOX_MAX_ENTRIES, INBOX_TOTAL_MAX_BYTES } from '../limits.js';
import type {
  AppendRequest,
  AppendVerdict,
  CommandInbox,
  FanOut,
  FanOutListener,
  FanOutSubscription,
  InboxLag,
  ShardCommit,
  ShardStream,
  StreamEntry,
} from '../ports/inbox.js';
import type { Runtime } from '../ports/runtime.js';
import { ShardQueue, type InboxCaps, type InboxTotal } from './shard-queue.js';

interface Waiter {
  readonly shards: ReadonlySet<ShardId>;
  /** Ends the wait, in a deferred turn where there is something to read. */
  readonly end: () => void;
}

interface Subscriber {
  readonly listener: FanOutListener;
  ended: boolean;
}

/** One publication under way to one subscriber. */
interface Publication {
  readonly subscriber: Subscriber;
  readonly hear: (listener: FanOutListener) => void;
}

const NO_LAG: InboxLag = { entries: 0, bytes: 0 };

const DEFAULT_CAPS: InboxCaps = { maxEntries: INBOX_MAX_ENTRIES, maxBytes: INBOX_MAX_BYTES };

export class MemoryBus implements CommandInbox, ShardStream, FanOut {
  readonly #runtime: Pick<Runtime, 'timers' | 'spawn'>;
  readonly #caps: InboxCaps;
  readonly #total: InboxTotal;
  readonly #queues = new Map<ShardId, ShardQueue>();
  readonly #fences = new Map<ShardId, Epoch>();
  readonly #waiters = new Set<Waiter>();
  readonly #subscribers = new Map<EdgeId, Set<Subscriber>>();
  /** Committed and not yet delivered; emptied once a turn, and filled by no more than the inboxes held. */
  #published: Publication[] = [];
  /** Each read begins at another shard, so that one which fills every read cannot starve the rest. */
  #turn = 0;

  constructor(runtime: Pick<Runtime, 'timers' | 'spawn'>, caps: InboxCaps = DEFAULT_CAPS) {
    this.#runtime = runtime;
    this.#caps = caps;
    this.#total = { maxBytes: caps.maxTotalBytes ?? INBOX_TOTAL_MAX_BYTES, bytes: 0 };
  }

  async append(shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> {
    const verdicts = this.#queue(shard).append(requests);
    if (verdicts.includes('accepted')) this.#announce(shard);
    return verdicts;
  }

  async read(
    shards: readonly ShardId[],
    maxEntries: number,
    maxBytes: number,
    waitMs: number,
  ): Promise<readonly StreamEntry[]> {
    const there = this.#take(shards, maxEntries, maxBytes);
    if (there.length > 0 || waitMs <= 0) return there;
    await this.#wait(shards, waitMs);
    return this.#take(shards, maxEntries, maxBytes);
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter.end();
  }

  async commit({ shard, epoch, publish, remove }: ShardCommit): Promise<'committed' | 'fenced'> {
    const fence = this.#fences.get(shard);
    if (fence !== undefined && fence > epoch) return 'fenced';
    this.#fences.set(shard, epoch);
    for (const { edge, packed } of publish) this.#publish(edge, (listener) => listener.onPacked(packed));
    this.#queues.get(shard)?.remove(remove);
    return 'committed';
  }

  async lag(shards: readonly ShardId[]): Promise<ReadonlyMap<ShardId, InboxLag>> {
    return new Map(shards.map((shard) => [shard, this.#queues.get(shard)?.lag ?? NO_LAG]));
  }

  async beat(_shard: ShardId, heartbeat: string): Promise<void> {
    this.#publishToAll((listener) => listener.onHeartbeat(heartbeat));
  }

  async whisper(_shard: ShardId, ephemeral: string): Promise<void> {
    this.#publishToAll((listener) => listener.onEphemeral(ephemeral));
  }

  async subscribe(edge: EdgeId, listener: FanOutListener): Promise<FanOutSubscription> {
    const subscriber: Subscriber = { listener, ended: false };
    const ofEdge = this.#subscribers.get(edge) ?? new Set();
    this.#subscribers.set(edge, ofEdge.add(subscriber));
    const end = async (): Promise<void> => {
      subscriber.ended = true;
      ofEdge.delete(subscriber);
      if (ofEdge.size === 0 && this.#subscribers.get(edge) === ofEdge) this.#subscribers.delete(edge);
    };
    return { renew: async () => undefined, end };
  }

  #queue(shard: ShardId): ShardQueue {
    const known = this.#queues.get(shard);
    if (known !== undefined) return known;
    const made = new ShardQueue(shard, this.#caps, this.#total);
    this.#queues.set(shard, made);
    return made;
  }

  #take(shards: readonly ShardId[], maxEntries: number, maxBytes: number): readonly StreamEntry[] {
    const taken: StreamEntry[] = [];
    const budget = { entries: maxEntries, bytes: maxBytes };
    const first = this.#turn % Math.max(shards.length, 1);
    for (const shard of [...shards.slice(first), ...shards.slice(0, first)]) {
      if (this.#queues.get(shard)?.read(budget, taken) === false) break;
    }
    if (taken.length > 0) this.#turn += 1;
    return taken;
  }

  async #wait(shards: readonly ShardId[], waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { shards: new Set(shards), end: resolve };
    this.#waiters.add(waiter);
    const timer = this.#runtime.timers.after(waitMs, resolve);
    await promise;
    timer.cancel();
    this.#waiters.delete(waiter);
  }

  #announce(shard: ShardId): void {
    for (const waiter of this.#waiters) {
      if (!waiter.shards.has(shard)) continue;
      // Taken out at once, so that a burst of appends ends each wait by one turn, not by one each.
      this.#waiters.delete(waiter);
      this.#runtime.spawn.defer(waiter.end);
    }
  }

  #publishToAll(hear: Publication['hear']): void {
    for (const edge of this.#subscribers.keys()) this.#publish(edge, hear);
  }

  #publish(edge: EdgeId, hear: Publication['hear']): void {
    for (const subscriber of this.#subscribers.get(edge) ?? []) {
      this.#published.push({ subscriber, hear });
      if (this.#published.length === 1) this.#runtime.spawn.defer(() => this.#deliver());
    }
  }

  #deliver(): void {
    const published = this.#published;
    this.#published = [];
    for (const { subscriber, hear } of published) {
      if (subscriber.ended) continue;
      try {
        hear(subscriber.listener);
      } catch (error) {
        // One edge's bug is reported, and keeps nothing from the others.
        this.#runtime.spawn.background('fan-out subscriber', () => Promise.reject(error));
      }
    }
  }
}
