/** Frames as a server writes them (RFC 6455, 5.2): unmasked, each a whole message. */
import type { Framing } from '../session/transport.js';

const FIN_TEXT = 0x81;
const FIN_CLOSE = 0x88;
const FIN_PONG = 0x8a;
const CODE_BYTES = 2;

const frameOf = (first: number, payload: Uint8Array): Buffer => {
  const { length } = payload;
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(headerLength + length);
  frame[0] = first;
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, headerLength);
  return frame;
};

/**
 * One text message per STOMP frame, whole bytes ready for the socket: so a frame for many sockets is
 * made once, and several for one socket go in one write.
 */
export const WEBSOCKET_FRAMING: Framing = { name: 'websocket', wrap: (frame) => frameOf(FIN_TEXT, frame) };

/** @param payload the ping's, at most 125 bytes */
export const pongFrame = (payload: Uint8Array): Uint8Array => frameOf(FIN_PONG, payload);

/** @param code null says none, as the answer to a close that says none. @param reason at most 123 bytes */
export const closeFrame = (code: number | null, reason: string): Uint8Array => {
  if (code === null) return frameOf(FIN_CLOSE, Buffer.alloc(0));
  const payload = Buffer.alloc(CODE_BYTES + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, CODE_BYTES);
  return frameOf(FIN_CLOSE, payload);
};
