/**
 * The store as one process reaches it: the product's own adapters over a network that loses, delays and repeats, and
 * what is watched of it. Invariant: what a call does is done at one moment, whatever becomes of its caller.
 */
import {
  AppendError,
  asSeq,
  isRegistered,
  outcomeKeyText,
  type Deployment,
  type GroupCommit,
  type Membership,
  type NodeId,
  type Ownership,
  type RoomId,
  type RoomLog,
} from '@munova/contracts';
import type { ActorStore } from '@munova/room-actors';
import { mongoPortsOver, type MongoPorts } from '@munova/store/mongo-core';
import { FakeMongoClient, type FakeCall, type FakeFault } from './fakes/mongo/index.js';
import { LATEST_MS, SLOW_MS } from './faults.js';
import type { SimProcess } from './process.js';
import type { StoreServer } from './store-server.js';

export interface StoreEvents {
  /** An append begins. */
  onAppend(): void;
  /** Documents leave for the store. @returns ms that they are longer on their way */
  onInsert(): number;
  /** A member was taken for dead by this process. */
  onMarkedDead(node: NodeId): void;
}

const UNWATCHED: StoreEvents = { onAppend: () => undefined, onInsert: () => 0, onMarkedDead: () => undefined };
const SILENT_ONE_IN = 8; // of calls that get lost: nobody notices before the driver's limit

export class StoreClient {
  /** Inserts on their way that have not been decided. */
  inserting = 0;
  /** Simulated ms until which this process alone does not reach the store. */
  cutUntil = 0;
  /** The same for its calls to the members. */
  membersCutUntil = 0;
  readonly #server: StoreServer;
  readonly #process: SimProcess;
  readonly #events: StoreEvents;
  readonly #ports: MongoPorts;
  /** Rooms that were read from the directory. */
  readonly #met = new Set<RoomId>();

  constructor(server: StoreServer, process: SimProcess, events: StoreEvents = UNWATCHED) {
    this.#server = server;
    this.#process = process;
    this.#events = events;
    const client = new FakeMongoClient({
      set: server.set,
      timers: process.timers,
      travel: ({ what, slowMs }, act) => this.#travel(what, slowMs, act),
      fault: (call) => this.#faultOf(call),
    });
    this.#ports = mongoPortsOver(client, process);
  }

  get log(): RoomLog {
    const { log } = this.#ports;
    return {
      append: (commit) => this.#append(commit),
      barrier: () => log.barrier(),
      readAfter: (room, after, limit) => log.readAfter(room, after, limit),
      readPage: (room, bounds, limit) => log.readPage(room, bounds, limit),
      heads: (rooms) => log.heads(rooms),
      findOutcomes: async (keys, now) => {
        const found = await log.findOutcomes(keys, now);
        for (const key of found.keys()) {
          if (this.#server.inDoubt.delete(key)) this.#server.tally.met('duplicate found after a lost reply');
        }
        return found;
      },
    };
  }

  get actorStore(): ActorStore {
    const { projection, directory, memberships, names } = this.#ports;
    return {
      log: this.log,
      projection: {
        project: (updates, settled) => projection.project(updates, settled),
        openIntents: async () => {
          const open = await projection.openIntents();
          if (open.length > 0) this.#server.tally.met('intent found open by a successor');
          return open;
        },
      },
      directory: {
        get: (room) => {
          if (this.#met.has(room)) this.#server.tally.met('room passivated or forgotten and read again');
          this.#met.add(room);
          return directory.get(room);
        },
        getMany: (rooms) => directory.getMany(rooms),
        list: (query) => directory.list(query),
      },
      memberships,
      names,
    };
  }

  get membership(): Membership {
    const { membership } = this.#ports;
    return {
      join: (introduction) => membership.join(introduction),
      renew: (node) => membership.renew(node),
      view: () => membership.view(),
      markDraining: (node) => membership.markDraining(node),
      leave: (node) => membership.leave(node),
      markDead: async (node, beat) => {
        const marked = await membership.markDead(node, beat);
        if (marked) this.#events.onMarkedDead(node);
        return marked;
      },
    };
  }

  get deployment(): Deployment {
    return this.#ports.deployment;
  }

  ownership(shards: number): Ownership {
    return this.#ports.ownership(shards);
  }

  async #append(commit: GroupCommit): Promise<void> {
    this.#events.onAppend();
    try {
      await this.#ports.log.append(commit);
    } catch (error) {
      if (error instanceof AppendError) await this.#appendFailed(commit, error);
      throw error;
    }
  }

  async #appendFailed(commit: GroupCommit, { reason, applied }: AppendError): Promise<void> {
    const { tally, inDoubt } = this.#server;
    if (reason === 'conflict') {
      tally.met('conflict met and planned again');
      if (await this.#isBehindSuccessor(commit)) tally.met('stale owner refused by seq');
    }
    if (applied === 'unknown') for (const document of commit.documents) inDoubt.add(outcomeKeyText(document));
  }

  async #isBehindSuccessor({ documents }: GroupCommit): Promise<boolean> {
    for (const document of documents) {
      if (isRegistered(document)) continue;
      const [there] = await this.#server.logs.readAfter(document.room, asSeq(document.seq - 1), 1);
      if (there !== undefined && there.epoch > document.epoch) return true;
    }
    return false;
  }

