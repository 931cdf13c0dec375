/** Who may upgrade to a WebSocket: path, budget, origin, token. Pure but for the verifier. */
import type { IncomingHttpHeaders } from 'node:http';
import { ChatError, REFUSED_UPGRADE_RETRY_S } from '@munova/contracts';
import type { Identity, TokenVerifier } from '../auth/identity.js';
import { bearerToken } from '../session/handshake.js';

export interface OriginRules {
  /** Origins let in, as `https://shop.example`; none means pages of the own host only. */
  readonly origins: readonly string[];
  /** What counts as the own host, as `chat.example` or `chat.example:8080`; none means the request's own `Host`. */
  readonly ownHosts: readonly string[];
}

/** As Node's HTTP server gives it. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export type UpgradeVerdict =
  | { readonly admitted: true; readonly identity: Identity | null }
  | {
      readonly admitted: false;
      readonly status: 401 | 403 | 404 | 503;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    };

const PATHS: ReadonlySet<string> = new Set(['/ws', '/ws/websocket']);

/** @param isFull the process has as many connections as it may, or takes no more */
export const judgeUpgrade = (
  request: UpgradeRequest,
  isFull: boolean,
  rules: OriginRules,
  verifier: TokenVerifier,
): UpgradeVerdict => {
  const url = URL.parse(request.url ?? '/', 'ws://host');
  if (url === null || !PATHS.has(url.pathname)) return refused(404, 'There is no WebSocket here.');
  if (isFull) {
    return refused(503, 'Too many connections; try again later.', { 'Retry-After': String(REFUSED_UPGRADE_RETRY_S) });
  }
  if (!isOriginAllowed(request.headers.origin, request.headers.host, rules)) {
    return refused(403, 'Pages of this origin may not connect.');
  }
  try {
    return { admitted: true, identity: identityOf(request.headers.authorization, url, verifier) };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return refused(401, error.message, { 'WWW-Authenticate': 'Bearer' });
  }
};

const refused = (
  status: 401 | 403 | 404 | 503,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): UpgradeVerdict => ({ admitted: false, status, headers, text });

const identityOf = (authorization: string | undefined, url: URL, verifier: TokenVerifier): Identity | null => {
  const token = authorization === undefined ? url.searchParams.get('access_token') : bearerToken(authorization);
  return token === null ? null : verifier.verify(token);
};

/** Programs that are no browser say no origin, and are let in: what protects is the token. */
const isOriginAllowed = (origin: string | undefined, host: string | undefined, rules: OriginRules): boolean => {
  if (origin === undefined) return true;
  if (rules.origins.length > 0) return rules.origins.includes(origin.toLowerCase());
  const from = URL.parse(origin)?.host;
  if (from === undefined) return false;
  return rules.ownHosts.length > 0 ? rules.ownHosts.includes(from) : from === host?.toLowerCase();
};
