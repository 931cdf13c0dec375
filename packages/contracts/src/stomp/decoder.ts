/**
 * The incremental STOMP decoder. Pure: bytes in, frames and heart-beats out, no clock and no I/O.
 *
 * Invariants:
 * 1. What comes out depends on the bytes alone, never on how they were cut into chunks.
 * 2. Each byte is examined a constant number of times and copied an amortised constant number of times.
 * 3. It never holds more of a frame than the limits allow, and between two frames it holds nothing.
 * 4. It keeps no reference to a chunk behind `push`, and neither do the frames it hands out.
 * 5. After an error, or `stop`, it says nothing more.
 */
import { ChatError } from '../errors.js';
import { MAX_FRAME_BODY_BYTES, MAX_FRAME_COMMAND_BYTES, MAX_FRAME_HEADER_BYTES, MAX_FRAME_HEADERS } from '../limits.js';
import { Accumulator } from './accumulator.js';
import { firstHeader, StompFrame, type StompVersion } from './frame.js';
import { HeaderScanner, type HeaderLimits } from './header-scanner.js';
import { parseHeaderSection, type HeaderSection } from './header-section.js';
import { CR, LF, NUL } from './octets.js';
import { Slab } from './slab.js';

export interface DecoderLimits extends HeaderLimits {
  /** Bytes of the body, the NUL behind it not counted. */
  readonly maxBodyBytes: number;
}

/** Called by `push`, in the order of the bytes. Must not call `push`; may call `setVersion` and `stop`. */
export interface DecoderSink {
  frame(frame: StompFrame): void;
  /** An end of line between two frames, the optional ones right behind a frame included. */
  heartbeat(): void;
}

type State = 'between' | 'headers' | 'sized-body' | 'open-body' | 'stopped';

const DEFAULT_LIMITS: DecoderLimits = {
  maxCommandBytes: MAX_FRAME_COMMAND_BYTES,
  maxHeaders: MAX_FRAME_HEADERS,
  maxHeaderBytes: MAX_FRAME_HEADER_BYTES,
  maxBodyBytes: MAX_FRAME_BODY_BYTES,
};

const NO_BODY = Buffer.alloc(0);

export class StompDecoder {
  readonly #sink: DecoderSink;
  readonly #limits: DecoderLimits;
  readonly #scanner: HeaderScanner;
  readonly #pending = new Accumulator();
  #version: StompVersion = '1.0';
  #state: State = 'between';
  /** Between two frames: a carriage return came, its line feed has to follow. */
  #afterCr = false;
  /** Of the frame whose body is arriving. */
  #section: HeaderSection | null = null;
  #bodyLength = 0;

  constructor(sink: DecoderSink, limits: Partial<DecoderLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#scanner = new HeaderScanner(this.#limits);
  }

  /** A frame has begun and not ended; the owner bounds how long that may last (`FRAME_ARRIVAL_MS`). */
  get midFrame(): boolean {
    return this.#state !== 'between' && this.#state !== 'stopped';
  }

  /** Bytes of memory held for the frame that is arriving. */
  get heldBytes(): number {
    return this.#pending.capacity;
  }

  /**
   * How the following frames are read; called from the sink with the CONNECT in hand, so that it
   * holds for a frame in the same chunk already. Before, 1.0 applies: nothing is unescaped, padding
   * is trimmed.
   */
  setVersion(version: StompVersion): void {
    this.#version = version;
  }

  /** Nothing more is decoded, the rest of the present chunk included. */
  stop(): void {
    this.#state = 'stopped';
    this.#section = null;
    this.#pending.clear();
  }

