/** How a connection begins: versions, tokens, and what may not come first. */
import { createHmac } from 'node:crypto';
import { CONNECT_DEADLINE_MS, MAX_SESSIONS_PER_USER } from '@munova/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BYSTANDERS_ROOM, expectUndisturbed, joinBystander } from './bystander.js';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

describe('a connection', () => {
  let fixture: EdgeFixture;
  let bystander: TestClient;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    bystander = await joinBystander(fixture);
  });
  afterEach(async () => {
    await expectUndisturbed(bystander);
    await fixture.stop();
  });

  it('[E1] agrees on the highest common version, and says so', async () => {
    for (const [offer, agreed] of [
      ['1.0,1.1,1.2', '1.2'],
      ['1.1,1.0', '1.1'],
      ['1.0', '1.0'],
      [undefined, '1.0'],
    ] as const) {
      const client = await fixture.ws();
      const connected = await client.connect(fixture.token('minji'), { 'accept-version': offer });
      expect(connected.header('version')).toBe(agreed);
      expect(connected.header('user-name')).toBe('minji');
      expect(connected.header('generation')).toBe('g1');
      expect(connected.header('server')).toBe('munova/0.0.0');
      expect(connected.header('heart-beat')).toBe('5000,5000');
      expect(connected.header('session')).toMatch(/^[A-Za-z0-9_-]{22}$/);
    }
    const client = await fixture.ws();
    client.send('CONNECT', { 'accept-version': '2.0', passcode: fixture.token('minji') });
    expect(await client.ending()).toBe('ERROR version-unsupported 4008');
  });

  it('[E2] that says nothing is closed after 5 s', async () => {
    const [ws, tcp] = [await fixture.ws(), await fixture.tcp()];
    await fixture.until(() => fixture.edge.sessionCount === 3, 'both are known');
    await fixture.advance(CONNECT_DEADLINE_MS - 501);
    expect(ws.frames).toEqual([]);
    await fixture.advance(1_001);
    expect(await ws.ending()).toBe('ERROR connect-timeout 4008');
    expect(await tcp.ending()).toBe('ERROR connect-timeout 0');
  });

  it.each(['SEND', 'SUBSCRIBE', 'DISCONNECT', 'ACK', 'BEGIN', 'HELLO'])(
    '[E3] that begins with %s is closed',
    async (command) => {
      const client = await fixture.ws();
      client.send(command, { destination: '/rooms/a/messages', id: '1', receipt: 'r' }, '{}');
      expect(await client.ending()).toBe('ERROR protocol-error 4008');
      expect(client.frames[0]?.header('receipt-id')).toBe('r');
    },
  );

  it('[E3] is closed by a second CONNECT and by an unknown command', async () => {
    const twice = await fixture.user('minji');
    twice.send('CONNECT', { 'accept-version': '1.2', passcode: fixture.token('minji') });
    expect(await twice.ending()).toBe('ERROR protocol-error 4008');
    const odd = await fixture.user('minji');
    odd.send('SHOUT');
    expect(await odd.ending()).toBe('ERROR protocol-error 4008');
  });

  it('[E4] needs a token that is right', async () => {
    const exp = fixture.manual.clock.now() / 1_000;
    const none = `${part({ alg: 'none' })}.${part({ sub: 'minji', role: 'buyer', exp: exp + 60 })}.`;
    const input = `${part({ alg: 'HS256' })}.${part({ sub: 'minji', role: 'buyer', exp: exp + 60 })}`;
    const forged = `${input}.${createHmac('sha256', 'somebody else').update(input).digest('base64url')}`;
    for (const token of [
      null,
      '',
      none,
      forged,
      fixture.token('minji', { exp }),
      fixture.token('minji', { role: 'x' }),
    ]) {
      const client = await fixture.ws();
      client.send('CONNECT', { 'accept-version': '1.2', passcode: token ?? undefined });
      expect(await client.ending(), String(token)).toBe('ERROR unauthenticated 4001');
    }
  });

  it("[E4] takes the upgrade's token, or CONNECT's own of the same user", async () => {
    const token = fixture.token('minji');
    const byQuery = await fixture.ws(`?access_token=${token}`);
    expect((await byQuery.connect(null)).header('user-name')).toBe('minji');
    const byHeader = await fixture.ws('/websocket', { authorization: `Bearer ${token}` });
    expect((await byHeader.connect(fixture.token('minji', { name: '민지' }))).header('user-name')).toBe('minji');
    const another = await fixture.ws('', { authorization: `Bearer ${token}` });
    another.send('CONNECT', { 'accept-version': '1.2', passcode: fixture.token('bob') });
    expect(await another.ending()).toBe('ERROR unauthenticated 4001');
    await expect(fixture.ws('?access_token=bad')).rejects.toThrow('status 401');
  });

  it('[E4] is not ended by the expiry of the upgrade’s token where CONNECT brings a fresh one', async () => {
    const soon = fixture.manual.clock.now() / 1_000 + 60;
    const headers = { authorization: `Bearer ${fixture.token('minji', { exp: soon })}` };
    const [fresh, stale] = [await fixture.ws('', headers), await fixture.ws('', headers)];
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(1_000);
    await fresh.connect(fixture.token('minji'));
    await fresh.say(BYSTANDERS_ROOM, 'here', 'm1');
    stale.send('CONNECT', { 'accept-version': '1.2' });
    expect(await stale.ending()).toBe('ERROR session-expired 4010');
  });

  it('[E18] is refused to a user who has too many', async () => {
    const clients = await Promise.all(Array.from({ length: MAX_SESSIONS_PER_USER }, () => fixture.deafUser('minji')));
    const surplus = await fixture.ws();
    surplus.send('CONNECT', { 'accept-version': '1.2', passcode: fixture.token('minji') });
    expect(await surplus.ending()).toBe('ERROR rate-limited 4029');
    clients[0]?.drop();
    await fixture.until(() => fixture.edge.sessionCount === MAX_SESSIONS_PER_USER, 'one has gone');
    await fixture.deafUser('minji');
  });
});