  #travel<T>(what: FakeCall['what'], slowMs: number, act: () => Promise<T>): Promise<T> {
    const { faults } = this.#server;
    const [way, answer] = [faults.storeMs() + slowMs, faults.networkMs()];
    // What is slow is the way there, or the answer to what was done long ago.
    const swaps = slowMs === 0 && way >= SLOW_MS && faults.between(0, 1) === 1;
    const [there, back] = swaps ? [answer, way] : [way, answer];
    const acted = what === 'insertMany' ? this.#inserted(act) : act;
    return this.#process.travel({ name: what, there, back, act: acted });
  }

  #inserted<T>(act: () => Promise<T>): () => Promise<T> {
    this.inserting += 1;
    return async () => {
      if (!this.#process.alive) this.#server.tally.met('append of a dead node lands behind its successor’s take-over');
      try {
        return await act();
      } finally {
        this.inserting -= 1;
      }
    };
  }

  #faultOf({ what, collection, documents }: FakeCall): FakeFault | null {
    const { faults } = this.#server;
    const now = this.#process.clock.monotonic();
    if (now < this.cutUntil || (collection === 'nodes' && now < this.membersCutUntil)) return this.#lost();
    if (what === 'insertMany') return this.#insertFault(documents);
    if (faults.strikes('store-call-fails')) return this.#lost();
    const writes = what !== 'find' && what !== 'term';
    return writes && faults.strikes('store-write-reply-lost') ? { kind: 'late', ms: 0 } : null;
  }

  #insertFault(documents: number): FakeFault | null {
    const { faults } = this.#server;
    const slowMs = this.#events.onInsert();
    if (slowMs > 0) return { kind: 'slow', ms: slowMs };
    const fate = faults.first(
      'append-refused',
      'append-unknown',
      'append-partial',
      'append-unconfirmed',
      'append-reply-lost',
      'append-lands-late',
    );
    switch (fate) {
      case 'append-refused':
        return { kind: faults.between(0, 1) === 0 ? 'refused' : 'busy' };
      case 'append-unknown':
        return this.#lost();
      case 'append-partial':
        return { kind: 'half', documents: faults.between(0, documents - 1) };
      case 'append-unconfirmed':
        return { kind: 'unconfirmed' };
      case 'append-reply-lost':
        return this.#silently ? { kind: 'reply-lost' } : { kind: 'late', ms: 0 };
      case 'append-lands-late':
        return { kind: 'late', ms: faults.between(10, LATEST_MS) };
      case null:
        return null;
    }
  }

  #lost(): FakeFault {
    return { kind: this.#silently ? 'request-lost' : 'broken' };
  }

  get #silently(): boolean {
    return this.#server.faults.between(1, SILENT_ONE_IN) === 1;
  }
}
