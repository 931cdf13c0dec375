/** An actor node of the product in the simulated world, and what must hold of its lease and its shards. */
import { COMMIT_MAX_DOCUMENTS, COMMIT_SPACING_MS, type Log, type NodeId, type ShardId } from '@munova/contracts';
import { createClusterNode, noActorMetrics, type ClusterNode } from '@munova/room-actors';
import type { Plan } from './plan.js';
import type { SimProcess } from './process.js';
import { streamOf } from './bus-client.js';
import type { ClusterShape } from './cluster-shape.js';
import type { BusServer } from './bus-server.js';
import { StoreClient, type StoreEvents } from './store-client.js';
import type { StoreServer } from './store-server.js';
import type { Tally } from './tally.js';

export interface ActorParts {
  /** Stays over restarts. */
  readonly name: string;
  readonly process: SimProcess;
  readonly plan: Plan;
  readonly busServer: BusServer;
  readonly storeServer: StoreServer;
  readonly shape: ClusterShape;
  readonly log: Log;
  readonly tally: Tally;
  /** Others took it for dead: it exits. */
  readonly onDead: () => void;
  readonly onAcquired: (shard: ShardId) => void;
  readonly storeEvents: StoreEvents;
}

const TIGHT = { mailboxCommands: 8, activeRooms: 2, commitDocuments: 3 };
const USUAL = { commitDocuments: COMMIT_MAX_DOCUMENTS, commitSpacingMs: COMMIT_SPACING_MS };

export class Actor {
  readonly name: string;
  readonly process: SimProcess;
  readonly store: StoreClient;
  draining = false;
  /** Simulated ms until which its writes may take long. */
  slowUntil = 0;
  readonly #node: ClusterNode;

  constructor(parts: ActorParts) {
    const { name, process, plan, busServer, storeServer, log, tally, onDead, onAcquired } = parts;
    const { generation, shards } = parts.shape;
    this.name = name;
    this.process = process;
    this.store = new StoreClient(storeServer, process, parts.storeEvents);
    this.#node = createClusterNode({
      runtime: process,
      store: this.store.actorStore,
      stream: streamOf(busServer, process, generation),
      log,
      generation,
      shards,
      membership: this.store.membership,
      ownership: this.store.ownership(shards),
      name,
      introduction: { reads: { from: 1, to: 1 }, address: null },
      onDead,
      metrics: noActorMetrics,
      limits: plan.tight ? TIGHT : USUAL,
    });
    let lapsed = false;
    this.#node.owned.listen({
      acquired: (shard) => {
        if (lapsed) tally.met('lease ran out and came back as another incarnation');
        lapsed = false;
        onAcquired(shard);
      },
      lost: (_shard, why) => {
        lapsed ||= why === 'the lease ran out';
        if (why === 'handed over') tally.met('shard handed over');
      },
    });
  }

  get node(): NodeId {
    return this.#node.node;
  }

  /** By its own clock. */
  get holdsLease(): boolean {
    return this.process.clock.monotonic() < this.#node.heldUntil;
  }

  serves(shard: ShardId): boolean {
    return this.process.alive && this.holdsLease && this.#node.owned.epochOf(shard) !== null;
  }

  start(): void {
    this.#node.start();
  }

  async drain(): Promise<void> {
    this.draining = true;
    await this.#node.drain();
  }
}
