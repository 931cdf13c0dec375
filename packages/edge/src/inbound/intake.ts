/**
 * Bytes to frames, no faster than the session takes them.
 *
 * Invariants
 * 1. Frames are handled in the order of their bytes, one at a time.
 * 2. Bytes are decoded a slice at a time and only when every decoded frame has been handled: what is
 *    held beside that is what the socket had under way when it was paused.
 * 3. The socket is paused exactly while a frame waits for admission.
 */
import { ChatError, FRAME_ARRIVAL_MS } from '@munova/contracts';
import type { Clock, Timer, Timers } from '@munova/contracts';
import { negotiateVersion, StompDecoder } from '@munova/contracts/stomp';
import type { StompFrame } from '@munova/contracts/stomp';

/** Bytes decoded before the frames in them are handled. */
const SLICE_BYTES = 4 * 1024;

/** `hold`: until `poke`. */
export type Admission = 'now' | 'hold' | { readonly wait: number };

export interface IntakeHost {
  readonly clock: Clock;
  readonly timers: Timers;
  admit(frame: StompFrame): Admission;
  handle(frame: StompFrame): void;
  /** Malformed, or too large. Nothing follows. */
  broken(error: ChatError): void;
  /** The client's last frame has been handled. */
  ended(): void;
  pause(): void;
  resume(): void;
}

export class Intake {
  readonly #host: IntakeHost;
  readonly #decoder: StompDecoder;
  #chunks: Uint8Array[] = [];
  #frames: StompFrame[] = [];
  #timer: Timer | null = null;
  #paused = false;
  #stopped = false;
  #running = false;
  /** When the frame that is arriving began, monotonic ms. */
  #begunAt: number | null = null;
  #fault: ChatError | null = null;
  #hasEnded = false;

  constructor(host: IntakeHost) {
    this.#host = host;
    this.#decoder = new StompDecoder({
      frame: (frame) => this.#onFrame(frame),
      heartbeat: () => undefined,
    });
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    this.#chunks.push(chunk);
    this.poke();
  }

  /** No more bytes will come. */
  end(): void {
    this.#hasEnded = true;
    this.poke();
  }

  /** Something may be admitted now that was not before. */
  poke(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#timer?.cancel();
    this.#timer = null;
    try {
      while (this.#step());
    } finally {
      this.#running = false;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#decoder.stop();
    this.#chunks = [];
    this.#frames = [];
  }

  /** What came and was not handled, and all that comes, is thrown away without being looked at. */
  discard(): void {
    this.stop();
    this.#begunAt = null;
    this.#setPaused(false);
  }

  /** True when a frame began FRAME_ARRIVAL_MS ago and its end is missing, though the socket was read. */
  isOverdue(now: number): boolean {
    if (this.#paused) this.#begunAt = this.#begunAt === null ? null : now;
    return this.#begunAt !== null && now - this.#begunAt >= FRAME_ARRIVAL_MS;
  }

  /** @returns whether there may be more to do */
  #step(): boolean {
    if (this.#stopped) return false;
    const frame = this.#frames[0];
    if (frame !== undefined) return this.#offer(frame);
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#decode(chunk);
      return true;
    }
    if (this.#fault !== null) {
      this.#host.broken(this.#fault);
      return false;
    }
    this.#setPaused(false);
    if (this.#hasEnded) this.#host.ended();
    return false;
  }

  #offer(frame: StompFrame): boolean {
    const admission = this.#host.admit(frame);
    if (admission === 'now') {
      this.#frames.shift();
      this.#host.handle(frame);
      return true;
    }
    this.#setPaused(true);
    if (admission !== 'hold') this.#timer = this.#host.timers.after(admission.wait, () => this.poke());
    return false;
  }

  #decode(chunk: Uint8Array): void {
    if (chunk.length > SLICE_BYTES) this.#chunks.unshift(chunk.subarray(SLICE_BYTES));
    try {
      this.#decoder.push(chunk.subarray(0, SLICE_BYTES));
    } catch (error) {
      // The frames before the error count; what is broken is said behind them.
      this.#fault = error instanceof ChatError ? error : new ChatError('internal');
      this.#chunks = [];
    }
    if (!this.#decoder.midFrame) this.#begunAt = null;
    else this.#begunAt ??= this.#host.clock.monotonic();
  }

  #onFrame(frame: StompFrame): void {
    this.#frames.push(frame);
    this.#begunAt = null;
    if (frame.command !== 'CONNECT' && frame.command !== 'STOMP') return;
    // Frames right behind CONNECT are decoded before it is handled, and already in its version.
    const version = negotiateVersion(frame.header('accept-version'));
    if (version !== null) this.#decoder.setVersion(version);
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (paused) this.#host.pause();
    else this.#host.resume();
  }
}
