/**
 * STOMP over a TCP socket.
 *
 * Invariants
 * 1. `onClose` is called once. After `end` the handler hears nothing else.
 * 2. After `end` the socket lives for TCP_ERROR_DRAIN_MS at most, and for DISCONNECT_FINISH_MS where no ERROR
 *    ends it: a slow reader in good standing gets its last receipts. Until then what the client sends is
 *    read and thrown away, since closing with unread bytes resets the connection, and the last frame with it.
 */
import type { Socket } from 'node:net';
import { DISCONNECT_FINISH_MS, TCP_ERROR_DRAIN_MS } from '@munova/contracts';
import type { Timers } from '@munova/contracts';
import type { Ending, Transport, TransportHandler } from '../session/transport.js';
import { STREAM_FRAMING } from './stream-framing.js';

/** ms between the probes of an idle connection. */
export const KEEP_ALIVE_MS = 60_000;

export class TcpTransport implements Transport {
  readonly framing = STREAM_FRAMING;
  readonly #socket: Socket;
  readonly #timers: Timers;
  #ended = false;

  constructor(socket: Socket, timers: Timers) {
    this.#socket = socket;
    this.#timers = timers;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  open(handler: TransportHandler): void {
    this.#socket
      .on('data', (chunk: Buffer) => {
        if (!this.#ended) handler.onData(chunk);
      })
      .on('end', () => {
        if (!this.#ended) handler.onEnd();
      })
      .on('drain', () => {
        if (!this.#ended) handler.onDrain();
      })
      // What went wrong with a socket is the peer's business; `close` follows and is what counts.
      .on('error', () => this.#socket.destroy())
      .on('close', () => handler.onClose());
  }

  write(bytes: Uint8Array): void {
    if (!this.#ended && this.#socket.writable) this.#socket.write(bytes);
  }

  pause(): void {
    if (!this.#ended) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end({ frame }: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.resume();
    if (frame === null) this.#socket.end();
    else this.#socket.end(frame);
    const timer = this.#timers.after(frame === null ? DISCONNECT_FINISH_MS : TCP_ERROR_DRAIN_MS, () => this.destroy());
    this.#socket.once('close', () => timer.cancel());
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}
