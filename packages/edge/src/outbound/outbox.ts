/**
 * What waits to be written to one socket.
 *
 * Invariants
 * 1. Frames leave in the order in which they were put, in one write a turn.
 * 2. `hasRoom` is false from SLOW_CONSUMER_QUEUE_BYTES on; whoever heeds it adds one frame beyond at most (I10).
 * 3. After a time without room `onRoom` is called once, when there is some again.
 */
import { EPHEMERAL_QUEUE_BYTES, SLOW_CONSUMER_PATIENCE_MS, SLOW_CONSUMER_QUEUE_BYTES } from '@munova/contracts';
import type { Clock } from '@munova/contracts';
import type { Transport } from '../session/transport.js';
import type { Flusher } from './flusher.js';

export class Outbox {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #flusher: Flusher;
  readonly #onRoom: () => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #stuckSince: number | null = null;
  /** Monotonic ms. */
  #lastWritten: number;

  constructor(transport: Transport, clock: Clock, flusher: Flusher, onRoom: () => void) {
    this.#transport = transport;
    this.#clock = clock;
    this.#flusher = flusher;
    this.#onRoom = onRoom;
    this.#lastWritten = clock.monotonic();
  }

  get hasRoom(): boolean {
    return this.#stuckSince === null;
  }

  /** True while so little waits that what may be dropped need not be. */
  get hasRoomToSpare(): boolean {
    return this.hasRoom && this.#queuedBytes < EPHEMERAL_QUEUE_BYTES;
  }

  get lastWritten(): number {
    return this.#lastWritten;
  }

  isStuckForGood(now: number): boolean {
    return this.#stuckSince !== null && now - this.#stuckSince >= SLOW_CONSUMER_PATIENCE_MS;
  }

  /** @param wrapped a frame as the transport's framing gave it */
  put(wrapped: Uint8Array): void {
    if (this.#frames.length === 0) this.#flusher.mark(this);
    this.#frames.push(wrapped);
    this.#bytes += wrapped.length;
    if (this.#queuedBytes >= SLOW_CONSUMER_QUEUE_BYTES) {
      this.#stuckSince ??= this.#clock.monotonic();
    }
  }

  flush(): void {
    if (this.#frames.length === 0) return;
    const [first] = this.#frames;
    const bytes = this.#frames.length === 1 && first !== undefined ? first : Buffer.concat(this.#frames, this.#bytes);
    this.#frames = [];
    this.#bytes = 0;
    this.#lastWritten = this.#clock.monotonic();
    this.#transport.write(bytes);
    this.checkRoom();
  }

  get #queuedBytes(): number {
    return this.#bytes + this.#transport.queuedBytes;
  }

  /** The queue may have become shorter. */
  checkRoom(): void {
    if (this.#stuckSince === null || this.#frames.length > 0) return;
    if (this.#transport.queuedBytes >= SLOW_CONSUMER_QUEUE_BYTES) return;
    this.#stuckSince = null;
    this.#onRoom();
  }
}
