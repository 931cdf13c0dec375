/**
 * Reads the frames of a WebSocket client (RFC 6455, 5), cut anywhere.
 *
 * Invariants
 * 1. What the sink hears depends on the bytes alone: any cutting gives the same payload, pings, close or violation.
 *    Only of a text that is no UTF-8, more or less may have been handed on before that was found out.
 * 2. Payloads are unmasked where they lie and handed on as they come, whole messages or not: nothing of them
 *    is kept or copied, but a control frame that comes in pieces, at most 125 bytes.
 * 3. No more of a message is handed on than its bound (I10).
 * 4. Behind a close, and behind the first violation, nothing is read.
 */
import { isUtf8 } from 'node:buffer';
import { CLOSE_CODES } from '@munova/contracts';
import { unmask } from './unmask.js';
import { Utf8Stream } from './utf8-stream.js';

/** What may be wrong with a peer's frames: malformed, no UTF-8 in a text, a message over its bound. */
export type ViolationCode = 1002 | 1007 | 1009;

export interface FrameSink {
  /** The next bytes of a text or binary message. The sink's to keep. */
  onPayload(piece: Uint8Array): void;
  /** Valid during the call only. */
  onPing(payload: Uint8Array): void;
  /** @param code as the peer said it; null for none */
  onPeerClose(code: number | null): void;
  onViolation(code: ViolationCode, reason: string): void;
}

const PROTOCOL_ERROR = 1002;
const INVALID_TEXT = 1007;

const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

const FIN_BIT = 0x80;
const RESERVED_BITS = 0x70;
const OPCODE_BITS = 0x0f;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const MAX_CONTROL_BYTES = 125;
const TWO_BYTES_FOLLOW = 126;
const MASK_BYTES = 4;

/** What the next byte is. */
type Part = 'first' | 'second' | 'length' | 'mask' | 'payload';

export class WebSocketReader {
  readonly #sink: FrameSink;
  readonly #maxMessageBytes: number;
  readonly #text = new Utf8Stream();
  #part: Part = 'first';
  /** Bytes of `#part` that are missing. */
  #missing = 0;
  #opcode = CONTINUATION;
  #isLast = false;
  #length = 0;
  #mask = 0;
  /** Of the message that is under way: its first frame's opcode, and the bytes announced of it; null between messages. */
  #message: typeof TEXT | typeof BINARY | null = null;
  #messageBytes = 0;
  /** A control frame's payload that did not come in one piece. */
  #control: Buffer | null = null;
  #isOver = false;

