/**
 * STOMP over a WebSocket whose handshake is done.
 *
 * Invariants
 * 1. `onClose` is called once. After `end` the handler hears nothing else.
 * 2. Only whole WebSocket frames are written, and none behind the close frame.
 * 3. A peer that asks faster than it reads gets no more pongs than fit into the queue (I10).
 * 4. From the close frame on the socket lives for CLOSE_HANDSHAKE_MS at most. Until then what the peer sends is
 *    read and thrown away, since closing with unread bytes resets the connection, and the last frame with it.
 */
import type { Socket } from 'node:net';
import { CLOSE_HANDSHAKE_MS, SLOW_CONSUMER_QUEUE_BYTES, SOCKET_MESSAGE_MAX_BYTES } from '@munova/contracts';
import type { Timers } from '@munova/contracts';
import type { Ending, Transport, TransportHandler } from '../session/transport.js';
import { closeFrame, pongFrame, WEBSOCKET_FRAMING } from './websocket-framing.js';
import { WebSocketReader } from './websocket-reader.js';
import type { FrameSink, ViolationCode } from './websocket-reader.js';

export class WebSocketTransport implements Transport, FrameSink {
  readonly framing = WEBSOCKET_FRAMING;
  readonly #socket: Socket;
  readonly #timers: Timers;
  readonly #reader = new WebSocketReader(this, SOCKET_MESSAGE_MAX_BYTES);
  /** What came behind the upgrade's head. */
  #head: Uint8Array | null;
  #handler: TransportHandler | null = null;
  #isClosing = false;

  constructor(socket: Socket, head: Uint8Array, timers: Timers) {
    this.#socket = socket;
    this.#head = head;
    this.#timers = timers;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  open(handler: TransportHandler): void {
    this.#handler = handler;
    this.#socket
      .on('data', (chunk: Buffer) => this.#reader.push(chunk))
      .on('end', () => this.#hangUp())
      .on('drain', () => this.#handler?.onDrain())
      // What went wrong with a socket is the peer's business; `close` follows and is what counts.
      .on('error', () => this.#socket.destroy())
      .on('close', () => handler.onClose())
      .resume();
    if (this.#head !== null) this.#reader.push(this.#head);
    this.#head = null;
  }

  write(bytes: Uint8Array): void {
    if (!this.#isClosing && this.#socket.writable) this.#socket.write(bytes);
  }

  pause(): void {
    if (!this.#isClosing) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end({ frame, code, reason }: Ending): void {
    this.#handler = null;
    if (frame !== null) this.write(WEBSOCKET_FRAMING.wrap(frame));
    this.#sayClose(code, reason);
  }

  destroy(): void {
    this.#handler = null;
    this.#socket.destroy();
  }

  onPayload(piece: Uint8Array): void {
    this.#handler?.onData(piece);
  }

  onPing(payload: Uint8Array): void {
    if (this.queuedBytes < SLOW_CONSUMER_QUEUE_BYTES) this.write(pongFrame(payload));
  }

  onPeerClose(code: number | null): void {
    this.#sayClose(code, '');
    this.#hangUp();
  }

  onViolation(code: ViolationCode, reason: string): void {
    this.#sayClose(code, reason);
    this.#hangUp();
  }

  #sayClose(code: number | null, reason: string): void {
    this.write(closeFrame(code, reason));
    this.#beginClosing();
  }

  /** Nothing more is written; the server's side ends first (RFC 6455, 7.1.1). */
  #hangUp(): void {
    this.#beginClosing();
    this.#socket.end();
  }

  #beginClosing(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.resume();
    const timer = this.#timers.after(CLOSE_HANDSHAKE_MS, () => this.#socket.destroy());
    this.#socket.once('close', () => timer.cancel());
  }
}
