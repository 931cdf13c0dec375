import { ChatError } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { judgeUpgrade } from '../../src/adapters/upgrade-guard.js';
import type { OriginRules } from '../../src/adapters/upgrade-guard.js';
import type { Identity, TokenVerifier } from '../../src/auth/identity.js';

const IDENTITY: Identity = { actor: { id: 'minji' as never, name: '민지', role: 'buyer', shop: null }, expiresAt: 1 };
const verifier: TokenVerifier = {
  verify: (token) => {
    if (token === 'good') return IDENTITY;
    throw new ChatError('unauthenticated', 'bad token');
  },
};
const OWN: OriginRules = { origins: [], ownHosts: [] };

const judge = (url: string, headers: Record<string, string> = {}, rules = OWN, isFull = false): unknown => {
  const verdict = judgeUpgrade({ url, headers: { host: 'chat.example', ...headers } }, isFull, rules, verifier);
  return verdict.admitted ? (verdict.identity?.actor.id ?? null) : verdict.status;
};

describe('[E17] an upgrade', () => {
  it('[E17] is let in at /ws and /ws/websocket', () => {
    expect(judge('/ws')).toBe(null);
    expect(judge('/ws/websocket?x=1')).toBe(null);
    expect(judge('/ws/')).toBe(404);
    expect(judge('/')).toBe(404);
    expect(judge('//[')).toBe(404);
  });

  it('[E17] is let in without an origin, or from the own host', () => {
    expect(judge('/ws', { origin: 'https://chat.example' })).toBe(null);
    expect(judge('/ws', { origin: 'https://chat.example:8443' })).toBe(403);
    expect(judge('/ws', { origin: 'https://evil.example' })).toBe(403);
    expect(judge('/ws', { origin: 'null' })).toBe(403);
  });

  it('[E17] is let in from listed origins only, where there is a list', () => {
    const rules: OriginRules = { origins: ['https://shop.example'], ownHosts: [] };
    expect(judge('/ws', { origin: 'https://shop.example' }, rules)).toBe(null);
    expect(judge('/ws', { origin: 'https://SHOP.example' }, rules)).toBe(null);
    expect(judge('/ws', { origin: 'https://chat.example' }, rules)).toBe(403);
    expect(judge('/ws', { origin: 'https://shop.example.evil.example' }, rules)).toBe(403);
  });

  it('[E17] takes for the own host what is named so', () => {
    const rules: OriginRules = { origins: [], ownHosts: ['shop.example'] };
    expect(judge('/ws', { origin: 'https://shop.example' }, rules)).toBe(null);
    expect(judge('/ws', { origin: 'https://chat.example' }, rules)).toBe(403);
  });

  it('[E4] may carry a token, and not a bad one', () => {
    expect(judge('/ws?access_token=good')).toBe('minji');
    expect(judge('/ws', { authorization: 'Bearer good' })).toBe('minji');
    expect(judge('/ws?access_token=bad')).toBe(401);
    expect(judge('/ws?access_token=')).toBe(401);
    expect(judge('/ws', { authorization: 'Basic good' })).toBe(401);
  });

  it('[E17] over budget is told when to come back', () => {
    const verdict = judgeUpgrade({ url: '/ws', headers: {} }, true, OWN, verifier);
    expect(verdict).toMatchObject({ admitted: false, status: 503, headers: { 'Retry-After': '5' } });
  });
});
