import type { Framing } from '../session/transport.js';

/** A STOMP frame on a byte stream is its own bytes. */
export const STREAM_FRAMING: Framing = { name: 'tcp', wrap: (frame) => frame };
