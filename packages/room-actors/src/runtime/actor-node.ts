/**
 * An actor node: reads the shards it owns, and runs their rooms. Invariants:
 * 1. A shard is read only behind a barrier, and after the intents that its predecessor left open were replayed.
 * 2. A lost shard takes its rooms with it at once; whatever was under way for them is let go of.
 * 3. After `drain` nothing that was read is unresolved, and no room is ahead of the directory, unless
 *    the store or the stream failed for DRAIN_PATIENCE_MS.
 */
import {
  ChatError,
  DRAIN_PATIENCE_MS,
  INTENT_SWEEP_MS,
  PASSIVATE_AFTER_MS,
  RESERVATION_GRACE_MS,
  WATCH_EXPIRY_MS,
  pause,
  type Epoch,
  type Generation,
  type Intent,
  type Log,
  type RoomId,
  type Runtime,
  type ShardId,
  type ShardStream,
} from '@munova/contracts';
import { MessagePath } from '../message-path.js';
import { shardOf } from '../sharding/shard-of.js';
import { SOLE_AUTHORITY, type Authority } from './authority.js';
import { messageOf, type ActorStore, type Environment } from './environment.js';
import { Failures } from './failures.js';
import { Heartbeats } from './heartbeats.js';
import { IntentSweep } from './intent-sweep.js';
import { replayIntents, visitRoom } from './intents.js';
import { DEFAULT_ACTOR_LIMITS, type ActorLimits } from './limits.js';
import { noActorMetrics, type ActorMetrics } from './metrics.js';
import { SeenReservations, settleName } from './name-sweeper.js';
import type { OwnedShards } from './owned-shards.js';
import { Preparation } from './preparation.js';
import { Projector } from './projector.js';
import { Publisher } from './publisher.js';
import { Reader } from './reader.js';
import { every, persistently } from './retry.js';
import type { RoomActor } from './room-actor.js';
import { Rooms } from './rooms.js';
import { Shard } from './shard.js';
import { SharedCall } from './shared-call.js';

export interface ActorNodeOptions {
  readonly runtime: Runtime;
  readonly store: ActorStore;
  readonly stream: ShardStream;
  readonly log: Log;
  readonly generation: Generation;
  /** Shards of the whole deployment. */
  readonly shards: number;
  /** Those of this process; may change while it runs, also by the node itself, which abdicates. */
  readonly owned: OwnedShards;
  /** SOLE_AUTHORITY when absent. */
  readonly authority?: Authority;
  readonly metrics?: ActorMetrics;
  readonly limits?: Partial<ActorLimits>;
}

export interface ActorNode {
  /** Pairs of room and edge that are watched, in all its shards. */
  readonly watches: number;
  /** The newest version of an envelope that this node met in the shard's stream. */
  needs(shard: ShardId): number;
  /** Owns what `owned` holds and begins to read. */
  start(): void;
  /** Reads this shard no more, finishes what was read of it, projects its rooms, and gives it up here. */
  handOver(shard: ShardId): Promise<void>;
  /** Does the same with all shards at once, and stops. */
  drain(): Promise<void>;
  /** Ends at once, as a crash would: what is under way is let go of. Idempotent. */
  stop(): void;
}

/** Why a shard is given up that nobody takes away. */
const HANDED_OVER = 'handed over';

export const createActorNode = (options: ActorNodeOptions): ActorNode => new Node(options);

class Node implements ActorNode {
  readonly #env: Environment;
  readonly #owned: OwnedShards;
  readonly #shardCount: number;
  readonly #shards = new Map<ShardId, Shard>();
  readonly #projector: Projector;
  readonly #rooms: Rooms;
  readonly #path: MessagePath;
  readonly #publisher: Publisher;
  readonly #reader: Reader;
  readonly #barrier: SharedCall<void>;
  readonly #openIntents: SharedCall<readonly Intent[]>;
  readonly #heartbeats: Heartbeats;
  readonly #intents: IntentSweep;
  readonly #reservations: SeenReservations;
  #endings: (() => void)[] = [];
  /** Whoever waits for shards to have nothing unresolved. */
  readonly #waiting = new Set<() => void>();

