/** The actor nodes of a simulated world: they crash, stop, are cut off, drain and come back, and are watched all the while. */
import { LEASE_TTL_MS, type Log, type NodeId, type ShardId } from '@munova/contracts';
import { Actor } from './actor.js';
import type { ClusterShape } from './cluster-shape.js';
import type { BusServer } from './bus-server.js';
import { LATEST_MS, type Faults } from './faults.js';
import type { FaultKind, Plan } from './plan.js';
import type { SimProcess } from './process.js';
import { StoreClient } from './store-client.js';
import type { StoreServer } from './store-server.js';
import type { Tally } from './tally.js';

/** What can keep one node from renewing its lease while the others renew theirs. */
const STRIKE_ONE: readonly FaultKind[] = [
  'actor-crash',
  'actor-dies-appending',
  'actor-stopped',
  'actor-cut',
  'actor-drain',
  'false-death',
  'store-call-fails',
  'store-slow',
  'store-write-reply-lost',
];

/** Ms from the loss of a primary within which a member might be taken for dead for it. */
const SILENT_MAX_MS = 5_000; // ms that nothing passes between a node and Redis
const STALL_AND_SUSPICION_MS = 25_000;

export interface ActorTierHost {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly faults: Faults;
  readonly shape: () => ClusterShape;
  readonly busServer: BusServer;
  readonly storeServer: StoreServer;
  readonly process: (kind: string) => SimProcess;
  readonly log: (process: SimProcess) => Log;
  readonly say: (what: string) => void;
  readonly wrong: (id: string, detail: string) => void;
  readonly after: (ms: number, name: string, task: () => void) => void;
  /** At once, or after a while. */
  readonly soon: (task: () => void) => void;
}

export class ActorTier {
  readonly #host: ActorTierHost;
  /** Those that run, by name. */
  readonly #running = new Map<string, Actor>();
  /** Those that ever ran: what a dead one had sent may still be on its way. */
  readonly #ever: Actor[] = [];
  /** By mistake. */
  readonly #calledDead = new Set<NodeId>();
  #deaths = 0;
  /** Times that all of them were ended. */
  #endings = 0;

  constructor(host: ActorTierHost) {
    this.#host = host;
  }

  start(): void {
    for (let i = 0; i < this.#host.plan.actors; i += 1) this.#start(`actors-${String(i)}`);
  }

  /** All of them are killed, and none comes back before `start`. */
  end(): void {
    for (const actor of this.#running.values()) this.#ends(actor);
    this.#running.clear();
    this.#endings += 1;
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
    const { faults, process: processOf, storeServer, say } = this.#host;
    const living = [...this.#running.values()].filter(({ node }) => !this.#calledDead.has(node));
    const actor = living[faults.between(0, living.length - 1)];
    if (actor === undefined) return;
    this.#calledDead.add(actor.node);
    const process = processOf('error');
    process.spawn.background('false death', async () => {
      const record = (await storeServer.members.view()).nodes.find(({ node }) => node === actor.node);
      if (record === undefined) return;
      // It is slow, which is why, and hears of it late: so it acts beside its successor.
      const until = actor.process.clock.monotonic() + faults.between(LEASE_TTL_MS / 2, LEASE_TTL_MS);
      actor.store.membersCutUntil = until;
      actor.slowUntil = until;
      say(`${actor.process.name} is called dead by mistake`);
      await new StoreClient(storeServer, process).membership.markDead(record.node, record.beat).catch(() => false);
    });
  }

  /** The store begins to have no primary, for longer than a lease. */
  stalled(): void {
    if (this.#running.size < 2) return;
    const deaths = this.#deaths;
    this.#host.after(STALL_AND_SUSPICION_MS, 'after the stall', () => {
      if (this.#deaths !== deaths) return;
      this.#host.tally.met('store stalled longer than a lease, and nobody was taken for dead');
    });
  }

  #start(name: string): void {
    const { plan, tally, shape } = this.#host;
    const process = this.#host.process(name);
    const actor: Actor = new Actor({
      name,
      process,
      plan,
      busServer: this.#host.busServer,
      storeServer: this.#host.storeServer,
      storeEvents: {
        onAppend: () => this.#appending(actor),
        onInsert: () => this.#inserting(actor),
        onMarkedDead: (node) => this.#takenForDead(node),
      },
      shape: shape(),
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
    if (others.some(({ store }) => store.inserting > 0)) tally.met('take-over with a batch in flight');
  }

  #appending(actor: Actor): void {
    if (!actor.holdsLease) this.#host.wrong('A81', `${actor.process.name} appends without a lease`);
  }

  /**
   * Documents leave their process, which may die somewhere between their way there and the end of what follows; or
   * they outlive their node. @returns ms that they are longer on their way
   */
  #inserting(actor: Actor): number {
    const { faults, plan, after } = this.#host;
    const slow = actor.process.clock.monotonic() < actor.slowUntil;
    if (!faults.strikes('actor-dies-appending')) return slow ? faults.between(0, LEASE_TTL_MS / 2) : 0;
    after(faults.between(0, 3 * plan.storeMs + plan.networkMs), 'death', () => this.#crash(actor));
    return faults.between(0, 1) * faults.between(0, LATEST_MS);
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
    const { faults, say, busServer } = this.#host;
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
    if (faults.strikes('redis-silent')) busServer.redis.silence(process.name, faults.between(500, SILENT_MAX_MS));
    if (faults.strikes('clock-jump')) process.skewMs = faults.between(-10_000, 10_000);
  }

  #crash(actor: Actor): void {
    const { process, store } = actor;
    if (!process.alive) return;
    this.#ends(actor);
    if (store.inserting > 0) this.#host.tally.met('restart with an append in flight');
    this.#host.say(`${process.name} is killed`);
    this.#comesBack(actor);
  }

  #exits(actor: Actor): void {
    this.#ends(actor);
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
      this.#ends(actor);
      this.#comesBack(actor);
    });
  }

  #ends({ process }: Actor): void {
    process.kill();
    this.#host.busServer.redis.bury(process.name);
  }

  #comesBack(actor: Actor): void {
    this.#running.delete(actor.name);
    const endings = this.#endings;
    this.#host.soon(() => {
      if (endings === this.#endings) this.#start(actor.name);
    });
  }
}
