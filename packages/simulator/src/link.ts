/**
 * A connection between a client and an edge over a simulated network: the edge's transport, and what the
 * client holds of it. Invariants:
 * 1. Bytes arrive in order, cut anywhere; after the close of either side nothing arrives.
 * 2. While the edge has paused, what the client sends waits outside.
 */
import { SLOW_CONSUMER_QUEUE_BYTES } from '@munova/contracts';
import type { Ending, Framing, Transport, TransportHandler } from '@munova/edge';
import type { SimProcess } from './process.js';
import type { SimRandom } from './random.js';
import { ticks, type Schedule } from './schedule.js';
import type { Tally } from './tally.js';

export interface LinkEvents {
  data(bytes: Uint8Array): void;
  closed(): void;
}

export interface LinkParts {
  readonly name: string;
  readonly schedule: Schedule;
  readonly edge: SimProcess;
  readonly client: SimProcess;
  readonly random: SimRandom;
  readonly tally: Tally;
  readonly latencyMs: number;
}

/** ms that the network needs for a KiB. */
const MS_A_KIB = 0.125;
const FRAMING: Framing = { name: 'simulated', wrap: (frame) => frame };

export class Link implements Transport {
  readonly framing = FRAMING;
  readonly remote: string;
  /** The most that was ever queued on the edge's side. */
  mostQueued = 0;
  readonly #parts: LinkParts;
  readonly #events: LinkEvents;
  #handler: TransportHandler | null = null;
  #queued = 0;
  #wasFull = false;
  #paused = false;
  readonly #waiting: Uint8Array[] = [];
  #serverClosed = false;
  #clientClosed = false;
  /** When the network takes the next bytes of the edge's. */
  #takenAt = 0;
  #reachesEdgeAt = 0;
  #stalledUntil = 0;

  constructor(parts: LinkParts, events: LinkEvents) {
    this.#parts = parts;
    this.#events = events;
    this.remote = parts.name;
  }

  // ---- the edge's side -----------------------------------------------------------------------------

  get queuedBytes(): number {
    return this.#queued;
  }

  open(handler: TransportHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): void {
    if (this.#serverClosed) return;
    this.#queued += bytes.length;
    this.mostQueued = Math.max(this.mostQueued, this.#queued);
    this.#wasFull ||= this.#queued >= SLOW_CONSUMER_QUEUE_BYTES;
    this.#send(bytes, () => this.#taken(bytes.length));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#parts.edge.spawn.defer(() => this.#deliver());
  }

  end({ frame }: Ending): void {
    if (this.#serverClosed) return;
    if (frame !== null) this.#send(frame, () => undefined);
    this.#closeBehind();
  }

  destroy(): void {
    if (!this.#serverClosed) this.#closeBehind();
  }

  // ---- the client's side ---------------------------------------------------------------------------

  send(bytes: Uint8Array): void {
    const { random } = this.#parts;
    const cut = random.chance(0.2) ? random.between(1, bytes.length) : bytes.length;
    this.#toEdge(() => {
      this.#waiting.push(...[bytes.subarray(0, cut), bytes.subarray(cut)].filter((part) => part.length > 0));
      this.#deliver();
    });
  }

  /** The client reads nothing for so long. */
  stall(ms: number): void {
    this.#stalledUntil = this.#parts.schedule.now + ms;
  }

  /** The client is gone without a word. */
  drop(): void {
    if (this.#clientClosed) return;
    this.#clientClosed = true;
    this.#events.closed();
    this.#toEdge(() => {
      this.#serverClosed = true;
      this.#handler?.onClose();
    });
  }

  /** The edge's process is gone; its kernel says so. */
  reset(): void {
    this.#serverClosed = true;
    this.#parts.client.timers.after(this.#parts.latencyMs, () => this.#closeClient());
  }

  // ---- between -------------------------------------------------------------------------------------

  #toEdge(task: () => void): void {
    const { schedule, edge, random, latencyMs, name } = this.#parts;
    const arrival = schedule.now + ticks(latencyMs * (0.5 + random.next()));
    this.#reachesEdgeAt = Math.max(this.#reachesEdgeAt, arrival);
    schedule.at(this.#reachesEdgeAt, `${name} to edge`, () => {
      edge.run(() => {
        if (!this.#serverClosed) task();
      });
    });
  }

  #deliver(): void {
    while (!this.#paused && !this.#serverClosed) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) return;
      this.#handler?.onData(bytes);
    }
  }

  #send(bytes: Uint8Array, onTaken: () => void): void {
    const { schedule, edge, client, latencyMs, name } = this.#parts;
    const begin = Math.max(this.#takenAt, schedule.now, this.#stalledUntil);
    this.#takenAt = begin + ticks((bytes.length / 1_024) * MS_A_KIB);
    schedule.at(this.#takenAt, `${name} taken`, () => edge.run(onTaken));
    schedule.at(this.#takenAt + ticks(latencyMs), `${name} to client`, () => {
      client.run(() => {
        if (!this.#clientClosed) this.#events.data(bytes);
      });
    });
  }

  #taken(bytes: number): void {
    this.#queued -= bytes;
    if (this.#serverClosed || this.#queued > 0) return;
    if (this.#wasFull) this.#parts.tally.met('slow consumer caught up');
    this.#wasFull = false;
    this.#handler?.onDrain();
  }

  #closeBehind(): void {
    this.#serverClosed = true;
    const { schedule, edge, client, latencyMs, name } = this.#parts;
    const at = Math.max(this.#takenAt, schedule.now);
    schedule.at(at, `${name} closed`, () => edge.run(() => this.#handler?.onClose()));
    schedule.at(at + ticks(latencyMs), `${name} closed at client`, () => client.run(() => this.#closeClient()));
  }

  #closeClient(): void {
    if (this.#clientClosed) return;
    this.#clientClosed = true;
    this.#events.closed();
  }
}