  constructor(options: ActorNodeOptions) {
    const { runtime, store, stream, log, generation, authority = SOLE_AUTHORITY, metrics = noActorMetrics } = options;
    const env = { runtime, store, stream, log, generation, authority, metrics, limits: limitsOf(options) };
    this.#env = env;
    this.#owned = options.owned;
    this.#shardCount = options.shards;
    this.#barrier = new SharedCall(() => store.log.barrier());
    this.#openIntents = new SharedCall(() => store.projection.openIntents());
    this.#projector = new Projector(env);
    this.#heartbeats = new Heartbeats(env);
    this.#intents = new IntentSweep(env, (room) => this.#rouse(room));
    this.#reservations = new SeenReservations(env);
    this.#rooms = new Rooms(env, this.#projector, (room) => this.#path.advance(room));
    this.#path = new MessagePath({
      env,
      rooms: this.#rooms,
      preparation: new Preparation(env, this.#projector, this.#barrier),
      projector: this.#projector,
      failures: new Failures(env, (room) => this.#path.advance(room)),
      onSuperseded: (shard, why) => this.#abdicate(shard, why),
    });
    this.#reader = new Reader(env, (shard, entries) => {
      this.#path.receive(shard, entries);
      if (shard.unresolved === 0) this.#reader.readable(shard);
    });
    this.#publisher = new Publisher(env, {
      removed: (shard, entries) => this.#removed(shard, entries),
      fenced: (shard) => this.#abdicate(shard, 'fenced'),
    });
  }

  get watches(): number {
    return [...this.#shards.values()].reduce((sum, { watches }) => sum + watches.size, 0);
  }

  needs(shard: ShardId): number {
    return this.#shards.get(shard)?.needs ?? 1;
  }

  start(): void {
    const { timers, clock } = this.#env.runtime;
    this.#reader.start();
    this.#endings = [
      this.#owned.listen({
        acquired: (shard, epoch) => this.#acquired(shard, epoch),
        lost: (shard, why) => this.#lost(shard, why),
      }),
      this.#heartbeats.start(() => this.#shards.values()),
      every(timers, PASSIVATE_AFTER_MS / 4, () => this.#rooms.sweep()),
      every(timers, WATCH_EXPIRY_MS / 4, () => {
        for (const { watches } of this.#shards.values()) watches.sweep(clock.monotonic());
      }),
      every(timers, RESERVATION_GRACE_MS / 2, () => {
        this.#env.runtime.spawn.background('sweep names', () => this.#sweepNames());
      }),
      every(timers, INTENT_SWEEP_MS, () => {
        this.#env.runtime.spawn.background('sweep intents', () => this.#intents.sweep());
      }),
    ];
  }

  async handOver(id: ShardId): Promise<void> {
    const shard = this.#shards.get(id);
    if (shard === undefined) return;
    await this.#finish(new Set([shard]));
    this.#abdicate(shard, HANDED_OVER);
  }

  async drain(): Promise<void> {
    this.#reader.stop();
    await this.#finish(new Set(this.#shards.values()));
    this.stop();
  }

  async #finish(shards: ReadonlySet<Shard>): Promise<void> {
    for (const shard of shards) {
      shard.leaving = true;
      this.#reader.lost(shard);
    }
    await Promise.race([this.#quiet(shards), pause(this.#env.runtime.timers, DRAIN_PATIENCE_MS)]);
    try {
      await this.#rooms.projectAll(shards);
    } catch (error) {
      this.#env.log.warn({ error: messageOf(error) }, 'not every room was projected; their logs are whole');
    }
  }

  stop(): void {
    for (const end of this.#endings.splice(0)) end();
    this.#reader.stop();
    this.#projector.stop();
    for (const shard of this.#shards.values()) this.#close(shard);
  }

  #acquired(id: ShardId, epoch: Epoch): void {
    const shard = new Shard(id, epoch, this.#env.limits.watchesPerShard, (s) => this.#publisher.schedule(s));
    this.#shards.set(id, shard);
    this.#heartbeats.beat(shard);
    this.#env.runtime.spawn.background('take over', () => this.#takeOver(shard));
  }

  async #takeOver(shard: Shard): Promise<void> {
    const { runtime, log, metrics } = this.#env;
    await persistently(
      runtime,
      () => shard.open,
      () => this.#barrier.make(),
      (error) => {
        metrics.storeFailure('barrier');
        log.warn({ shard: shard.id, error: messageOf(error) }, 'the barrier before a shard failed and is tried again');
      },
    );
    await replayIntents(
      this.#env,
      shard,
      () => this.#openIntents.make(),
      (room) => this.#shardOf(room) === shard.id,
      (room) => visitRoom(this.#room(room, shard), (actor) => this.#path.advance(actor)),
    );
    shard.taken = shard.open;
    this.#reader.readable(shard);
  }

  #lost(id: ShardId, why: string): void {
    const shard = this.#shards.get(id);
    if (!shard) return;
    if (why !== HANDED_OVER) {
      this.#env.metrics.abdicated();
      this.#env.log.warn({ shard: id, epoch: shard.epoch, why }, 'a shard was given up');
    }
    this.#close(shard);
  }

  #abdicate(shard: Shard, why: string): void {
    if (shard.open) this.#owned.abdicate(shard.id, why);
  }

  #close(shard: Shard): void {
    shard.open = false;
    this.#shards.delete(shard.id);
    this.#reader.lost(shard);
    this.#rooms.dropShard(shard);
    this.#checkQuiet();
  }

  #removed(shard: Shard, entries: number): void {
    shard.unresolved -= entries;
    if (shard.unresolved > 0) return;
    this.#reader.readable(shard);
    this.#checkQuiet();
  }

  /** Resolves once none of them has anything unresolved, or is open. */
  #quiet(shards: ReadonlySet<Shard>): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        for (const shard of shards) if (shard.open && shard.unresolved > 0) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  #checkQuiet(): void {
    for (const check of this.#waiting) check();
  }

  async #sweepNames(): Promise<void> {
    try {
      for (const { name, room: id } of await this.#reservations.stale()) {
        const room = this.#ownRoom(id);
        if (room === null) continue;
        room.errands.push(() => settleName(this.#env, room, name));
        this.#path.advance(room);
      }
    } catch (error) {
      this.#env.log.warn({ error: messageOf(error) }, 'reserved names were not swept');
    }
  }

  /** Its log is read to the end, and what its record lacks projected; another node's room is that node's affair. */
  #rouse(id: RoomId): void {
    const room = this.#ownRoom(id);
    if (room === null) return;
    room.errands.push(async () => void (room.stale = true));
    this.#path.advance(room);
  }

  #shardOf(room: RoomId): ShardId {
    return shardOf(room, this.#shardCount);
  }

  /** Null where its shard is not owned here, or not taken over yet. */
  #ownRoom(id: RoomId): RoomActor | null {
    const shard = this.#shards.get(this.#shardOf(id));
    return shard?.taken ? this.#room(id, shard) : null;
  }

  #room(id: RoomId, shard: Shard): RoomActor {
    const room = this.#rooms.of(id, shard);
    if (room === null) throw new ChatError('busy', 'every room in memory is at work');
    return room;
  }
}

const limitsOf = ({ limits }: ActorNodeOptions): ActorLimits => ({ ...DEFAULT_ACTOR_LIMITS, ...limits });
