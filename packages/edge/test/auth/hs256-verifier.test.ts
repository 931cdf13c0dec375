import { createHmac } from 'node:crypto';
import { ChatError } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import { createHs256Verifier } from '../../src/auth/hs256-verifier.js';

const SECRET = Buffer.from('a secret of thirty-two bytes, or more');
const { clock } = new ManualRuntime();
const NOW = clock.now() / 1_000;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** By hand, so that nothing is signed by what verifies it. */
const sign = (claims: unknown, secret: Uint8Array = SECRET, header: unknown = { alg: 'HS256', typ: 'JWT' }): string => {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

const CLAIMS = { sub: 'minji', role: 'buyer', exp: NOW + 60 };

describe('[E4] HS256 tokens', () => {
  const verifier = createHs256Verifier(SECRET, clock);
  const problemWith = (token: string): string => {
    try {
      verifier.verify(token);
    } catch (error) {
      expect(error).toBeInstanceOf(ChatError);
      expect((error as ChatError).code).toBe('unauthenticated');
      return (error as ChatError).message;
    }
    return 'none';
  };

  it('[E4] give the actor and the expiry', () => {
    const token = sign({ ...CLAIMS, name: '민지', role: 'seller', shop: 'shop-1' });
    expect(verifier.verify(token)).toEqual({
      actor: { id: 'minji', name: '민지', role: 'seller', shop: 'shop-1' },
      expiresAt: (NOW + 60) * 1_000,
    });
  });

  it('[E4] are of a buyer where they say no role', () => {
    expect(verifier.verify(sign({ ...CLAIMS, role: undefined })).actor.role).toBe('buyer');
  });

  it('[E4] stand in with the sub where there is no name, however long it is', () => {
    const sub = 'a'.repeat(128);
    expect(verifier.verify(sign({ ...CLAIMS, sub })).actor).toEqual({ id: sub, name: sub, role: 'buyer', shop: null });
  });

  it('[E4] of another secret, another algorithm, or none are nothing', () => {
    expect(problemWith(sign(CLAIMS, Buffer.from('another secret of thirty-two bytes')))).not.toBe('none');
    expect(problemWith(`${part({ alg: 'none' })}.${part(CLAIMS)}.`)).not.toBe('none');
    expect(problemWith(sign(CLAIMS, SECRET, { alg: 'none' }))).not.toBe('none');
    const input = `${part({ alg: 'HS512' })}.${part(CLAIMS)}`;
    expect(problemWith(`${input}.${createHmac('sha512', SECRET).update(input).digest('base64url')}`)).not.toBe('none');
    for (const text of ['', 'a', 'a.b', 'a.b.c', sign(CLAIMS) + 'x', sign('text'), sign(null), 'x'.repeat(9_000)]) {
      expect(problemWith(text), text.slice(0, 20)).not.toBe('none');
    }
  });

  it('[E4] end in the very millisecond of exp, and begin in that of nbf', () => {
    expect(problemWith(sign({ ...CLAIMS, exp: NOW }))).toContain('expired');
    expect(problemWith(sign({ ...CLAIMS, exp: NOW + 0.001 }))).toBe('none');
    expect(problemWith(sign({ ...CLAIMS, nbf: NOW }))).toBe('none');
    expect(problemWith(sign({ ...CLAIMS, nbf: NOW + 0.001 }))).toContain('not valid yet');
  });

  it.each([
    ['sub', { sub: undefined }],
    ['sub', { sub: '' }],
    ['sub', { sub: 'a b' }],
    ['sub', { sub: 'a'.repeat(129) }],
    ['sub', { sub: 7 }],
    ['exp', { exp: undefined }],
    ['exp', { exp: '2030' }],
    ['nbf', { nbf: 'now' }],
    ['role', { role: 'owner' }],
    ['name', { name: '' }],
    ['name', { name: '가'.repeat(65) }],
    ['name', { name: 5 }],
    ['shop', { shop: 'a b' }],
  ])('[E4] with a bad %s are refused: %j', (claim, change) => {
    expect(problemWith(sign({ ...CLAIMS, ...change }))).toContain(claim);
  });

  it('[E4] count the code points of a name', () => {
    expect(problemWith(sign({ ...CLAIMS, name: '👟'.repeat(64) }))).toBe('none');
  });

  it('[E4] are not made with a short secret', () => {
    expect(() => createHs256Verifier(Buffer.alloc(31), clock)).toThrow(RangeError);
  });
});
