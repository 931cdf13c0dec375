/** WebSocket frames as clients write them, wrong ones too, and what a reader makes of them. */
import type { FrameSink } from '../../src/transports/websocket-reader.js';
import { WebSocketReader } from '../../src/transports/websocket-reader.js';

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

export interface FrameOptions {
  /** Whether it is the last one of its message. */
  readonly fin?: boolean;
  /** The three reserved bits, as a number. */
  readonly reserved?: number;
  /** Null: not masked, as no client may. */
  readonly mask?: readonly [number, number, number, number] | null;
  /** The length that is said, where it is not the payload's. */
  readonly says?: number;
  /** Bytes that the length takes, where that is not the fewest. */
  readonly lengthBytes?: 1 | 2 | 8;
}

export const clientFrame = (opcode: number, payload: string | Uint8Array = '', options: FrameOptions = {}): Buffer => {
  const { fin = true, reserved = 0, mask = [0x37, 0xfa, 0x21, 0x3d] } = options;
  const body = Buffer.from(payload);
  const says = options.says ?? body.length;
  const lengthBytes = options.lengthBytes ?? (says < 126 ? 1 : says < 65_536 ? 2 : 8);
  const head = Buffer.alloc(1 + (lengthBytes === 1 ? 1 : 1 + lengthBytes));
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (mask === null ? 0 : 0x80) | (lengthBytes === 1 ? says : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(says, 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt(says), 2);
  if (mask === null) return Buffer.concat([head, body]);
  return Buffer.concat([head, Buffer.from(mask), body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
};

export const closePayload = (code: number, reason: string | Uint8Array = ''): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
};

/** What a reader said. */
export class Heard implements FrameSink {
  readonly pieces: Uint8Array[] = [];
  readonly pings: string[] = [];
  /** What came before each ping, in bytes of payload. */
  readonly pingsAt: number[] = [];
  /** Undefined as long as the peer has not closed. */
  peerClose: number | null | undefined = undefined;
  violation: number | null = null;
  payloadBytes = 0;

  get payload(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get text(): string {
    return this.payload.toString();
  }

  onPayload(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.payloadBytes += piece.length;
  }

  onPing(payload: Uint8Array): void {
    this.pings.push(Buffer.from(payload).toString('latin1'));
    this.pingsAt.push(this.payloadBytes);
  }

  onPeerClose(code: number | null): void {
    this.peerClose = code;
  }

  onViolation(code: number): void {
    this.violation = code;
  }

  /** All that depends on the bytes alone. */
  get facts(): Record<string, unknown> {
    const { pings, pingsAt, peerClose, violation } = this;
    return { payload: this.payload.toString('latin1'), pings, pingsAt, peerClose, violation };
  }
}

export const MAX_MESSAGE = 256 * 1024;

/** @param chunks copied, since a reader changes what it is given */
export const read = (...chunks: readonly Uint8Array[]): Heard => {
  const heard = new Heard();
  const reader = new WebSocketReader(heard, MAX_MESSAGE);
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return heard;
};
