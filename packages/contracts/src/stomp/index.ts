/**
 * The STOMP codec, for servers and tests: 1.0, 1.1 and 1.2, incremental and pure.
 * @see https://stomp.github.io/stomp-specification-1.2.html
 */
export { StompDecoder, type DecoderLimits, type DecoderSink } from './decoder.js';
export { encodeFrame, HEARTBEAT, type OutgoingHeaders } from './encoder.js';
export { STOMP_VERSIONS, StompFrame, type StompVersion } from './frame.js';
export {
  formatHeartbeat,
  negotiateHeartbeat,
  negotiateVersion,
  NO_HEARTBEAT,
  parseHeartbeat,
  type HeartbeatAgreement,
  type HeartbeatOffer,
} from './negotiation.js';
