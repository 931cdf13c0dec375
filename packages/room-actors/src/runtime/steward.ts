/**
 * Decides which shards this node owns: marks members dead, claims what it should own and nobody does,
 * and hands over what another one should. Invariants:
 * 1. One round runs at a time, and only under a lease that is held.
 * 2. A shard is acquired only under an epoch that a claim of this incarnation just returned.
 * 3. A shard is claimed only from nobody, from a member that is dead or gone, or from this incarnation itself.
 * 4. A shard is released only once everything read from it was resolved and nothing of it is in memory.
 */
import {
  CLAIMS_AT_ONCE,
  DEAD_NODE_KEPT_MS,
  HANDOVERS_AT_ONCE,
  LEASE_RENEW_MS,
  type ClusterView,
  type Log,
  type Membership,
  type NodeId,
  type NodeRecord,
  type Ownership,
  type Runtime,
  type ShardId,
  type ShardRecord,
  type Timers,
} from '@munova/contracts';
import { desiredOwner } from '../sharding/desired-owner.js';
import { Suspicion } from '../sharding/suspicion.js';
import type { ActorNode } from './actor-node.js';
import { messageOf } from './environment.js';
import type { Lease } from './lease.js';
import type { OwnedShards } from './owned-shards.js';

/** Between the rounds of a node that drains, ms: each hands over a few shards. */
const DRAIN_ROUND_MS = 100;

export interface StewardOptions {
  readonly runtime: Runtime;
  readonly membership: Membership;
  readonly ownership: Ownership;
  readonly log: Log;
  readonly lease: Lease;
  readonly owned: OwnedShards;
  readonly actors: Pick<ActorNode, 'handOver' | 'needs'>;
}

export class Steward {
  readonly #options: StewardOptions;
  readonly #suspicion = new Suspicion();
  readonly #leaving = new Set<ShardId>();
  /** When a member was first seen dead, monotonic ms. */
  readonly #deadSince = new Map<NodeId, number>();
  #running = false;
  #draining = false;
  /** An operator has marked this node as draining: it hands its shards to others, and stays while there are none. */
  #retiring = false;
  #onEmpty: (() => void) | null = null;
  #wake: (() => void) | null = null;

  constructor(options: StewardOptions) {
    this.#options = options;
  }

  /** Wants no more shards, by its own process's end or an operator's word. */
  get retiring(): boolean {
    return this.#draining || this.#retiring;
  }

  /** Begins, or looks at once where it waits for its next round. */
  start(): void {
    this.#wake?.();
    if (this.#running) return;
    this.#running = true;
    this.#options.runtime.spawn.background('steward', () => this.#run());
  }

  stop(): void {
    this.#running = false;
    this.#wake?.();
  }

  /** Wants no shard any more; resolves once none is left, here and in the store. */
  drain(): Promise<void> {
    this.#draining = true;
    this.#wake?.();
    return new Promise((resolve) => (this.#onEmpty = resolve));
  }

  async #run(): Promise<void> {
    const { runtime, log, lease } = this.#options;
    while (this.#running) {
      try {
        if (lease.holds()) await this.#round();
      } catch (error) {
        log.warn({ node: lease.node, error: messageOf(error) }, 'the shards could not be looked after');
      }
      await this.#rest(runtime.timers);
    }
  }

  async #rest(timers: Timers): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = timers.after(this.#leavesNow() ? DRAIN_ROUND_MS : LEASE_RENEW_MS, resolve);
    await promise;
    timer.cancel();
    this.#wake = null;
  }

  /** Each round hands over a few; a node that has nothing left waits as any other. */
  #leavesNow(): boolean {
    return this.#draining || (this.#retiring && this.#options.owned.shards().length > 0);
  }

  async #round(): Promise<void> {
    const { runtime, membership, ownership, lease } = this.#options;
    const me = lease.node;
    if (this.retiring) await membership.markDraining(me);
    // In this order: whoever owns something had joined before, so an owner missing from the view is gone.
    const records = await ownership.shards();
    const sentAt = runtime.clock.monotonic();
    const view = await membership.view();
    const buried = await this.#bury(view, sentAt);
    if (!this.#acts(me)) return;
    if (view.nodes.some(({ node, status }) => node === me && status === 'draining')) this.#retiring = true;
    this.#compare(records, me);
    const present = view.nodes.filter(({ node, status }) => status !== 'dead' && !buried.has(node));
    const candidates = present.filter(mayOwn);
    this.#handOver(records, candidates, me);
    await this.#claim(records, candidates, new Set(present.map(({ node }) => node)), me);
    if (this.#draining && !records.some(({ owner }) => owner === me)) this.#onEmpty?.();
  }

  /** Still running, and as the incarnation that began the round. */
  #acts(me: NodeId): boolean {
    const { lease } = this.#options;
    return this.#running && lease.holds() && lease.node === me;
  }