  /**
   * Decodes the next bytes of the stream. Frames before an error have been delivered when it throws.
   * @throws {ChatError} `protocol-error` for what is no STOMP, `too-large` for what exceeds a limit;
   * the message says which. Further chunks are ignored.
   */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    try {
      for (let at = 0; at < bytes.length;) at = this.#step(bytes, at);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** @returns the index of the first byte not consumed; the end of the chunk where more is needed. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#readBetween(bytes, at);
      case 'headers':
        return this.#readHeaders(bytes, at);
      case 'sized-body':
        return this.#readSizedBody(bytes, at);
      case 'open-body':
        return this.#readOpenBody(bytes, at);
      case 'stopped':
        return bytes.length;
    }
  }

  #readBetween(bytes: Buffer, at: number): number {
    const octet = bytes[at];
    if (octet === LF) {
      this.#afterCr = false;
      this.#sink.heartbeat();
      return at + 1;
    }
    if (this.#afterCr) throw new ChatError('protocol-error', 'a carriage return that ends no line');
    if (octet === CR) {
      this.#afterCr = true;
      return at + 1;
    }
    this.#state = 'headers';
    return at;
  }

  #readHeaders(bytes: Buffer, at: number): number {
    const end = this.#scanner.scan(bytes, at);
    if (end < 0) {
      this.#pending.append(bytes, at, bytes.length, this.#limits.maxHeaderBytes);
      return bytes.length;
    }
    const { ascii } = this.#scanner;
    this.#scanner.reset();
    if (this.#pending.length === 0) {
      this.#section = parseHeaderSection(bytes, at, end, ascii, this.#version);
    } else {
      this.#pending.append(bytes, at, end, this.#limits.maxHeaderBytes);
      const whole = this.#pending.take();
      this.#section = parseHeaderSection(whole, 0, whole.length, ascii, this.#version);
    }
    this.#beginBody(this.#section.headers);
    return end;
  }

  #beginBody(headers: readonly string[]): void {
    const announced = firstHeader(headers, 'content-length');
    if (announced === undefined) {
      this.#state = 'open-body';
      return;
    }
    if (!/^[0-9]+$/.test(announced)) throw new ChatError('protocol-error', 'content-length is not a decimal number');
    this.#bodyLength = Number(announced);
    if (this.#bodyLength > this.#limits.maxBodyBytes) throw this.#bodyTooLarge();
    this.#state = 'sized-body';
  }

  #readSizedBody(bytes: Buffer, at: number): number {
    const end = at + this.#bodyLength - this.#pending.length;
    if (end >= bytes.length) {
      this.#pending.append(bytes, at, bytes.length, this.#bodyLength);
      return bytes.length;
    }
    if (bytes[end] !== NUL) throw new ChatError('protocol-error', 'no NUL behind the content-length bytes of the body');
    this.#endFrame(bytes, at, end);
    return end + 1;
  }

  #readOpenBody(bytes: Buffer, at: number): number {
    const nul = bytes.indexOf(NUL, at);
    const end = nul < 0 ? bytes.length : nul;
    if (this.#pending.length + end - at > this.#limits.maxBodyBytes) throw this.#bodyTooLarge();
    if (nul < 0) {
      this.#pending.append(bytes, at, end, this.#limits.maxBodyBytes);
      return end;
    }
    this.#endFrame(bytes, at, end);
    return end + 1;
  }

  /** `bytes[from, to)` is the rest of the body. */
  #endFrame(bytes: Buffer, from: number, to: number): void {
    const section = this.#section;
    if (section === null) throw new Error('a body without its headers');
    const body = this.#takeBody(bytes, from, to);
    // Before the sink is called, which may ask for midFrame and call stop.
    this.#section = null;
    this.#state = 'between';
    this.#sink.frame(new StompFrame(section.command, section.headers, body));
  }

  #takeBody(bytes: Buffer, from: number, to: number): Buffer {
    if (this.#pending.length === 0) return from === to ? NO_BODY : ownCopy(bytes, from, to);
    this.#pending.append(bytes, from, to, this.#pending.length + to - from);
    return this.#pending.take();
  }

  #bodyTooLarge(): ChatError {
    return new ChatError('too-large', `the body exceeds ${String(this.#limits.maxBodyBytes)} bytes`);
  }
}

const slab = new Slab();

/** A slice would keep the whole chunk alive. */
const ownCopy = (bytes: Buffer, from: number, to: number): Buffer => {
  const copy = slab.take(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
};
