/**
 * An edge among the members of its deployment. Invariants:
 * 1. It holds a lease under its name, so that others know which envelopes are read, and that it lives.
 * 2. Nothing rests on that lease: an edge that lost it, or was taken for dead, serves on and joins again.
 * 3. One that was told to drain stays so, over its incarnations.
 */
import {
  LEASE_RENEW_MS,
  pause,
  type Log,
  type Membership,
  type NodeId,
  type NodeIntroduction,
  type Runtime,
} from '@munova/contracts';
import { Lease } from '@munova/room-actors';
import { describe } from '../process/describe.js';

export interface EdgeMemberOptions {
  readonly runtime: Runtime;
  readonly membership: Membership;
  readonly log: Log;
  readonly name: string;
  readonly introduction: Pick<NodeIntroduction, 'reads' | 'address'>;
  /** An operator has asked this edge to drain; told once. */
  readonly onDraining: () => void;
}

export class EdgeMember {
  readonly #options: EdgeMemberOptions;
  #lease: Lease;
  #draining = false;
  #over = false;

  constructor(options: EdgeMemberOptions) {
    this.#options = options;
    this.#lease = this.#newLease();
  }

  /** The incarnation there is. */
  get node(): NodeId {
    return this.#lease.node;
  }

  start(): void {
    this.#lease.start();
    this.#options.runtime.spawn.background('edge member', () => this.#watch());
  }

  /** Never rejects: a membership that cannot be ended runs out. */
  async leave(): Promise<void> {
    this.#over = true;
    try {
      await this.#lease.leave();
    } catch (error) {
      this.#options.log.warn({ error: describe(error) }, 'the membership is left to run out');
    }
  }

  #newLease(): Lease {
    const { runtime, membership, log, name, introduction } = this.#options;
    return new Lease(
      { runtime, membership, log, name, introduction: { ...introduction, role: 'edge' } },
      { onHeld: () => undefined, onLapse: () => undefined, onDead: () => this.#joinAgain() },
    );
  }

  #joinAgain(): void {
    if (this.#over) return;
    this.#lease = this.#newLease();
    this.#lease.start();
  }

  async #watch(): Promise<void> {
    while (!this.#over) {
      await pause(this.#options.runtime.timers, LEASE_RENEW_MS);
      try {
        if (!this.#over) await this.#look();
      } catch {
        // The store does not answer: the lease tells of it, and the next look is soon.
      }
    }
  }

  async #look(): Promise<void> {
    const { membership, onDraining } = this.#options;
    const { nodes } = await membership.view();
    const own = nodes.find(({ node }) => node === this.node);
    if (this.#draining && own?.status === 'live') await membership.markDraining(own.node);
    if (this.#draining || own?.status !== 'draining') return;
    this.#draining = true;
    onDraining();
  }
}
