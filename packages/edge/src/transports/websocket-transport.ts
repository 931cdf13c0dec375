/**
 * STOMP over a WebSocket. `ws` reads, and writes pongs and the close; frames of ours are written to the
 * socket beneath it, many in one write.
 *
 * Invariants
 * 1. `onClose` is called once. After `end` the handler hears nothing else.
 * 2. Only whole WebSocket frames are written, and none behind the close frame.
 * 3. A peer that asks faster than it reads gets no more pongs than fit into the queue (I10).
 */
import type { Duplex } from 'node:stream';
import { CLOSE_HANDSHAKE_MS, SLOW_CONSUMER_QUEUE_BYTES } from '@munova/contracts';
import type { Timers } from '@munova/contracts';
import type { RawData, WebSocket } from 'ws';
import type { Ending, Transport, TransportHandler } from '../session/transport.js';
import { WEBSOCKET_FRAMING } from './websocket-framing.js';

export class WebSocketTransport implements Transport {
  readonly framing = WEBSOCKET_FRAMING;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #timers: Timers;
  #ended = false;

  /** @param ws without per-message compression, and with `autoPong` off. @param socket the one beneath it */
  constructor(ws: WebSocket, socket: Duplex, timers: Timers) {
    this.#ws = ws;
    this.#socket = socket;
    this.#timers = timers;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  open(handler: TransportHandler): void {
    const onDrain = (): void => {
      if (!this.#ended) handler.onDrain();
    };
    this.#socket.on('drain', onDrain);
    this.#ws
      .on('message', (data) => {
        if (!this.#ended) for (const chunk of chunksOf(data)) handler.onData(chunk);
      })
      .on('ping', (data) => {
        if (!this.#ended && this.queuedBytes < SLOW_CONSUMER_QUEUE_BYTES) this.#ws.pong(data);
      })
      // `ws` closes with the right code by itself; `close` follows and is what counts.
      .on('error', () => undefined)
      .on('close', () => {
        this.#socket.off('drain', onDrain);
        handler.onClose();
      });
  }

  write(bytes: Uint8Array): void {
    if (!this.#ended && this.#ws.readyState === this.#ws.OPEN) this.#socket.write(bytes);
  }

  pause(): void {
    if (!this.#ended) this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  end({ frame, code, reason }: Ending): void {
    if (this.#ended) return;
    if (frame !== null) this.write(WEBSOCKET_FRAMING.wrap(frame));
    this.#ended = true;
    // The peer's answer to the close has to be read.
    this.#ws.resume();
    this.#ws.close(code, reason);
    const timer = this.#timers.after(CLOSE_HANDSHAKE_MS, () => this.#ws.terminate());
    this.#ws.once('close', () => timer.cancel());
  }

  destroy(): void {
    this.#ended = true;
    this.#ws.terminate();
  }
}

const chunksOf = (data: RawData): readonly Uint8Array[] => {
  if (Array.isArray(data)) return data;
  return [data instanceof ArrayBuffer ? new Uint8Array(data) : data];
};
