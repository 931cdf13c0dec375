/** The replica set of a simulated world, and what strikes it as a whole. */
import type { Membership, RoomDirectory, RoomLog } from '@munova/contracts';
import { mongoPortsOver } from '@munova/store/mongo-core';
import { FakeReplicaSet, onlookerOf } from './fakes/mongo/index.js';
import type { Faults } from './faults.js';
import type { SimProcess } from './process.js';
import type { Tally } from './tally.js';

export interface StoreServerParts {
  /** Of no process of the product: the servers go on whoever dies. */
  readonly process: SimProcess;
  readonly faults: Faults;
  readonly tally: Tally;
  readonly say: (what: string) => void;
  /** The set begins to have no primary, for longer than a lease. */
  readonly onStalled: () => void;
}

/** A primary that dies may have been cut off from the others for so long. */
const CUT_OFF_MAX_MS = 300;
const MEMBER_DOWN_MAX_MS = 20_000; // ms that a member is away
const REPLICATION_HELD_MAX_MS = 12_000; // ms; longer than a writer waits for a majority

export class StoreServer {
  readonly set: FakeReplicaSet;
  /** As a majority has them at this moment: for those who judge. */
  readonly logs: Pick<RoomLog, 'readAfter' | 'heads'>;
  readonly directory: Pick<RoomDirectory, 'get'>;
  readonly members: Pick<Membership, 'view'>;
  /** Outcome keys of appends of which nobody knew whether they had happened. */
  readonly inDoubt = new Set<string>();
  readonly faults: Faults;
  readonly tally: Tally;
  readonly #parts: StoreServerParts;
  #undone = 0;

  constructor(parts: StoreServerParts) {
    const { process } = parts;
    this.#parts = parts;
    this.faults = parts.faults;
    this.tally = parts.tally;
    this.set = new FakeReplicaSet(process);
    const { log, directory, membership } = mongoPortsOver(onlookerOf(this.set), process);
    this.logs = log;
    this.directory = directory;
    this.members = membership;
  }

  /** A moment at which something may happen to the set. */
  upheaval(): void {
    this.#countUndone();
    if (!this.set.hasPrimary) return;
    const { faults, say } = this.#parts;
    if (faults.strikes('primary-crash')) this.#crash();
    else if (faults.strikes('primary-steps-down')) {
      const handedOver = faults.between(0, 3) > 0;
      say(`the primary steps down${handedOver ? '' : ' without handing over'}`);
      if (!handedOver) this.#parts.onStalled();
      this.set.stepDown({ handedOver });
    } else if (faults.strikes('replication-held')) {
      const ms = faults.between(100, REPLICATION_HELD_MAX_MS);
      say(`the secondaries fall behind for ${String(ms)} ms`);
      this.#holdFor(ms);
    }
  }

  calm(): void {
    this.set.releaseReplication();
    this.#countUndone();
  }

  /** What it did in its last moments no majority has. */
  #crash(): void {
    const { faults, say, process } = this.#parts;
    const aloneMs = faults.between(0, CUT_OFF_MAX_MS);
    this.set.holdReplication();
    process.timers.after(aloneMs, () => {
      say('the primary is killed');
      this.#parts.onStalled();
      this.set.crashPrimary(faults.between(0, MEMBER_DOWN_MAX_MS));
      this.set.releaseReplication();
    });
  }

  #holdFor(ms: number): void {
    this.set.holdReplication();
    this.#parts.process.timers.after(ms, () => this.set.releaseReplication());
  }

  #countUndone(): void {
    if (this.set.undone > this.#undone) this.tally.met('an election undid what no majority had');
    this.#undone = this.set.undone;
  }
}
