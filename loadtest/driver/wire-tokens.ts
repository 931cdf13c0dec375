/** Tokens that nobody may come in with. */
import { createHmac } from 'node:crypto';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;
const seconds = (fromNowMs: number): number => Math.floor((Date.now() + fromNowMs) / 1_000);

/** A token made by hand, with whatever claims. */
const signed = (secret: string, claims: object, alg: keyof typeof HASHES = 'HS256'): string => {
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac(HASHES[alg], secret).update(text).digest('base64url')}`;
};

/** Each by what is wrong with it. */
export const badTokens = (secret: string): Readonly<Record<string, string | null>> => {
  const good = { sub: 'intruder', role: 'buyer', exp: seconds(3_600_000) };
  const { sub, ...noSub } = good;
  const { exp, ...noExp } = good;
  const [header = '', , signature = ''] = signed(secret, good).split('.');
  return {
    missing: null,
    empty: '',
    nonsense: 'nonsense',
    'of another secret': signed('another secret of at least 32 bytes!', good),
    'with other claims than were signed': `${header}.${part({ ...good, sub: 'admin', role: 'admin' })}.${signature}`,
    'without signature': `${header}.${part(good)}.`,
    'of alg none': `${part({ alg: 'none', typ: 'JWT' })}.${part(good)}.`,
    'of alg nOnE': `${part({ alg: 'nOnE', typ: 'JWT' })}.${part(good)}.`,
    'of another algorithm': signed(secret, good, 'HS512'),
    expired: signed(secret, { ...good, exp: seconds(-1_000) }),
    'not valid yet': signed(secret, { ...good, nbf: seconds(60_000) }),
    'without exp': signed(secret, { ...noExp, sub }),
    'without sub': signed(secret, { ...noSub, exp }),
    'of a sub that is none': signed(secret, { ...good, sub: 'a b' }),
    'of a role that is none': signed(secret, { ...good, role: 'root' }),
  };
};
