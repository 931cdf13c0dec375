/** One simulated deployment: store, bus, actor nodes, edges and people, and what happens to them. */
import {
  asGeneration,
  asShardId,
  INBOX_MAX_BYTES,
  INBOX_MAX_ENTRIES,
  LEASE_TTL_MS,
  type DeploymentKey,
  type Log,
  type RoomId,
  type RoomLog,
} from '@munova/contracts';
import { MemoryBus, MemoryStore } from '@munova/contracts/memory';
import { shardOf } from '@munova/room-actors';
import type { HistoryLine } from '@munova/loadtest/checker';
import { ActorTier } from './actor-tier.js';
import { Client, type ClientHost } from './client.js';
import { EdgeNode } from './edge-node.js';
import { Faults } from './faults.js';
import { Link, type LinkEvents } from './link.js';
import { mutatedLog } from './mutated-log.js';
import type { Mutant } from './mutants.js';
import { Person, type Shop } from './people.js';
import type { Plan } from './plan.js';
import { SimProcess } from './process.js';
import { SimRandom } from './random.js';
import { Schedule } from './schedule.js';
import type { BusServer } from './sim-bus.js';
import type { StoreServer } from './sim-store.js';
import { Tally } from './tally.js';
import type { Trace } from './trace.js';

const KEY: DeploymentKey = Buffer.alloc(32, 7);
const GENERATION = asGeneration('g1');
const UPHEAVAL_MS = 500; // ms between two moments at which processes may die
const RESTART_MAX_MS = 3_000; // ms that a process is away; every other one is back at once

export interface Trouble {
  readonly id: string;
  readonly room: string;
  readonly detail: string;
}

export class World implements ClientHost {
  readonly plan: Plan;
  readonly tally = new Tally();
  readonly schedule: Schedule;
  readonly store: MemoryStore;
  /** The logs as they are, whatever a mutant shows of them. */
  readonly logs: Pick<RoomLog, 'readAfter' | 'heads'>;
  readonly people: Person[] = [];
  readonly links: Link[] = [];
  readonly troubles: Trouble[] = [];
  readonly shop: Shop = { key: KEY, rooms: [] };
  readonly caps: { readonly maxEntries: number; readonly maxBytes: number };
  readonly bus: MemoryBus;
  readonly #random: SimRandom;
  readonly #trace: Trace;
  readonly #faults: Faults;
  readonly #storeServer: StoreServer;
  readonly #busServer: BusServer;
  readonly #edges: EdgeNode[] = [];
  readonly #actors: ActorTier;
  #processes = 0;
  #over = false;

  constructor(plan: Plan, trace: Trace, mutant: Mutant | null) {
    this.plan = plan;
    this.#trace = trace;
    this.#random = new SimRandom(plan.seed);
    this.schedule = new Schedule((at, name) => trace.event(at, name));
    this.#faults = new Faults(plan, this.#random.stream('faults'), this.tally);
    const server = this.#process('servers');
    this.store = new MemoryStore(server);
    this.caps = plan.tight
      ? { maxEntries: 24, maxBytes: 256 * 1_024 }
      : { maxEntries: INBOX_MAX_ENTRIES, maxBytes: INBOX_MAX_BYTES };
    this.bus = new MemoryBus(server, this.caps);
    const shared = { faults: this.#faults, tally: this.tally, mutant };
    this.#actors = this.#actorTier(mutant);
    const log = mutatedLog(this.store.log, mutant);
    this.logs = mutant === 'ids-not-unique' ? log : this.store.log;
    this.#storeServer = {
      store: this.store,
      log,
      ...shared,
      downUntil: 0,
      inDoubt: new Set(),
      onAppend: (process) => this.#actors.appending(process),
      membership: this.#actors.membership,
      ownership: this.#actors.ownership,
    };
    this.#busServer = { bus: this.bus, ...shared };
  }

