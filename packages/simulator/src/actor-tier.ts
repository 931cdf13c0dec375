/** The actor nodes of a simulated world: they crash, stop, are cut off, drain and come back, and are watched all the while. */
import {
  LEASE_TTL_MS,
  type Generation,
  type Log,
  type Membership,
  type NodeId,
  type Ownership,
  type ShardId,
} from '@munova/contracts';
import { MemoryMembership, MemoryOwnership } from '@munova/contracts/memory';
import { Actor } from './actor.js';
import type { Faults } from './faults.js';
import { mutatedOwnership } from './mutated-ownership.js';
import type { Mutant } from './mutants.js';
import type { FaultKind, Plan } from './plan.js';
import type { SimProcess } from './process.js';
import type { BusServer } from './sim-bus.js';
import { LATEST_MS, type StoreServer } from './sim-store.js';
import type { Tally } from './tally.js';

/** What can keep one node from renewing its lease while the others renew theirs. */
const STRIKE_ONE: readonly FaultKind[] = [
  'actor-crash',
  'actor-dies-appending',
  'actor-stopped',
  'actor-cut',
  'actor-drain',
  'false-death',
  'store-read-fails',
  'store-slow',
  'store-write-reply-lost',
];

export interface ActorTierHost {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly faults: Faults;
  readonly mutant: Mutant | null;
  readonly generation: Generation;
  readonly busServer: () => BusServer;
  readonly storeServer: () => StoreServer;
  readonly process: (kind: string) => SimProcess;
  readonly log: (process: SimProcess) => Log;
  readonly say: (what: string) => void;
  readonly wrong: (id: string, detail: string) => void;
  readonly after: (ms: number, name: string, task: () => void) => void;
  /** At once, or after a while. */
  readonly soon: (task: () => void) => void;
}

export class ActorTier {
  readonly membership: Membership;
  readonly ownership: Ownership;
  readonly #members = new MemoryMembership();
  readonly #host: ActorTierHost;
  /** Those that run, by name. */
  readonly #running = new Map<string, Actor>();
  /** Those that ever ran: what a dead one had sent may still be on its way. */
  readonly #ever: Actor[] = [];
  #deaths = 0;

  constructor(host: ActorTierHost) {
    this.#host = host;
    this.membership = this.#watched(this.#members);
    this.ownership = mutatedOwnership(new MemoryOwnership(host.plan.shards), host.mutant);
  }

