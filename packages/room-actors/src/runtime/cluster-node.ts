import {
  DRAIN_NODE_MS,
  pause,
  type Membership,
  type NodeId,
  type NodeIntroduction,
  type Ownership,
} from '@munova/contracts';
import { createActorNode, type ActorNode, type ActorNodeOptions } from './actor-node.js';
import { messageOf } from './environment.js';
import { Lease } from './lease.js';
import { OwnedShards } from './owned-shards.js';
import { Steward } from './steward.js';

export interface ClusterNodeOptions extends Omit<ActorNodeOptions, 'owned' | 'authority'> {
  readonly membership: Membership;
  readonly ownership: Ownership;
  /** The process; each incarnation is an id of its own under it. */
  readonly name: string;
  readonly introduction: Omit<NodeIntroduction, 'node' | 'role'>;
  /** Others have taken this process for dead: it must exit. */
  readonly onDead: () => void;
}

/** An actor node among others: what it owns follows from the members there are. */
export interface ClusterNode {
  /** The incarnation there is. */
  readonly node: NodeId;
  readonly owned: OwnedShards;
  /** Monotonic ms at which its lease ends unless it is renewed; 0 where there is none. */
  readonly heldUntil: number;
  /** It drains, or an operator has marked it so: it hands its shards to others and takes no more. */
  readonly retiring: boolean;
  /** Pairs of room and edge that are watched, in all its shards. */
  readonly watches: number;
  start(): void;
  /** Hands its shards over, a few at a time, then leaves; after DRAIN_NODE_MS in any case. */
  drain(): Promise<void>;
  /** Ends at once, as a crash would. Idempotent. */
  stop(): void;
}

export const createClusterNode = (options: ClusterNodeOptions): ClusterNode => new Member(options);

class Member implements ClusterNode {
  readonly owned = new OwnedShards();
  readonly #options: ClusterNodeOptions;
  readonly #lease: Lease;
  readonly #actors: ActorNode;
  readonly #steward: Steward;

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { runtime, membership, ownership, log, name } = options;
    const introduction = { ...options.introduction, role: 'actors' } as const;
    this.#lease = new Lease(
      { runtime, membership, log, name, introduction },
      {
        onHeld: () => this.#steward.start(),
        onLapse: () => this.owned.abdicateAll('the lease ran out'),
        onDead: () => {
          this.stop();
          options.onDead();
        },
      },
    );
    this.#actors = createActorNode({ ...options, owned: this.owned, authority: this.#lease });
    this.#steward = new Steward({
      runtime,
      membership,
      ownership,
      log,
      lease: this.#lease,
      owned: this.owned,
      actors: this.#actors,
    });
  }

  get node(): NodeId {
    return this.#lease.node;
  }

  get heldUntil(): number {
    return this.#lease.heldUntil;
  }

  get watches(): number {
    return this.#actors.watches;
  }

  get retiring(): boolean {
    return this.#steward.retiring;
  }

  start(): void {
    this.#actors.start();
    this.#lease.start();
  }

  async drain(): Promise<void> {
    const { runtime, log } = this.#options;
    await Promise.race([this.#steward.drain(), pause(runtime.timers, DRAIN_NODE_MS)]);
    this.#steward.stop();
    await this.#actors.drain();
    try {
      await this.#lease.leave();
    } catch (error) {
      log.warn({ node: this.node, error: messageOf(error) }, 'the membership is left to run out');
    }
    this.stop();
  }

  stop(): void {
    this.#lease.stop();
    this.#steward.stop();
    this.#actors.stop();
  }
}