  start(): void {
    this.#actors.start();
    for (let i = 0; i < this.plan.edges; i += 1) this.#startEdge();
    for (let i = 0; i < this.plan.people; i += 1) {
      const name = `p${String(i)}`;
      const traits = { role: i === 0 ? 'seller' : 'buyer', hasty: i < this.plan.hasty } as const;
      const client = new Client(name, traits, this.#process(name), this);
      const person = new Person(client, this, this.plan, this.shop, this.#faults);
      this.people.push(person);
      person.start();
    }
    this.#upheavals();
  }

  /** Nothing strikes any more, and nobody begins anything new. */
  calm(): void {
    this.#over = true;
    this.#faults.end();
    this.#storeServer.downUntil = 0;
    this.#actors.calm();
    for (const person of this.people) person.rest();
    this.#say('the faults are over');
  }

  // ---- what clients see of it ----------------------------------------------------------------------

  edge(random: SimRandom): EdgeNode | null {
    const accepting = this.#edges.filter((edge) => edge.accepts);
    return accepting.length === 0 ? null : random.pick(accepting);
  }

  connect(edge: EdgeNode, client: Client, session: string, events: LinkEvents): Link {
    const { process: own } = client;
    const latencyMs = this.plan.networkMs;
    const { schedule, tally } = this;
    const random = own.random.stream(session);
    const link = new Link(
      { name: session, schedule, edge: edge.process, client: own, random, tally, latencyMs },
      events,
    );
    this.links.push(link);
    edge.accept(link);
    return link;
  }

  record(line: HistoryLine): void {
    this.#trace.line(this.schedule.now, line);
  }

  wrong(id: string, room: string, detail: string): void {
    this.troubles.push({ id, room, detail });
  }

  ownDeparture(): void {
    this.tally.met('own departure ended a subscription');
  }

  // ---- processes -----------------------------------------------------------------------------------

  #say(what: string): void {
    this.#trace.note(this.schedule.now, what);
  }

  #process(kind: string): SimProcess {
    this.#processes += 1;
    const name = /^p\d/.test(kind) || kind === 'servers' ? kind : `${kind}#${String(this.#processes)}`;
    return new SimProcess(name, this.schedule, this.#random.stream(name), (process, task, error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.wrong('bug', '-', `${process} ${task}: ${text}`);
    });
  }

  #log(process: SimProcess): Log {
    const say = (fields: Record<string, unknown>, message: string): void => {
      const shown = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
      this.#say(`${process.name}: ${message} ${shown.join(' ')}`);
    };
    const alarm = (fields: Record<string, unknown>, message: string): void => {
      say(fields, message);
      if (/bug/.test(message))
        this.wrong('bug', '-', `${process.name}: ${message} ${String(fields['error'] ?? fields['err'])}`);
    };
    return { info: say, warn: say, error: alarm };
  }

  #actorTier(mutant: Mutant | null): ActorTier {
    return new ActorTier({
      plan: this.plan,
      tally: this.tally,
      faults: this.#faults,
      mutant,
      generation: GENERATION,
      busServer: () => this.#busServer,
      storeServer: () => this.#storeServer,
      process: (kind) => this.#process(kind),
      log: (process) => this.#log(process),
      say: (what) => this.#say(what),
      wrong: (id, detail) => this.wrong(id, '-', detail),
      after: (ms, name, task) => void this.schedule.after(ms, name, task),
      soon: (task) => this.#soon(task),
    });
  }

  #startEdge(): void {
    const process = this.#process('edge');
    const edge = new EdgeNode({
      process,
      busServer: this.#busServer,
      storeServer: this.#storeServer,
      shardOf: (room: RoomId) => shardOf(room, this.plan.shards),
      key: KEY,
      generation: GENERATION,
      log: this.#log(process),
    });
    this.#edges.push(edge);
    edge.start();
    this.#say(`${process.name} is up`);
  }

  /** Every so often something may die, drain, stop answering, or be given another time. */
  #upheavals(): void {
    this.schedule.after(UPHEAVAL_MS, 'upheaval', () => {
      if (this.#over) return;
      this.#actors.upheaval();
      for (const edge of [...this.#edges]) {
        if (!edge.accepts) continue;
        edge.ear.upheaval();
        if (this.#faults.strikes('edge-crash')) this.#crashEdge(edge);
        else if (this.#faults.strikes('edge-drain')) this.#drainEdge(edge);
      }
      if (this.#faults.strikes('store-outage')) this.#stallStore();
      this.#upheavals();
    });
  }

  /** For everybody, as a primary that was killed does. */
  #stallStore(): void {
    const ms = this.#faults.between(200, 2 * LEASE_TTL_MS);
    this.#storeServer.downUntil = this.schedule.now + ms;
    this.#say(`the store does not answer for ${String(ms)} ms`);
    this.#actors.stalled(ms);
  }

  #crashEdge(edge: EdgeNode): void {
    if (edge.calls.size > 0) this.tally.met('edge died with calls under way');
    this.#say(`${edge.process.name} is killed`);
    this.#gone(edge);
    edge.kill();
  }

  #drainEdge(edge: EdgeNode): void {
    this.#say(`${edge.process.name} drains`);
    this.tally.met('edge drained');
    edge.drain();
    this.schedule.after(20_000, `${edge.process.name} ends`, () => {
      edge.kill();
    });
    this.#gone(edge);
  }

  #gone(edge: EdgeNode): void {
    this.#edges.splice(this.#edges.indexOf(edge), 1);
    this.#soon(() => this.#startEdge());
  }

  #soon(task: () => void): void {
    this.schedule.after(this.#faults.between(0, 1) * this.#faults.between(0, RESTART_MAX_MS), 'restart', task);
  }

  /** Every shard. */
  shards(): ReturnType<typeof asShardId>[] {
    return Array.from({ length: this.plan.shards }, (_, i) => asShardId(i));
  }
}
