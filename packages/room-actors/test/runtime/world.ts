/** Actor nodes over the in-memory bus and store, in a time that stands still. */
import {
  asEpoch,
  asGeneration,
  type Entry,
  type ErrorCode,
  type RoomId,
  type ShardId,
  type ShardStream,
} from '@munova/contracts';
import { MemoryBus, MemoryStore } from '@munova/contracts/memory';
import { ManualRuntime } from '@munova/contracts/testing';
import {
  OwnedShards,
  createActorNode,
  noActorMetrics,
  shardOf,
  type ActorLimits,
  type ActorNode,
} from '../../src/index.js';
import { SimEdge } from './edge.js';
import { StoreFaults, faultyStore } from './faults.js';

export interface WorldOptions {
  readonly seed?: number;
  readonly shards?: number;
  readonly limits?: Partial<ActorLimits>;
}

export class World {
  readonly runtime: ManualRuntime;
  readonly bus: MemoryBus;
  readonly store: MemoryStore;
  readonly faults = new StoreFaults();
  readonly generation = asGeneration('g1');
  readonly counts = { conflicts: 0, appends: 0, setAside: 0, unreadable: 0, abdicated: 0, repeated: 0, activeRooms: 0 };
  readonly failedSteps: string[] = [];
  readonly waitedMs: number[] = [];
  readonly publishedMs: number[] = [];
  readonly laters: ErrorCode[] = [];
  readonly logged: string[] = [];
  /** Fails or holds up a stream commit. */
  beforeStreamCommit: () => Promise<void> = () => Promise.resolve();
  /** Fails or holds up the heartbeat of a shard, or the look at its lag before it. */
  beforeBeat: (shard: ShardId) => Promise<void> = () => Promise.resolve();
  beforeLag: () => Promise<void> = () => Promise.resolve();
  /** Fails or holds up what is whispered. */
  beforeWhisper: () => Promise<void> = () => Promise.resolve();
  owned: OwnedShards;
  node: ActorNode;
  readonly #shards: number;
  readonly #limits: Partial<ActorLimits>;
  #epoch = 0;

  constructor({ seed = 1, shards = 4, limits = {} }: WorldOptions = {}) {
    this.runtime = new ManualRuntime(seed);
    this.bus = new MemoryBus(this.runtime);
    this.store = new MemoryStore(this.runtime);
    this.#shards = shards;
    this.#limits = limits;
    ({ owned: this.owned, node: this.node } = this.#makeNode());
  }

  static async started(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    world.node.start();
    await world.settle();
    return world;
  }

  /** The node is gone without a word, and the next one takes over with a greater epoch. */
  async crashAndRestart(): Promise<void> {
    this.node.stop();
    await this.restart();
  }

  async restart(): Promise<void> {
    ({ owned: this.owned, node: this.node } = this.#makeNode());
    this.node.start();
    await this.settle();
  }

  edge(name = 'edge-1'): Promise<SimEdge> {
    return new SimEdge(name, this.bus, (room) => shardOf(room, this.#shards)).connect();
  }

  async settle(): Promise<void> {
    await this.runtime.settle();
    if (this.runtime.faults.length > 0)
      throw new Error('background work failed', { cause: this.runtime.faults[0]?.error });
  }

  async pass(ms: number): Promise<void> {
    await this.runtime.advance(ms);
    await this.settle();
  }

  async log(room: RoomId): Promise<readonly Entry[]> {
    return this.store.log.readAfter(room, 0 as Entry['seq'], 100_000);
  }

  /** Entries left in the shard of that room. */
  async waiting(room: RoomId): Promise<number> {
    return (await this.bus.read([shardOf(room, this.#shards)], 10_000, 1 << 30, 0)).length;
  }

  /** What waits in the shard of that room is gone, as where a Redis comes back with nothing. */
  async loseWaiting(room: RoomId): Promise<void> {
    const shard = shardOf(room, this.#shards);
    const lost = await this.bus.read([shard], 10_000, 1 << 30, 0);
    await this.bus.commit({
      shard,
      epoch: asEpoch(this.#epoch),
      publish: [],
      remove: lost.map(({ entryId }) => entryId),
    });
  }

  #makeNode(): { owned: OwnedShards; node: ActorNode } {
    this.#epoch += 1;
    const owned = OwnedShards.all(this.#shards, asEpoch(this.#epoch));
    const say = (_fields: Record<string, unknown>, message: string): void => void this.logged.push(message);
    const node = createActorNode({
      runtime: this.runtime,
      store: faultyStore(this.store, this.faults),
      stream: this.#stream(),
      log: { info: say, warn: say, error: say },
      generation: this.generation,
      shards: this.#shards,
      owned,
      limits: this.#limits,
      metrics: {
        ...noActorMetrics,
        committed: () => (this.counts.appends += 1),
        waited: (ms) => this.waitedMs.push(ms),
        published: (ms) => this.publishedMs.push(ms),
        conflict: () => (this.counts.conflicts += 1),
        setAside: () => (this.counts.setAside += 1),
        unreadable: () => (this.counts.unreadable += 1),
        abdicated: () => (this.counts.abdicated += 1),
        repeated: () => (this.counts.repeated += 1),
        activeRooms: (rooms) => (this.counts.activeRooms = rooms),
        storeFailure: (step) => this.failedSteps.push(step),
        later: (code) => this.laters.push(code),
      },
    });
    return { owned, node };
  }

  #stream(): ShardStream {
    return {
      read: (shards, entries, bytes, wait) => this.bus.read(shards, entries, bytes, wait),
      wake: () => this.bus.wake(),
      commit: async (commit) => {
        await this.beforeStreamCommit();
        return this.bus.commit(commit);
      },
      lag: async (shards) => {
        await this.beforeLag();
        return this.bus.lag(shards);
      },
      beat: async (shard, heartbeat) => {
        await this.beforeBeat(shard);
        await this.bus.beat(shard, heartbeat);
      },
      whisper: async (shard, ephemeral) => {
        await this.beforeWhisper();
        await this.bus.whisper(shard, ephemeral);
      },
    };
  }
}
