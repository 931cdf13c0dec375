/** JSON Web Tokens signed with the deployment's one secret (RFC 7519, RFC 7515 HS256). */
import { ChatError, isUserId, MAX_USER_NAME_CODE_POINTS, MIN_SECRET_BYTES, ROLES } from '@munova/contracts';
import type { Clock, Role, UserId } from '@munova/contracts';
import { createVerifier, TokenError } from 'fast-jwt';
import type { Identity, TokenVerifier } from './identity.js';

/** Longest token looked at; a CONNECT header could be no longer anyway. */
const MAX_TOKEN_CHARACTERS = 8 * 1024;

const refusal = (detail: string): ChatError => new ChatError('unauthenticated', detail);

/**
 * Times are checked here and not by the library: its clock is fixed when a verifier is made, and lets
 * the very millisecond of `exp` pass.
 * @param secret at least MIN_SECRET_BYTES
 * @throws {RangeError} for a shorter secret
 */
export const createHs256Verifier = (secret: Uint8Array, clock: Clock): TokenVerifier => {
  if (secret.length < MIN_SECRET_BYTES) throw new RangeError(`a secret has at least ${String(MIN_SECRET_BYTES)} bytes`);
  const verifySignature: (token: string) => unknown = createVerifier({
    key: Buffer.from(secret),
    algorithms: ['HS256'],
    cache: false,
    ignoreExpiration: true,
    ignoreNotBefore: true,
  });
  return {
    verify: (token) => {
      if (token.length === 0 || token.length > MAX_TOKEN_CHARACTERS) throw refusal('The token is missing or too long.');
      return identityOf(claimsOf(verifySignature, token), clock.now());
    },
  };
};

const claimsOf = (verifySignature: (token: string) => unknown, token: string): Record<string, unknown> => {
  let claims: unknown;
  try {
    claims = verifySignature(token);
  } catch (error) {
    if (error instanceof TokenError) throw refusal('The token is malformed, or not signed by this deployment.');
    throw error;
  }
  if (typeof claims !== 'object' || claims === null) throw refusal('The token has no claims.');
  return claims as Record<string, unknown>;
};

const identityOf = (claims: Record<string, unknown>, now: number): Identity => {
  const id = userClaim(claims, 'sub');
  if (id === null) throw refusal('sub: 1 to 128 of A-Za-z0-9._:@- are expected.');
  const expiresAt = timeClaim(claims, 'exp');
  if (expiresAt === null) throw refusal('exp: a number of seconds is expected.');
  if (now >= expiresAt) throw refusal('The token has expired.');
  const notBefore = claims['nbf'] === undefined ? null : timeClaim(claims, 'nbf');
  if (claims['nbf'] !== undefined && notBefore === null) throw refusal('nbf: a number of seconds is expected.');
  if (notBefore !== null && now < notBefore) throw refusal('The token is not valid yet.');
  const shop = claims['shop'] === undefined ? null : userClaim(claims, 'shop');
  if (claims['shop'] !== undefined && shop === null) throw refusal('shop: 1 to 128 of A-Za-z0-9._:@- are expected.');
  return { actor: { id, name: nameClaim(claims, id), role: roleClaim(claims), shop }, expiresAt };
};

const userClaim = (claims: Record<string, unknown>, claim: string): UserId | null => {
  const value = claims[claim];
  return typeof value === 'string' && isUserId(value) ? value : null;
};

/** Seconds as JWT has them; milliseconds as given back. */
const timeClaim = (claims: Record<string, unknown>, claim: string): number | null => {
  const value = claims[claim];
  return typeof value === 'number' && Number.isFinite(value) ? value * 1_000 : null;
};

const nameClaim = (claims: Record<string, unknown>, id: UserId): string => {
  const name = claims['name'] ?? id;
  const fits = typeof name === 'string' && name.isWellFormed() && !name.includes('\0');
  // Without a name the id stands in, which may be longer than a name may be.
  if (!fits || (name !== id && (name === '' || [...name].length > MAX_USER_NAME_CODE_POINTS))) {
    throw refusal('name: 1 to 64 characters are expected.');
  }
  return name;
};

/** Who says no role is a buyer, who may least. */
const roleClaim = (claims: Record<string, unknown>): Role => {
  const role = ROLES.find((r) => r === (claims['role'] ?? 'buyer'));
  if (role === undefined) throw refusal('role: buyer, seller or admin is expected.');
  return role;
};