  /** @param maxMessageBytes of one message, all its frames together */
  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** @param bytes changed in place; parts of it go to the sink */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      if (this.#part === 'payload') at = this.#readPayload(bytes, at);
      else this.#readHead(bytes[at++] ?? 0);
    }
  }

  #readHead(byte: number): void {
    switch (this.#part) {
      case 'first':
        this.#begin(byte);
        return;
      case 'second':
        this.#readShortLength(byte);
        return;
      case 'length':
        // Inexact beyond 2^53, and refused long before.
        this.#length = this.#length * 256 + byte;
        if (--this.#missing === 0) this.#judgeLength();
        return;
      default:
        this.#mask = (this.#mask << 8) | byte;
        if (--this.#missing > 0) return;
        this.#part = 'payload';
        this.#missing = this.#length;
        if (this.#length === 0) this.#take(new Uint8Array(0));
    }
  }

  #begin(byte: number): void {
    this.#opcode = byte & OPCODE_BITS;
    this.#isLast = (byte & FIN_BIT) !== 0;
    this.#part = 'second';
    if ((byte & RESERVED_BITS) !== 0) this.#violate(PROTOCOL_ERROR, 'reserved bits are set');
    else if (this.#isControl) {
      if (this.#opcode > PONG) this.#violate(PROTOCOL_ERROR, 'unknown opcode');
      else if (!this.#isLast) this.#violate(PROTOCOL_ERROR, 'a control frame is in fragments');
    } else if (this.#opcode > BINARY) this.#violate(PROTOCOL_ERROR, 'unknown opcode');
    else if ((this.#opcode === CONTINUATION) !== (this.#message !== null)) {
      this.#violate(PROTOCOL_ERROR, this.#message === null ? 'nothing to continue' : 'a message within a message');
    } else if (this.#opcode === TEXT || this.#opcode === BINARY) this.#message = this.#opcode;
  }

  get #isControl(): boolean {
    return this.#opcode >= CLOSE;
  }

  #readShortLength(byte: number): void {
    const length = byte & LENGTH_BITS;
    this.#length = 0;
    if ((byte & MASK_BIT) === 0) this.#violate(PROTOCOL_ERROR, 'a frame is not masked');
    else if (length <= MAX_CONTROL_BYTES) {
      this.#length = length;
      this.#judgeLength();
    } else if (this.#isControl) this.#violate(PROTOCOL_ERROR, 'a control frame is too long');
    else {
      this.#part = 'length';
      this.#missing = length === TWO_BYTES_FOLLOW ? 2 : 8;
    }
  }

  #judgeLength(): void {
    this.#part = 'mask';
    this.#missing = MASK_BYTES;
    if (this.#isControl) return;
    this.#messageBytes += this.#length;
    if (this.#messageBytes > this.#maxMessageBytes) this.#violate(CLOSE_CODES.tooBig, 'too-large');
  }

  /** @returns where it stopped */
  #readPayload(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#missing);
    unmask(bytes, from, to, this.#mask, this.#length - this.#missing);
    this.#missing -= to - from;
    this.#take(bytes.subarray(from, to));
    return to;
  }

  #take(piece: Uint8Array): void {
    if (this.#isControl) this.#takeControl(piece);
    else this.#takeData(piece);
    if (this.#missing === 0) this.#part = 'first';
  }

  #takeData(piece: Uint8Array): void {
    const isText = this.#message === TEXT;
    if (isText && !this.#text.push(piece)) {
      this.#violate(INVALID_TEXT, 'a text is no UTF-8');
      return;
    }
    if (piece.length > 0) this.#sink.onPayload(piece);
    if (this.#missing > 0 || !this.#isLast) return;
    this.#message = null;
    this.#messageBytes = 0;
    if (isText && !this.#text.end()) this.#violate(INVALID_TEXT, 'a text is no UTF-8');
  }

  #takeControl(piece: Uint8Array): void {
    let payload = piece;
    if (piece.length < this.#length) {
      this.#control ??= Buffer.alloc(this.#length);
      this.#control.set(piece, this.#length - this.#missing - piece.length);
      if (this.#missing > 0) return;
      payload = this.#control;
      this.#control = null;
    }
    if (this.#opcode === PING) this.#sink.onPing(payload);
    else if (this.#opcode === CLOSE) this.#takeClose(payload);
  }

  #takeClose(payload: Uint8Array): void {
    const [high, low] = payload;
    if (high === undefined || low === undefined) {
      if (high !== undefined) this.#violate(PROTOCOL_ERROR, 'half a close code');
      else this.#endWith(null);
      return;
    }
    const code = high * 256 + low;
    if (!mayBeSaid(code)) this.#violate(PROTOCOL_ERROR, 'a close code that may not be said');
    else if (!isUtf8(payload.subarray(2))) this.#violate(INVALID_TEXT, 'a close reason is no UTF-8');
    else this.#endWith(code);
  }

  #endWith(code: number | null): void {
    this.#isOver = true;
    this.#sink.onPeerClose(code);
  }

  #violate(code: ViolationCode, reason: string): void {
    this.#isOver = true;
    this.#sink.onViolation(code, reason);
  }
}

/** Close codes that stand in frames (RFC 6455, 7.4, and the registry of IANA). */
const mayBeSaid = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);
