/**
 * One direction of one connection through the proxy.
 *
 * 1. What is written to the sink is what came from the source, in its order, less what was swallowed or filtered.
 * 2. The end of the source, orderly or not, is passed on behind its last byte, as it was.
 * 3. At most PROXY_BUFFER_BYTES and one read more are kept; then the source is not read.
 * 4. While it holds, nothing is read, written or closed.
 */
import type { Socket } from 'node:net';
import { PROXY_BUFFER_BYTES, PROXY_SLICE_MS } from './limits.js';

/** `pass` on, `swallow`: read and forget, or `hold`: neither read nor write, until told otherwise. */
export type FlowMode = 'pass' | 'swallow' | 'hold';

export interface FlowConditions {
  readonly mode: FlowMode;
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

export interface FlowEvents {
  /** What of the bytes that came goes on. */
  filter(bytes: Buffer): Buffer;
  onSwallowed(bytes: number): void;
}

type Item =
  | { readonly at: number; readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly at: number; readonly kind: 'end' }
  | { readonly at: number; readonly kind: 'reset' };

/** Moves bytes from `source` to `sink` under conditions that can change at any time. */
export class Flow {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #events: FlowEvents;
  readonly #queue: Item[] = [];
  #conditions: FlowConditions;
  #queuedBytes = 0;
  #isSinkFull = false;
  /** When the rate lets the next byte through (milliseconds of the monotonic clock). */
  #nextWriteAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, conditions: FlowConditions, events: FlowEvents) {
    this.#source = source;
    this.#sink = sink;
    this.#events = events;
    this.#conditions = conditions;
    source.on('data', (read: Buffer) => {
      const bytes = events.filter(read);
      if (bytes.length === 0) return;
      this.#queuedBytes += bytes.length;
      this.#add({ at: performance.now(), kind: 'bytes', bytes });
    });
    source.on('end', () => this.#add({ at: performance.now(), kind: 'end' }));
    source.on('error', () => this.#add({ at: performance.now(), kind: 'reset' }));
    sink.on('drain', () => {
      this.#isSinkFull = false;
      this.#pump();
    });
    sink.on('close', () => clearTimeout(this.#timer));
    this.#pump();
  }

  /** Applies to what is queued, too. */
  set(conditions: FlowConditions): void {
    this.#conditions = conditions;
    this.#nextWriteAt = 0;
    this.#pump();
  }

  #add(item: Item): void {
    this.#queue.push(item);
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const { mode, latencyMs } = this.#conditions;
    for (let [item] = this.#queue; item !== undefined && mode !== 'hold' && !this.#isSinkFull; [item] = this.#queue) {
      const waitMs = Math.max(item.at + latencyMs, this.#nextWriteAt) - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs);
        break;
      }
      this.#queue.shift();
      this.#deliver(item);
    }
    if (mode === 'hold' || this.#queuedBytes > PROXY_BUFFER_BYTES) this.#source.pause();
    else this.#source.resume();
  }

  #deliver(item: Item): void {
    if (item.kind === 'end') return void this.#sink.end();
    if (item.kind === 'reset') return void this.#sink.resetAndDestroy();
    const { mode, bytesPerSecond } = this.#conditions;
    if (mode === 'swallow') {
      this.#queuedBytes -= item.bytes.length;
      this.#events.onSwallowed(item.bytes.length);
      return;
    }
    const size = Math.min(item.bytes.length, Math.max(1, Math.floor((bytesPerSecond * PROXY_SLICE_MS) / 1_000)));
    const rest = item.bytes.subarray(size);
    if (rest.length > 0) this.#queue.unshift({ ...item, bytes: rest });
    this.#queuedBytes -= size;
    this.#nextWriteAt = performance.now() + (size / bytesPerSecond) * 1_000;
    this.#isSinkFull = !this.#sink.write(item.bytes.subarray(0, size));
  }
}
