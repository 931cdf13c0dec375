import type { Framing } from '../session/transport.js';

const FIN_TEXT = 0x81;

/**
 * One unmasked text message per STOMP frame (RFC 6455, 5.2), whole bytes ready for the socket: so a
 * frame for many sockets is made once, and several for one socket go in one write.
 */
export const WEBSOCKET_FRAMING: Framing = {
  name: 'websocket',
  wrap: (frame) => {
    const { length } = frame;
    const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const message = Buffer.allocUnsafeSlow(headerLength + length);
    message[0] = FIN_TEXT;
    if (headerLength === 2) message[1] = length;
    else if (headerLength === 4) {
      message[1] = 126;
      message.writeUInt16BE(length, 2);
    } else {
      message[1] = 127;
      message.writeBigUInt64BE(BigInt(length), 2);
    }
    message.set(frame, headerLength);
    return message;
  },
};
