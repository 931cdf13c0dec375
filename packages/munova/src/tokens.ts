import { createSigner } from 'fast-jwt';
import { isUserId, MAX_USER_NAME_CODE_POINTS, ROLES, type Role } from '@munova/contracts';
import { ConfigError } from './config.js';

export interface TokenClaims {
  readonly sub: string;
  readonly name: string | undefined;
  readonly role: Role;
  readonly shop: string | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `1h`, `7d` as milliseconds. @throws {ConfigError} */
export const parseTtl = (text: string): number => {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new ConfigError('--ttl', JSON.stringify(text), 'a positive number with s, m, h or d, such as 1h');
};

/** @throws {ConfigError} naming the option that is wrong */
export const checkClaims = (options: { sub?: string; name?: string; role: string; shop?: string }): TokenClaims => {
  const alphabet = '1 to 128 of A-Z a-z 0-9 . _ : @ -';
  if (options.sub === undefined || !isUserId(options.sub)) {
    throw new ConfigError('--sub', JSON.stringify(options.sub) ?? 'nothing', alphabet);
  }
  if (options.shop !== undefined && !isUserId(options.shop)) {
    throw new ConfigError('--shop', JSON.stringify(options.shop), alphabet);
  }
  const role = ROLES.find((r) => r === options.role);
  if (role === undefined) throw new ConfigError('--role', JSON.stringify(options.role), ROLES.join(', '));
  const length = [...(options.name ?? 'x')].length;
  if (length < 1 || length > MAX_USER_NAME_CODE_POINTS) {
    throw new ConfigError(
      '--name',
      `${String(length)} characters`,
      `1 to ${String(MAX_USER_NAME_CODE_POINTS)} characters`,
    );
  }
  return { sub: options.sub, name: options.name, role, shop: options.shop };
};

/** A JWT signed with HS256. */
export const signToken = (secret: string, claims: TokenClaims, ttlMs: number): string => {
  const { sub, name, role, shop } = claims;
  const payload = { sub, role, ...(name === undefined ? {} : { name }), ...(shop === undefined ? {} : { shop }) };
  return createSigner({ key: secret, algorithm: 'HS256', expiresIn: ttlMs })(payload);
};