  /** Marks dead whom this node has seen without a sign of life for long enough. */
  async #bury(view: ClusterView, sentAt: number): Promise<ReadonlySet<NodeId>> {
    const { runtime, membership, log, lease } = this.#options;
    const receivedAt = runtime.clock.monotonic();
    const buried = new Set<NodeId>();
    for (const { node, beat } of this.#suspicion.observe(view, { sentAt, receivedAt }, lease.steadySince)) {
      if (node === lease.node || !lease.holds() || !(await membership.markDead(node, beat))) continue;
      buried.add(node);
      log.warn({ node, by: lease.node }, 'a member was marked dead');
    }
    await this.#forgetLongDead(view, receivedAt);
    return buried;
  }

  async #forgetLongDead(view: ClusterView, now: number): Promise<void> {
    for (const { node, status } of view.nodes) {
      if (status !== 'dead') continue;
      const since = this.#deadSince.get(node) ?? now;
      this.#deadSince.set(node, since);
      if (now - since < DEAD_NODE_KEPT_MS) continue;
      await this.#options.membership.leave(node);
      this.#deadSince.delete(node);
    }
  }

  /** What the store says of a shard is the truth. */
  #compare(records: readonly ShardRecord[], me: NodeId): void {
    const { owned } = this.#options;
    for (const { shard, owner, epoch } of records) {
      const here = owned.epochOf(shard);
      if (here !== null && (owner !== me || epoch !== here)) owned.abdicate(shard, 'the store names another owner');
    }
  }

  /** A few at a time, so that most shards are served at every moment. */
  #handOver(records: readonly ShardRecord[], candidates: readonly NodeRecord[], me: NodeId): void {
    const { owned, runtime, actors } = this.#options;
    for (const record of records) {
      if (this.#leaving.size >= HANDOVERS_AT_ONCE) return;
      const { shard } = record;
      if (owned.epochOf(shard) === null || this.#leaving.has(shard)) continue;
      const needs = Math.max(record.needs, actors.needs(shard));
      if (!this.#draining && (ownerOf(shard, needs, candidates) ?? me) === me) continue;
      this.#leaving.add(shard);
      runtime.spawn.background('hand over', () => this.#release({ ...record, needs }, me));
    }
  }

  async #release({ shard, epoch, needs }: ShardRecord, me: NodeId): Promise<void> {
    const { ownership, actors, log } = this.#options;
    try {
      await actors.handOver(shard);
      await ownership.release(shard, me, epoch, needs);
      log.info({ shard, epoch, node: me }, 'a shard was handed over');
    } catch (error) {
      // Nobody serves it here any more; the next round finds it owned by this node and claims it anew.
      log.warn({ shard, epoch, error: messageOf(error) }, 'a shard could not be released');
    } finally {
      this.#leaving.delete(shard);
    }
  }

  async #claim(
    records: readonly ShardRecord[],
    candidates: readonly NodeRecord[],
    present: ReadonlySet<NodeId>,
    me: NodeId,
  ): Promise<void> {
    const wanted = records.filter((record) => {
      const { shard, owner, needs } = record;
      if (this.#options.owned.epochOf(shard) !== null || this.#leaving.has(shard)) return false;
      if (owner === me) return true;
      const free = owner === null || !present.has(owner);
      return free && !this.#draining && ownerOf(shard, needs, candidates) === me;
    });
    for (let at = 0; at < wanted.length && this.#acts(me); at += CLAIMS_AT_ONCE) {
      await Promise.all(wanted.slice(at, at + CLAIMS_AT_ONCE).map((record) => this.#claimOne(record, me)));
    }
  }

  async #claimOne(record: ShardRecord, me: NodeId): Promise<void> {
    const { ownership, owned, log } = this.#options;
    try {
      const epoch = await ownership.claim(record, me);
      if (epoch === null || !this.#acts(me)) return;
      log.info({ shard: record.shard, epoch, from: record.owner, node: me }, 'a shard was taken over');
      owned.acquire(record.shard, epoch);
    } catch (error) {
      log.warn({ shard: record.shard, error: messageOf(error) }, 'it is not known whether a shard was claimed');
    }
  }
}

/** Of those who read what stands in its stream; where nobody does it stays with whoever would have it otherwise. */
const ownerOf = (shard: ShardId, needs: number, candidates: readonly NodeRecord[]): NodeId | null => {
  const readers = candidates.filter(({ reads }) => reads.to >= needs);
  return desiredOwner(
    shard,
    (readers.length > 0 ? readers : candidates).map(({ node }) => node),
  );
};

const mayOwn = ({ role, status }: NodeRecord): boolean => role === 'actors' && status === 'live';
