import { createVerifier } from 'fast-jwt';
import { describe, expect, it } from 'vitest';
import { checkClaims, parseTtl, signToken } from '../src/tokens.js';

const SECRET = 'a-secret-of-at-least-thirty-two-bytes';

describe('[O4] tokens', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('[O4] reads the time %s', (text, ms) => {
    expect(parseTtl(text)).toBe(ms);
  });

  it.each(['', '1', 'h', '0s', '-1h', '1.5h', '1w', '1h ', '9999999999d'])('[O4] refuses the time %j', (text) => {
    expect(() => parseTtl(text)).toThrow(/--ttl/);
  });

  it('[O4] signs what was asked for and nothing else', () => {
    const claims = checkClaims({ sub: 'u1', name: '민지', role: 'buyer' });
    const payload = createVerifier({ key: SECRET, algorithms: ['HS256'] })(signToken(SECRET, claims, 60_000)) as object;
    expect(payload).toEqual({
      sub: 'u1',
      name: '민지',
      role: 'buyer',
      iat: expect.any(Number) as number,
      exp: expect.any(Number) as number,
    });
    const { iat, exp } = payload as { iat: number; exp: number };
    expect(exp - iat).toBe(60);
  });

  it.each([
    [{ sub: 'a b', role: 'buyer' }, /--sub/],
    [{ role: 'buyer' }, /--sub/],
    [{ sub: 'u1', role: 'root' }, /--role.*buyer, seller, admin/],
    [{ sub: 'u1', role: 'buyer', name: '민'.repeat(65) }, /--name/],
    [{ sub: 'u1', role: 'seller', shop: '가게' }, /--shop/],
  ])('[O4] refuses %j', (options, message) => {
    expect(() => checkClaims(options)).toThrow(message);
  });
});
