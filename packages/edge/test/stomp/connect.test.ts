import { createHmac } from 'node:crypto';
import {
  CONNECT_DEADLINE_MS,
  FRAME_ARRIVAL_MS,
  MAX_SESSIONS_PER_USER,
  SOCKET_MESSAGE_MAX_BYTES,
} from '@munova/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

describe('a connection', () => {
  let fixture: EdgeFixture;
  /** Someone whom none of this concerns. */
  let bystander: TestClient;
  const room = 'room-of-others';
  let said = 0;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    bystander = await fixture.user('bystander');
    await bystander.subscribe('r', `/rooms/${room}`);
  });
  afterEach(async () => {
    // Nobody else notices.
    await bystander.say(room, 'still here', `check-${String(++said)}`);
    expect(bystander.closed).toBe(null);
    await fixture.stop();
  });

  const ended = async (client: TestClient): Promise<string> => {
    const { code } = await client.untilClosed();
    const error = client.frames.at(-1);
    return `${error?.command ?? 'nothing'} ${error?.header('code') ?? ''} ${String(code)}`;
  };

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
    expect(await ended(client)).toBe('ERROR version-unsupported 4008');
  });

  it('[E2] that says nothing is closed after 5 s', async () => {
    const [ws, tcp] = [await fixture.ws(), await fixture.tcp()];
    await fixture.until(() => fixture.edge.sessionCount === 3, 'both are known');
    await fixture.advance(CONNECT_DEADLINE_MS - 501);
    expect(ws.frames).toEqual([]);
    await fixture.advance(1_001);
    expect(await ended(ws)).toBe('ERROR connect-timeout 4008');
    expect(await ended(tcp)).toBe('ERROR connect-timeout 0');
  });

  it.each(['SEND', 'SUBSCRIBE', 'DISCONNECT', 'ACK', 'BEGIN', 'HELLO'])(
    '[E3] that begins with %s is closed',
    async (command) => {
      const client = await fixture.ws();
      client.send(command, { destination: '/rooms/a/messages', id: '1', receipt: 'r' }, '{}');
      expect(await ended(client)).toBe('ERROR protocol-error 4008');
      expect(client.frames[0]?.header('receipt-id')).toBe('r');
    },
  );

  it('[E3] is closed by a second CONNECT and by an unknown command', async () => {
    const twice = await fixture.user('minji');
    twice.send('CONNECT', { 'accept-version': '1.2', passcode: fixture.token('minji') });
    expect(await ended(twice)).toBe('ERROR protocol-error 4008');
    const odd = await fixture.user('minji');
    odd.send('SHOUT');
    expect(await ended(odd)).toBe('ERROR protocol-error 4008');
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
      expect(await ended(client), String(token)).toBe('ERROR unauthenticated 4001');
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
    expect(await ended(another)).toBe('ERROR unauthenticated 4001');
    await expect(fixture.ws('?access_token=bad')).rejects.toThrow('status 401');
  });

  it('[E4] is not ended by the expiry of the upgrade’s token where CONNECT brings a fresh one', async () => {
    const soon = fixture.manual.clock.now() / 1_000 + 60;
    const headers = { authorization: `Bearer ${fixture.token('minji', { exp: soon })}` };
    const [fresh, stale] = [await fixture.ws('', headers), await fixture.ws('', headers)];
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(1_000);
    await fresh.connect(fixture.token('minji'));
    await fresh.say(room, 'here', 'm1');
    stale.send('CONNECT', { 'accept-version': '1.2' });
    expect(await ended(stale)).toBe('ERROR session-expired 4010');
  });

  it('[E6] ends at its token’s expiry, with the receipt of what is in flight first', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.actor.script = () => 'silent';
    client.text(room, 'in flight', 'm1');
    await fixture.until(() => fixture.actor.head(room as never) === 1, 'it is logged');
    fixture.actor.script = () => 'usual';
    await fixture.advance(1_000);
    expect(client.closed).toBe(null);
    fixture.manual.jumpWallClock(60_000);
    // The receipt was lost: the copy that is appended after expiry brings it.
    await fixture.advance(3_000);
    expect((await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1')).header('seq')).toBe('1');
    expect(await ended(client)).toBe('ERROR session-expired 4010');
  });

  it('[E6] hears nothing more of its rooms once its token has expired, while an answer is awaited', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    await client.subscribe('r', `/rooms/${room}`);
    fixture.actor.script = ({ cmid }) => (cmid === 'm1' ? 'silent' : 'usual');
    client.text('room-x', 'in flight', 'm1');
    await fixture.until(() => fixture.actor.head('room-x' as never) === 1, 'it is logged');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    await bystander.say(room, 'not for minji', 'b1');
    await bystander.untilReceived('r', 1);
    await fixture.advance(3_000);
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1');
    expect(await ended(client)).toBe('ERROR session-expired 4010');
    expect(client.received('r')).toEqual([]);
  });

  it('[E6] hears refusals of what is in flight when its token expires', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-x', 'refused', 'm1');
    client.text('room-y', 'in flight', 'm2');
    await fixture.until(() => fixture.appended.includes('m2'), 'both are appended');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    fixture.actor.script = ({ cmid }) => (cmid === 'm1' ? { status: 'refused', code: 'CHAT_03' } : 'usual');
    fixture.actor.listen();
    expect((await client.nextRefusal())['code']).toBe('CHAT_03');
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m2');
    expect(await ended(client)).toBe('ERROR session-expired 4010');
  });

  it('[E6] sends nothing any more once its token has expired', async () => {
    const client = await fixture.user('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    fixture.manual.jumpWallClock(60_000);
    client.text('room-x', 'too late', 'm1');
    expect(await ended(client)).toBe('ERROR session-expired 4010');
    expect(fixture.actor.head('room-x' as never)).toBe(0);
  });

  it('[E6] lives on with a fresh token of the same user', async () => {
    const soon = fixture.manual.clock.now() / 1_000 + 60;
    const client = await fixture.user('minji', { exp: soon });
    const fresh = fixture.token('minji', { exp: soon + 3_600 });
    client.send('SEND', { destination: '/user/session/token', receipt: 'fresh' }, fresh);
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'fresh');
    fixture.manual.jumpWallClock(120_000);
    await fixture.advance(1_000);
    await client.say(room, 'still here', 'm1');
    client.send('SEND', { destination: '/user/session/token' }, fixture.token('bob'));
    expect(await ended(client)).toBe('ERROR unauthenticated 4001');
  });

  it('[E8] says goodbye after what was sent', async () => {
    const client = await fixture.user('minji');
    fixture.actor.deaf = true;
    client.text(room, 'one', 'm1');
    client.send('DISCONNECT', { receipt: 'bye' });
    client.text(room, 'never', 'm2');
    await fixture.until(() => fixture.edge.sessionCount === 2, 'it is still there');
    fixture.actor.listen();
    const closed = await client.untilClosed();
    expect(client.frames.slice(-2).map((f) => f.header('receipt-id'))).toEqual(['r-m1', 'bye']);
    expect(closed.code).toBe(1000);
    expect(fixture.actor.log(room as never).map((e) => e.cmid)).toEqual(['m1']);
  });

  it.each(['SEND\nno colon in here\n\n\0', `SEND\n\n${'x'.repeat(65_537)}`])(
    '[E8] [E13] loses no answer to what is broken behind its goodbye (%#)',
    async (broken) => {
      const client = await fixture.tcp();
      await client.connect(fixture.token('minji'));
      fixture.actor.deaf = true;
      fixture.bus.wake();
      client.text('room-x', 'one', 'm1');
      client.send('DISCONNECT', { receipt: 'bye' });
      client.raw(broken);
      await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
      client.raw(broken);
      await fixture.settle();
      fixture.actor.listen();
      await client.untilClosed();
      expect(client.frames.slice(1).map((f) => f.header('receipt-id'))).toEqual(['r-m1', 'bye']);
    },
  );

  it('[E8] [E12] [E13] beats on, and blames no half frame, while what was sent is finished', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji', { exp: fixture.manual.clock.now() / 1_000 + 60 }), {
      'heart-beat': '0,5000',
    });
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-x', 'one', 'm1');
    client.raw('SEND\nhalf:');
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    await fixture.settle();
    await fixture.advance(FRAME_ARRIVAL_MS - 1_000);
    const before = client.heartbeats;
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    await fixture.advance(6_000);
    await fixture.until(() => client.heartbeats > before, 'a beat has come');
    fixture.actor.listen();
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1');
    expect(await ended(client)).toBe('ERROR session-expired 0');
  });

  it('[E8] waits for every answer before it says goodbye', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = (command) => (command.room === 'room-slow' ? 'silent' : 'usual');
    client.text('room-slow', 'one', 'm1');
    client.text('room-quick', 'two', 'm2');
    client.send('DISCONNECT', { receipt: 'bye' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m2');
    await fixture.advance(3_000);
    await client.untilClosed();
    expect(client.frames.slice(-3).map((f) => f.header('receipt-id'))).toEqual(['r-m2', 'r-m1', 'bye']);
  });

  it('[E8] takes the end of what a TCP client says for a goodbye', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji'));
    fixture.actor.deaf = true;
    client.text(room, 'one', 'm1');
    client.socket.end();
    await fixture.until(() => fixture.appended.includes('m1'), 'it is appended');
    fixture.actor.listen();
    await client.untilClosed();
    expect(client.frames.at(-1)?.header('receipt-id')).toBe('r-m1');
    const silent = await fixture.tcp();
    silent.socket.end();
    await silent.untilClosed();
  });

  it('[E8] gives up on what has no answer after 10 s', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = () => 'silent';
    client.text('room-y', 'one', 'm1');
    client.send('DISCONNECT', { receipt: 'bye' });
    await fixture.until(() => fixture.actor.head('room-y' as never) === 1, 'it is logged');
    fixture.actor.deaf = true;
    await fixture.advance(11_000);
    expect(await ended(client)).toBe('ERROR outcome-unknown 4007');
    fixture.actor.listen();
    fixture.actor.script = () => 'usual';
  });

  it('[E9] is closed by transactions', async () => {
    for (const [command, headers] of [
      ['BEGIN', { transaction: 't' }],
      ['COMMIT', { transaction: 't' }],
      ['ABORT', {}],
      ['SEND', { destination: `/rooms/${room}/messages`, transaction: 't' }],
      ['ACK', { id: '1', transaction: 't' }],
    ] as const) {
      const client = await fixture.user('minji');
      client.send(command, headers);
      expect(await ended(client), command).toBe('ERROR transactions-unsupported 4008');
    }
  });

  it('[E10] has a receipt for any frame', async () => {
    const client = await fixture.ws();
    const receipt = (id: string) => client.next('RECEIPT', (f) => f.header('receipt-id') === id);
    await client.connect(fixture.token('minji'), { receipt: 'connect' });
    await receipt('connect');
    await client.subscribe('errors', '/user/queue/errors');
    await client.subscribe('a', `/rooms/${room}`, { ack: 'client' });
    await client.say(room, 'hi', 'm1');
    await client.untilReceived('a', 1);
    const ack = client.frames.find((f) => f.command === 'MESSAGE')?.header('ack');
    client.send('ACK', { id: ack, receipt: 'ack' });
    client.send('NACK', { id: ack, receipt: 'nack' });
    client.send('UNSUBSCRIBE', { id: 'a', receipt: 'unsubscribe' });
    client.send('DISCONNECT', { receipt: 'disconnect' });
    for (const id of ['ack', 'nack', 'unsubscribe', 'disconnect']) await receipt(id);
  });

  it('[E12] gets heart-beats as often as agreed, and is closed when it gives none', async () => {
    const client = await fixture.ws();
    await client.connect(fixture.token('minji'), { 'heart-beat': '6000,1000' });
    for (let beat = 1; beat <= 2; beat++) {
      await fixture.advance(5_000);
      await fixture.until(() => client.heartbeats === beat, `beat ${String(beat)} has come`);
    }
    await fixture.advance(3_000);
    expect(await ended(client)).toBe('ERROR protocol-error 4008');
  });

  it('[E12] is not closed for silence while it is the server that does not read', async () => {
    const client = await fixture.deafUser('minji');
    const other = await fixture.ws();
    await other.connect(fixture.token('minji'), { 'heart-beat': '5000,0' });
    fixture.actor.script = () => ({ status: 'later', code: 'busy', retryAfterMs: 400 });
    for (let i = 0; i < 450; i++) other.text('room-z', 'x', `m${String(i)}`);
    await fixture.advance(20_000);
    expect([client.closed, other.closed]).toEqual([null, null]);
    fixture.actor.script = () => 'usual';
    await fixture.until(() => fixture.actor.batches.length > 0, 'batches have come');
  });

  it('[E13] is closed for what is no STOMP, after the frames before it', async () => {
    const client = await fixture.user('minji');
    client.raw('SUBSCRIBE\nid:2\ndestination:/user/queue/errors\nreceipt:before\n\n\0SEND\nno colon in here\n\n\0');
    expect(await ended(client)).toBe('ERROR protocol-error 4008');
    expect(client.frames.at(-2)?.header('receipt-id')).toBe('before');
  });

  it('[E13] is closed for what is too large', async () => {
    for (const bytes of [
      `SEND\ndestination:/rooms/a/messages\n\n${'x'.repeat(65_537)}`,
      `SEND\ncontent-length:65537\n\n`,
      `SEND\n${'a:b\n'.repeat(65)}\n\0`,
      `SEND\na:${'b'.repeat(16_400)}`,
    ]) {
      const client = await fixture.tcp();
      await client.connect(fixture.token('minji'));
      client.raw(bytes);
      expect(await ended(client), bytes.slice(0, 20)).toBe('ERROR too-large 0');
    }
    const client = await fixture.user('minji');
    client.raw(`SEND\n\n${'x'.repeat(65_537)}\0`);
    expect(await ended(client)).toBe('ERROR too-large 1009');
    const giant = await fixture.user('minji');
    giant.raw('x'.repeat(SOCKET_MESSAGE_MAX_BYTES + 1));
    expect((await giant.untilClosed()).code).toBe(1009);
  });

  it('[E13] is closed by a frame that never ends, however slowly it is fed', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji'));
    client.raw('SEND\ndestination:/rooms/a/messages\n\n');
    for (let waited = 0; waited < FRAME_ARRIVAL_MS + 1_000; waited += 1_000) {
      client.raw('x');
      await new Promise((resolve) => setTimeout(resolve, 3));
      await fixture.advance(1_000);
    }
    expect(await ended(client)).toBe('ERROR protocol-error 0');
  });

  it('[E18] is refused to a user who has too many', async () => {
    const clients = await Promise.all(Array.from({ length: MAX_SESSIONS_PER_USER }, () => fixture.deafUser('minji')));
    const surplus = await fixture.ws();
    surplus.send('CONNECT', { 'accept-version': '1.2', passcode: fixture.token('minji') });
    expect(await ended(surplus)).toBe('ERROR rate-limited 4029');
    clients[0]?.drop();
    await fixture.until(() => fixture.edge.sessionCount === MAX_SESSIONS_PER_USER, 'one has gone');
    await fixture.deafUser('minji');
  });
});
