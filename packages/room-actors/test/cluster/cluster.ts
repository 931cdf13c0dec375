/** Several actor nodes over one store and one bus in memory, in a time that stands still. */
import {
  ChatError,
  WIRE_VERSION,
  asGeneration,
  asShardId,
  type Membership,
  type NodeId,
  type Ownership,
  type RoomId,
} from '@munova/contracts';
import { MemoryBus, MemoryMembership, MemoryOwnership, MemoryStore } from '@munova/contracts/memory';
import { ManualRuntime } from '@munova/contracts/testing';
import { createClusterNode, shardOf, type ClusterNode } from '../../src/index.js';
import { SimEdge } from '../runtime/edge.js';

export const SHARDS = 16;

/** One process, which the store may not reach. */
export interface Machine {
  readonly cluster: ClusterNode;
  /** Its calls to the members and owners fail. */
  cut: boolean;
  dead: boolean;
}

export class Cluster {
  readonly runtime = new ManualRuntime();
  readonly bus = new MemoryBus(this.runtime);
  readonly store = new MemoryStore(this.runtime);
  readonly membership = new MemoryMembership();
  readonly ownership = new MemoryOwnership(SHARDS);
  readonly machines: Machine[] = [];
  /** `shard epoch owner`, whenever a node took one over or gave one up. */
  readonly changes: string[] = [];
  /** The store answers nobody. */
  stalled = false;

  start(...names: readonly string[]): Promise<Machine[]> {
    return this.startReading(WIRE_VERSION, ...names);
  }

  /** Of a later version, by what they say of themselves. */
  async startReading(version: number, ...names: readonly string[]): Promise<Machine[]> {
    const started = names.map((name) => this.#machine(name, version));
    for (const { cluster } of started) cluster.start();
    await this.runtime.settle();
    return started;
  }

  async pass(ms: number): Promise<void> {
    await this.runtime.advance(ms);
    const [fault] = this.runtime.faults;
    if (fault !== undefined) throw new Error(`${fault.name} failed`, { cause: fault.error });
  }

  edge(): Promise<SimEdge> {
    return new SimEdge('edge-1', this.bus, (room: RoomId) => shardOf(room, SHARDS)).connect();
  }

  /** Shards that the machine serves, as the store and it agree. */
  async served({ cluster }: Machine): Promise<number[]> {
    const records = await this.ownership.shards();
    return records
      .filter(({ shard, owner, epoch }) => owner === cluster.node && cluster.owned.epochOf(shard) === epoch)
      .map(({ shard }) => shard);
  }

  /** Names of the members, with what they are. */
  async members(): Promise<ReadonlyMap<NodeId, string>> {
    return new Map((await this.membership.view()).nodes.map(({ node, status }) => [node, status]));
  }

  #machine(name: string, version: number): Machine {
    const say = (): void => undefined;
    const machine = { cut: false, dead: false };
    const cluster = createClusterNode({
      runtime: this.runtime,
      store: this.store,
      stream: this.bus,
      log: { info: say, warn: say, error: say },
      generation: asGeneration('g1'),
      shards: SHARDS,
      membership: this.#reached(this.membership, machine),
      ownership: this.#reached(this.ownership, machine),
      name,
      introduction: { reads: { from: 1, to: version }, address: null },
      onDead: () => (machine.dead = true),
    });
    cluster.owned.listen({
      acquired: (shard, epoch) => this.changes.push(`${String(shard)} ${String(epoch)} ${name}`),
      lost: (shard) => this.changes.push(`${String(shard)} - ${name}`),
    });
    const made = Object.assign(machine, { cluster });
    this.machines.push(made);
    return made;
  }

  /** The same port, whose calls fail while the machine is cut off or the store is stalled. */
  #reached<P extends Membership | Ownership>(port: P, machine: { readonly cut: boolean }): P {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          if (machine.cut || this.stalled) throw new ChatError('unavailable');
          return Reflect.apply(method, target, args) as unknown;
        };
      },
    });
  }
}

export const ALL_SHARDS = Array.from({ length: SHARDS }, (_, i) => asShardId(i));
