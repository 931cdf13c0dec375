/** What CONNECT agrees on. Pure but for the verifier it is given. */
import { ChatError, MIN_HEARTBEAT_MS } from '@munova/contracts';
import { negotiateHeartbeat, negotiateVersion, parseHeartbeat } from '@munova/contracts/stomp';
import type { HeartbeatAgreement, HeartbeatOffer, StompFrame, StompVersion } from '@munova/contracts/stomp';
import type { Identity, TokenVerifier } from '../auth/identity.js';

export type Language = 'en' | 'ko';

export interface Agreement {
  readonly version: StompVersion;
  readonly identity: Identity;
  readonly heartbeat: HeartbeatAgreement;
  readonly language: Language;
}

/** What the server offers on its side of `heart-beat`. */
export const SERVER_HEARTBEAT: HeartbeatOffer = { canSend: MIN_HEARTBEAT_MS, wants: MIN_HEARTBEAT_MS };

const BEARER = /^Bearer +(\S+)$/i;

/** The token of an `Authorization` header. @throws {ChatError} `unauthenticated` for another scheme. */
export const bearerToken = (header: string): string => {
  const token = BEARER.exec(header.trim())?.[1];
  if (token === undefined) throw new ChatError('unauthenticated', 'Authorization is not "Bearer <token>".');
  return token;
};

/**
 * CONNECT's own token wins over the upgrade's, and may not name another user.
 * @param upgrade who the WebSocket upgrade's token was of; null when it had none
 * @throws {ChatError} `version-unsupported`, `protocol-error`, `unauthenticated`
 */
export const negotiate = (frame: StompFrame, upgrade: Identity | null, verifier: TokenVerifier): Agreement => {
  const version = negotiateVersion(frame.header('accept-version'));
  if (version === null) throw new ChatError('version-unsupported');
  const heartbeat = negotiateHeartbeat(parseHeartbeat(frame.header('heart-beat')), SERVER_HEARTBEAT);
  const language = /^\s*ko\b/i.test(frame.header('accept-language') ?? '') ? 'ko' : 'en';
  return { version, identity: identify(frame, upgrade, verifier), heartbeat, language };
};

const identify = (frame: StompFrame, upgrade: Identity | null, verifier: TokenVerifier): Identity => {
  const header = frame.header('Authorization') ?? frame.header('authorization');
  const token = header === undefined ? frame.header('passcode') : bearerToken(header);
  if (token === undefined || token === '') {
    if (upgrade === null) throw new ChatError('unauthenticated', 'CONNECT carries no token.');
    return upgrade;
  }
  const identity = verifier.verify(token);
  if (upgrade !== null && upgrade.actor.id !== identity.actor.id) {
    throw new ChatError('unauthenticated', 'The token of CONNECT is not of the user of the upgrade.');
  }
  return identity;
};
