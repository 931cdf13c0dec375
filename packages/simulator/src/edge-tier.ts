/** The edges of a simulated world: they crash, drain, come back, and lose their way to Redis. */
import type { DeploymentKey, Log } from '@munova/contracts';
import type { StreamCaps } from '@munova/bus';
import type { BusServer } from './bus-server.js';
import type { ClusterShape } from './cluster-shape.js';
import { EdgeNode } from './edge-node.js';
import type { Faults } from './faults.js';
import type { Plan } from './plan.js';
import type { SimProcess } from './process.js';
import type { StoreServer } from './store-server.js';
import type { Tally } from './tally.js';

const SILENT_MAX_MS = 5_000; // ms that nothing passes between an edge and Redis
const DRAIN_MS = 20_000; // ms after which an edge that drains ends

export interface EdgeTierHost {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly faults: Faults;
  readonly shape: () => ClusterShape;
  readonly caps: StreamCaps;
  readonly key: DeploymentKey;
  readonly busServer: BusServer;
  readonly storeServer: StoreServer;
  readonly process: (kind: string) => SimProcess;
  readonly log: (process: SimProcess) => Log;
  readonly say: (what: string) => void;
  readonly after: (ms: number, name: string, task: () => void) => void;
  /** At once, or after a while. */
  readonly soon: (task: () => void) => void;
}

export class EdgeTier {
  readonly #host: EdgeTierHost;
  readonly #edges: EdgeNode[] = [];
  /** They take nobody any more, and go on for those they have. */
  readonly #draining = new Set<EdgeNode>();
  /** Times that all of them were ended. */
  #endings = 0;

  constructor(host: EdgeTierHost) {
    this.#host = host;
  }

  /** Those that take connections. */
  get accepting(): readonly EdgeNode[] {
    return this.#edges.filter((edge) => edge.accepts);
  }

  start(): void {
    for (let i = 0; i < this.#host.plan.edges; i += 1) this.#start();
  }

  /** All of them are killed, and none comes back before `start`. */
  end(): void {
    for (const edge of [...this.#edges.splice(0), ...this.#draining]) edge.kill();
    this.#draining.clear();
    this.#endings += 1;
  }

  /** A moment at which something may happen to each of them. */
  upheaval(): void {
    const { faults } = this.#host;
    for (const edge of this.accepting) {
      edge.ear.upheaval();
      if (faults.strikes('redis-silent')) this.#silence(edge);
      if (faults.strikes('edge-crash')) this.#crash(edge);
      else if (faults.strikes('edge-drain')) this.#drain(edge);
    }
  }

  #start(): void {
    const { shape, caps, key, busServer, storeServer, say } = this.#host;
    const process = this.#host.process('edge');
    const log = this.#host.log(process);
    const edge = new EdgeNode({ process, busServer, storeServer, shape: shape(), caps, key, log });
    this.#edges.push(edge);
    process.spawn.background('start', async () => {
      try {
        await edge.start();
        say(`${process.name} is up`);
      } catch {
        say(`${process.name} could not subscribe and ends`);
        this.#gone(edge);
        edge.kill();
      }
    });
  }

  #silence({ process }: EdgeNode): void {
    const ms = this.#host.faults.between(500, SILENT_MAX_MS);
    this.#host.busServer.redis.silence(process.name, ms);
    this.#host.say(`nothing passes between ${process.name} and Redis for ${String(ms)} ms`);
  }

  #crash(edge: EdgeNode): void {
    if (edge.calls.size > 0) this.#host.tally.met('edge died with calls under way');
    this.#host.say(`${edge.process.name} is killed`);
    this.#gone(edge);
    edge.kill();
  }

  #drain(edge: EdgeNode): void {
    this.#host.say(`${edge.process.name} drains`);
    this.#host.tally.met('edge drained');
    edge.drain();
    this.#draining.add(edge);
    this.#host.after(DRAIN_MS, `${edge.process.name} ends`, () => {
      if (this.#draining.delete(edge)) edge.kill();
    });
    this.#gone(edge);
  }

  #gone(edge: EdgeNode): void {
    const at = this.#edges.indexOf(edge);
    if (at < 0) return;
    this.#edges.splice(at, 1);
    const endings = this.#endings;
    this.#host.soon(() => {
      if (endings === this.#endings) this.#start();
    });
  }
}