  start(): void {
    for (let i = 0; i < this.#host.plan.actors; i += 1) this.#start(`actors-${String(i)}`);
  }

  calm(): void {
    for (const { store } of this.#ever) store.cutUntil = 0;
  }

  /** A moment at which something may happen to each of them. */
  upheaval(): void {
    for (const actor of [...this.#running.values()]) this.#upset(actor);
    if (this.#host.faults.strikes('false-death')) this.#callDead();
  }

  /** Somebody errs, or a clock does: a member is called dead that is not, and its successor has it for a rival. */
  #callDead(): void {
    const [actor] = this.#running.values();
    if (actor === undefined) return;
    this.#host.process('error').spawn.background('false death', async () => {
      const record = (await this.#members.view()).nodes.find(({ node }) => node === actor.node);
      if (record !== undefined) await this.#members.markDead(record.node, record.beat);
      // It hears of it late, so that it acts beside its successor.
      actor.store.membersCutUntil = actor.process.clock.monotonic() + this.#host.faults.between(0, LEASE_TTL_MS);
      this.#host.say(`${actor.process.name} is called dead by mistake`);
    });
  }

  /** The store begins to answer nobody for so long. */
  stalled(ms: number): void {
    if (ms < LEASE_TTL_MS || this.#running.size < 2) return;
    const deaths = this.#deaths;
    this.#host.after(ms + 2 * LEASE_TTL_MS, 'after the stall', () => {
      if (this.#deaths !== deaths) return;
      this.#host.tally.met('store stalled longer than a lease, and nobody was taken for dead');
    });
  }

  /**
   * An append leaves its process, which may die somewhere between its way there and the end of what follows
   * it; or it outlives its node. @returns ms that it is longer on its way
   */
  appending(process: SimProcess): number {
    const { faults, plan } = this.#host;
    const actor = this.#ever.find((one) => one.process === process);
    if (actor === undefined) return 0;
    if (!actor.holdsLease) this.#host.wrong('A81', `${process.name} appends without a lease`);
    if (!faults.strikes('actor-dies-appending')) return 0;
    this.#host.after(faults.between(0, 3 * plan.storeMs + plan.networkMs), 'death', () => this.#crash(actor));
    return faults.between(0, 1) * faults.between(0, LATEST_MS);
  }

  #start(name: string): void {
    const { plan, tally, generation } = this.#host;
    const process = this.#host.process(name);
    const actor: Actor = new Actor({
      name,
      process,
      plan,
      busServer: this.#host.busServer(),
      storeServer: this.#host.storeServer(),
      generation,
      log: this.#host.log(process),
      tally,
      onDead: () => this.#exits(actor),
      onAcquired: (shard) => this.#acquired(actor, shard),
    });
    this.#running.set(name, actor);
    this.#ever.push(actor);
    actor.start();
    this.#host.say(`${process.name} is up`);
  }

  /** Of those who serve a shard under a lease there is one at every moment, whatever died. */
  #acquired(actor: Actor, shard: ShardId): void {
    const { say, wrong, tally } = this.#host;
    say(`${actor.process.name} owns shard ${String(shard)}`);
    const others = this.#ever.filter((other) => other !== actor);
    const rival = others.find((other) => other.serves(shard));
    if (rival !== undefined && !this.#mistakes)
      wrong('A84', `${rival.process.name} still serves shard ${String(shard)}`);
    if (others.some(({ store }) => store.undecided.size > 0)) tally.met('take-over with a batch in flight');
  }

  /** The members, with an eye on whoever is taken for dead. */
  #watched(members: Membership): Membership {
    return {
      join: (introduction) => members.join(introduction),
      renew: (node) => members.renew(node),
      view: () => members.view(),
      markDraining: (node) => members.markDraining(node),
      leave: (node) => members.leave(node),
      markDead: async (node, beat) => {
        const marked = await members.markDead(node, beat);
        if (marked) this.#takenForDead(node);
        return marked;
      },
    };
  }

  #takenForDead(node: NodeId): void {
    const { say, wrong, tally } = this.#host;
    this.#deaths += 1;
    tally.met('take-over of a dead owner');
    say(`${node} is taken for dead`);
    const actor = this.#ever.find((one) => one.node === node);
    if (this.#struckTogether) wrong('A83', `${node} was taken for dead though whatever struck, struck all`);
    if (actor?.process.alive && actor.holdsLease) wrong('A83', `${node} holds its lease and was taken for dead`);
  }

  /** No kind of fault of this run keeps one node alone from renewing. */
  get #struckTogether(): boolean {
    return STRIKE_ONE.every((kind) => this.#host.plan.faults[kind] === undefined);
  }

  /** Leases are hints: where members are called dead by mistake, the log alone must hold. */
  get #mistakes(): boolean {
    return this.#host.plan.faults['false-death'] !== undefined;
  }

  #upset(actor: Actor): void {
    const { faults, say } = this.#host;
    const { process, store } = actor;
    if (faults.strikes('actor-crash')) this.#crash(actor);
    else if (faults.strikes('actor-stopped')) {
      const ms = faults.between(100, 2 * LEASE_TTL_MS);
      process.stop(ms);
      say(`${process.name} stops for ${String(ms)} ms`);
    } else if (faults.strikes('actor-cut')) {
      const ms = faults.between(500, 2 * LEASE_TTL_MS);
      store.cutUntil = process.clock.monotonic() + ms;
      say(`${process.name} does not reach the store for ${String(ms)} ms`);
    } else if (!actor.draining && faults.strikes('actor-drain')) this.#drain(actor);
    if (faults.strikes('clock-jump')) process.skewMs = faults.between(-10_000, 10_000);
  }

  #crash(actor: Actor): void {
    const { process, store } = actor;
    if (!process.alive) return;
    process.kill();
    if (store.undecided.size > 0) this.#host.tally.met('restart with an append in flight');
    this.#host.say(`${process.name} is killed`);
    this.#comesBack(actor);
  }

  #exits(actor: Actor): void {
    actor.process.kill();
    this.#host.tally.met('node taken for dead');
    this.#host.say(`${actor.process.name} was taken for dead and exits`);
    this.#comesBack(actor);
  }

  #drain(actor: Actor): void {
    const { process } = actor;
    this.#host.say(`${process.name} drains`);
    process.spawn.background('drain', async () => {
      await actor.drain();
      this.#host.tally.met('actor node drained');
      this.#host.say(`${process.name} has drained`);
      process.kill();
      this.#comesBack(actor);
    });
  }

  #comesBack(actor: Actor): void {
    this.#running.delete(actor.name);
    this.#host.soon(() => this.#start(actor.name));
  }
}
