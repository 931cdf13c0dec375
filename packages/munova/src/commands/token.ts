import { readConfig } from '../config.js';
import { findJwtSecret } from '../secrets.js';
import { checkClaims, parseTtl, signToken } from '../tokens.js';

export interface TokenCommandOptions {
  readonly sub?: string;
  readonly name?: string;
  readonly role: string;
  readonly shop?: string;
  readonly ttl: string;
  readonly dataDir?: string;
}

/** Prints a JWT and nothing else. */
export const token = (options: TokenCommandOptions): void => {
  const claims = checkClaims(options);
  const ttlMs = parseTtl(options.ttl);
  const secret = findJwtSecret(readConfig({ dataDir: options.dataDir }));
  process.stdout.write(`${signToken(secret, claims, ttlMs)}\n`);
};
