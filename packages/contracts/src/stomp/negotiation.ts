import { ChatError } from '../errors.js';
import { MIN_HEARTBEAT_MS } from '../limits.js';
import { STOMP_VERSIONS, type StompVersion } from './frame.js';

/**
 * The highest version both sides speak. A client that names none speaks 1.0 (STOMP 1.2, Protocol
 * Negotiation).
 * @param acceptVersion the `accept-version` header of CONNECT: a comma-separated list
 * @returns null where there is none in common: `version-unsupported`
 */
export const negotiateVersion = (acceptVersion: string | undefined): StompVersion | null => {
  if (acceptVersion === undefined) return '1.0';
  const offered = acceptVersion.split(',').map((v) => v.trim());
  return STOMP_VERSIONS.findLast((v) => offered.includes(v)) ?? null;
};

/** One side's `heart-beat` header, in milliseconds. */
export interface HeartbeatOffer {
  /** The least interval at which it can send; 0: it cannot. */
  readonly canSend: number;
  /** The interval at which it wants to receive; 0: it does not. */
  readonly wants: number;
}

export const NO_HEARTBEAT: HeartbeatOffer = { canSend: 0, wants: 0 };

/** A timer takes no longer interval; a larger one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * @param header the `heart-beat` header; absent means `0,0`
 * @throws {ChatError} `protocol-error` for anything but two decimal numbers of milliseconds
 */
export const parseHeartbeat = (header: string | undefined): HeartbeatOffer => {
  if (header === undefined) return NO_HEARTBEAT;
  const match = /^([0-9]{1,10}),([0-9]{1,10})$/.exec(header);
  const canSend = Number(match?.[1]);
  const wants = Number(match?.[2]);
  // NaN where nothing matched.
  if (canSend <= MAX_TIMER_MS && wants <= MAX_TIMER_MS) return { canSend, wants };
  throw new ChatError('protocol-error', 'heart-beat is not two numbers of milliseconds, as in 10000,10000');
};

export const formatHeartbeat = (offer: HeartbeatOffer): string => `${String(offer.canSend)},${String(offer.wants)}`;

/** What was agreed, in milliseconds; 0: none that way. */
export interface HeartbeatAgreement {
  /** The server sends something at least this often. */
  readonly serverSends: number;
  /** The server may expect something from the client this often. */
  readonly clientSends: number;
}

/** Each way the slower of what the one can and the other wants, and never under `MIN_HEARTBEAT_MS`. */
export const negotiateHeartbeat = (client: HeartbeatOffer, server: HeartbeatOffer): HeartbeatAgreement => ({
  serverSends: agree(server.canSend, client.wants),
  clientSends: agree(client.canSend, server.wants),
});

const agree = (canSend: number, wants: number): number =>
  canSend === 0 || wants === 0 ? 0 : Math.max(canSend, wants, MIN_HEARTBEAT_MS);
