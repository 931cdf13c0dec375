/** One simulated deployment: store, bus, actor nodes, edges and people, and what happens to them. */
import {
  asGeneration,
  INBOX_MAX_BYTES,
  INBOX_MAX_ENTRIES,
  pause,
  type Deployment,
  type DeploymentKey,
  type Log,
  type RoomId,
} from '@munova/contracts';
import type { StreamCaps } from '@munova/bus';
import { ROOM_HASH } from '@munova/room-actors';
import type { HistoryLine } from '@munova/loadtest/checker';
import { ActorTier } from './actor-tier.js';
import { BusServer } from './bus-server.js';
import type { ClusterShape } from './cluster-shape.js';
import { Client, type ClientHost } from './client.js';
import type { EdgeNode } from './edge-node.js';
import { EdgeTier } from './edge-tier.js';
import type { Backup } from './fakes/mongo/index.js';
import { Faults } from './faults.js';
import { Link, type LinkEvents } from './link.js';
import { Person, type Shop } from './people.js';
import type { Plan } from './plan.js';
import { SimProcess } from './process.js';
import { SimRandom } from './random.js';
import { Schedule } from './schedule.js';
import { StoreClient } from './store-client.js';
import { StoreServer } from './store-server.js';
import { Tally } from './tally.js';
import type { Trace } from './trace.js';

const KEY: DeploymentKey = Buffer.alloc(32, 7);
const SHARDS_MAX = 4; // of a new generation
const RENEW_RETRY_MS = 500; // ms after which an operator tries again
const RESTORE_MS = 1_000; // ms that a restore takes
const BACKUP_EVERY = 4; // upheavals between two backups, on average
const UPHEAVAL_MS = 500; // ms between two moments at which processes may die
const RESTART_MAX_MS = 3_000; // ms that a process is away; every other one is back at once

export interface Trouble {
  readonly id: string;
  readonly room: string;
  readonly detail: string;
}

export interface Typing {
  readonly room: RoomId;
  readonly by: string;
  readonly to: string;
}

/** Whoever has to know that history is undone. */
export interface Restoring {
  /** Everything is stopped, and the store is as it was left. */
  begins(): Promise<void>;
  /** The store is as it was when the backup was made. */
  done(): Promise<void>;
}

export class World implements ClientHost {
  readonly plan: Plan;
  readonly tally = new Tally();
  readonly schedule: Schedule;
  readonly store: StoreServer;
  readonly bus: BusServer;
  readonly people: Person[] = [];
  readonly links: Link[] = [];
  readonly troubles: Trouble[] = [];
  /** Who was told, in which room, that who is typing, since the last restore. */
  typings: Typing[] = [];
  readonly shop: Shop = { key: KEY, rooms: [] };
  readonly caps: StreamCaps;
  shape: ClusterShape;
  onRestore: Restoring = { begins: () => Promise.resolve(), done: () => Promise.resolve() };
  readonly #random: SimRandom;
  readonly #trace: Trace;
  readonly #faults: Faults;
  readonly #edges: EdgeTier;
  readonly #actors: ActorTier;
  #processes = 0;
  #over = false;
  #renewing = false;
  #backup: Backup | null = null;

  constructor(plan: Plan, trace: Trace) {
    this.plan = plan;
    this.#trace = trace;
    this.#random = new SimRandom(plan.seed);
    this.schedule = new Schedule((at, name) => trace.event(at, name));
    this.#faults = new Faults(plan, this.#random.stream('faults'), this.tally);
    this.caps = plan.tight
      ? { maxEntries: 24, maxBytes: 256 * 1_024 }
      : { maxEntries: INBOX_MAX_ENTRIES, maxBytes: INBOX_MAX_BYTES };
    const shared = {
      process: this.#process('servers'),
      faults: this.#faults,
      tally: this.tally,
      say: (what: string) => this.#say(what),
    };
    this.store = new StoreServer({ ...shared, onStalled: () => this.#actors.stalled() });
    this.shape = { generation: asGeneration('g1'), shards: plan.shards };
    this.bus = new BusServer({ ...shared, plan, shape: () => this.shape });
    const host = {
      plan,
      tally: this.tally,
      faults: this.#faults,
      shape: () => this.shape,
      busServer: this.bus,
      storeServer: this.store,
      process: (kind: string) => this.#process(kind),
      log: (process: SimProcess) => this.#log(process),
      say: (what: string) => this.#say(what),
      after: (ms: number, name: string, task: () => void) => void this.schedule.after(ms, name, task),
      soon: (task: () => void) => this.#soon(task),
    };
    this.#actors = new ActorTier({ ...host, wrong: (id, detail) => this.wrong(id, '-', detail) });
    this.#edges = new EdgeTier({ ...host, caps: this.caps, key: KEY });
  }

  start(): void {
    this.#startAll();
    for (let i = 0; i < this.plan.people; i += 1) {
      const name = `p${String(i)}`;
      const traits = {
        role: i === 0 ? 'seller' : 'buyer',
        hasty: i < this.plan.hasty,
        types: i < this.plan.typists,
        hasInbox: i < this.plan.inboxes,
      } as const;
      const client = new Client(name, traits, this.#process(name), this);
      const person = new Person(
        client,
        this,
        this.plan,
        this.shop,
        this.#faults,
        i >= this.plan.people - this.plan.fickle,
      );
      this.people.push(person);
      person.start();
    }
    this.#upheavals();
  }

  /** Nothing strikes any more, and nobody begins anything new. */
  calm(): void {
    this.#over = true;
    this.#faults.end();
    this.store.calm();
    this.bus.calm();
    this.#actors.calm();
    for (const person of this.people) person.rest();
    this.#say('the faults are over');
  }

  // ---- what clients see of it ----------------------------------------------------------------------

  edge(random: SimRandom): EdgeNode | null {
    const { accepting } = this.#edges;
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

  typing(room: RoomId, by: string, to: string): void {
    this.tally.met('typing told');
    this.typings.push({ room, by, to });
  }

  inboxTold(): void {
    this.tally.met('inbox told of a room');
  }

  formerGeneration(): void {
    this.tally.met('history of a former generation let go');
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

  /** Every so often something may die, drain, stop answering, or be given another time. */
  #upheavals(): void {
    this.schedule.after(UPHEAVAL_MS, 'upheaval', () => {
      if (this.#over) return;
      this.#actors.upheaval();
      this.#edges.upheaval();
      if (this.#faults.strikes('new-generation')) this.#renew();
      else if (this.plan.faults['new-generation'] !== undefined) this.#backUp();
      this.store.upheaval();
      this.bus.upheaval();
      this.#upheavals();
    });
  }

  #backUp(): void {
    if (this.#renewing || this.#faults.between(1, BACKUP_EVERY) > 1) return;
    this.#say('a backup is made');
    this.#backup = this.store.set.committed.backup();
  }

  /** Everything is stopped, maybe a backup is restored, the number of shards changes, and everything starts again in a new generation. */
  #renew(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    this.#say('everything is stopped for a new generation');
    this.#actors.end();
    this.#edges.end();
    const process = this.#process('operator');
    const { deployment } = new StoreClient(this.store, process);
    const shards = this.#faults.between(1, SHARDS_MAX);
    const backup = this.#faults.between(0, 1) === 0 ? null : this.#backup;
    process.spawn.background('new generation', async () => {
      if (backup !== null) await this.#restore(backup, process);
      while (!(await this.#begun(deployment, shards))) await pause(process.timers, RENEW_RETRY_MS);
      this.#renewing = false;
      this.#startAll();
    });
  }

  /** What came after the backup is lost, and was promised to nobody: another history begins. */
  async #restore(backup: Backup, process: SimProcess): Promise<void> {
    // Until then what the processes had said to their clients is heard, or lost.
    await pause(process.timers, RESTORE_MS);
    await this.onRestore.begins();
    while (!(await this.#restored(backup))) await pause(process.timers, RENEW_RETRY_MS);
    this.tally.met('older backup restored');
    this.#say('a backup is restored');
    await this.onRestore.done();
  }

  async #restored(backup: Backup): Promise<boolean> {
    try {
      await this.store.set.restore(backup);
      return true;
    } catch {
      return false;
    }
  }

  async #begun(deployment: Deployment, shards: number): Promise<boolean> {
    try {
      const { generation } = await deployment.beginGeneration(shards, ROOM_HASH);
      this.shape = { generation: asGeneration(generation), shards };
      this.tally.met('new generation begun');
      this.#say(`a new generation has ${String(shards)} shards`);
      return true;
    } catch {
      return false;
    }
  }

  #startAll(): void {
    this.#actors.start();
    this.#edges.start();
  }

  #soon(task: () => void): void {
    this.schedule.after(this.#faults.between(0, 1) * this.#faults.between(0, RESTART_MAX_MS), 'restart', task);
  }
}
