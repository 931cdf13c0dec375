import { asRoomId, asSeq, DISCONNECT_FINISH_MS, OUTCOME_PATIENCE_MS, RATE_PATIENCE_MS } from '@munova/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';
import { json } from './test-client.js';

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

describe('a SEND', () => {
  let fixture: EdgeFixture;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
  });
  afterEach(() => fixture.stop());
  /** Sends and gives the code of the refusal, and what the refusal's message begins with. */
  const refused = async (client: TestClient, destination: string, body: string, headers = {}): Promise<string> => {
    client.send('SEND', { destination, ...headers }, body);
    const { code, message } = await client.nextRefusal();
    return `${String(code)} ${String(message).split(':')[0] ?? ''}`;
  };

  it('[E27] that is logged moves the read mark of its sender, and one that is refused does not', async () => {
    const client = await fixture.user('minji');
    client.text('room-1', 'hi', 'm1');
    const receipt = await client.next('RECEIPT');
    fixture.actor.script = () => ({ status: 'refused', code: 'CHAT_02' });
    client.text('room-1', 'hi again', 'm2');
    await client.nextRefusal();
    expect(fixture.marks).toEqual([['room-1', 'minji', Number(receipt.header('seq')), null]]);
  });

  it('[E27, H19] takes the place of the mark from the message, where that came by', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('s', '/rooms/room-1');
    client.text('room-1', 'hi', 'm1');
    const receipt = await client.next('RECEIPT');
    const seq = Number(receipt.header('seq'));
    const [entry] = await fixture.store.log.readAfter(asRoomId('room-1'), asSeq(seq - 1), 1);
    expect(entry?.n).toBeGreaterThan(0);
    expect(fixture.marks).toEqual([['room-1', 'minji', seq, entry?.n]]);
  });

  it('[E11] that is refused says so with all it knows', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = () => ({ status: 'refused', code: 'CHAT_02' });
    client.text('room-1', 'hi', 'm1');
    const frame = await client.next('MESSAGE');
    expect(frame.header('subscription')).toBe('errors');
    expect(frame.header('destination')).toBe('/user/queue/errors');
    expect(json(frame)).toEqual({
      code: 'CHAT_02',
      message: 'The room is closed.',
      retry: 'never',
      retryAfterMs: null,
      destination: '/rooms/room-1/messages',
      clientMessageId: 'm1',
      receipt: 'r-m1',
      subscription: null,
    });
  });

  it('[E11] that is refused ends a session which hears no refusals', async () => {
    const client = await fixture.user('minji');
    client.send('UNSUBSCRIBE', { id: 'errors' });
    fixture.actor.script = () => ({ status: 'refused', code: 'CHAT_03' });
    client.text('room-1', 'hi', 'm1');
    expect(await client.ending()).toBe('ERROR CHAT_03 4003');
    expect(client.frames.at(-1)?.header('receipt-id')).toBe('r-m1');
    expect(client.frames.at(-1)?.header('message')).toBe('You have no access to this room.');
  });

  it('[E11] is refused in Korean to who asked for it', async () => {
    const client = await fixture.ws();
    await client.connect(fixture.token('minji'), { 'accept-language': 'ko-KR' });
    await client.subscribe('errors', '/user/queue/errors');
    client.send('SEND', { destination: '/nowhere' });
    expect((await client.nextRefusal())['message']).toBe('알 수 없는 목적지입니다.');
  });

  it('[E14] is refused where it is not what a message is', async () => {
    const client = await fixture.user('minji');
    const to = '/rooms/room-1/messages';
    expect(await refused(client, to, 'not json')).toBe('bad-request The body is not JSON.');
    expect(await refused(client, to, JSON.stringify({ type: 'TEXT', content: 'x'.repeat(4_001) }))).toBe(
      'bad-request content',
    );
    const id = { 'client-message-id': 'a b' };
    expect(await refused(client, to, '{"type":"TEXT","content":"a"}', id)).toBe('bad-request client-message-id');
    const long = { 'client-message-id': 'a'.repeat(65) };
    expect(await refused(client, to, '{"type":"TEXT","content":"a"}', long)).toBe('bad-request client-message-id');
    expect(fixture.actor.batches).toEqual([]);
  });

  it('[E14] gets an id where it has none', async () => {
    const client = await fixture.user('minji');
    const headers = { destination: '/rooms/room-1/messages', 'content-type': 'text/plain', receipt: 'r1' };
    client.send('SEND', headers, 'plain');
    const receipt = await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r1');
    expect(receipt.header('client-message-id')).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(fixture.actor.log('room-1' as never)[0]).toMatchObject({ type: 'TEXT', content: 'plain' });
  });

  it('[E26] to an unknown destination is refused', async () => {
    const client = await fixture.user('minji');
    expect(await refused(client, '/rooms/room-1', '{}')).toContain('unknown-destination');
    expect(await refused(client, '/rooms/a%20b/messages', '{}')).toContain('CHAT_01');
    client.send('SEND', {}, '{}');
    expect((await client.nextRefusal())['code']).toBe('unknown-destination');
    expect(client.closed).toBe(null);
  });

  it("[E5] [E26] to the predecessor's destination is sent in the token's name", async () => {
    const client = await fixture.user('minji');
    const to = '/mpub/chat.sendMessage/room-1';
    const body = (senderId?: unknown) => JSON.stringify({ senderId, messageType: 'TEXT', content: 'hi' });
    expect(await refused(client, to, body('bob'))).toBe('forbidden senderId');
    client.send('SEND', { destination: to, receipt: 'r1', 'client-message-id': 'm1' }, body('minji'));
    expect((await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r1')).header('seq')).toBe('1');
    client.send('SEND', { destination: to, receipt: 'r2' }, body());
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r2');
    expect(fixture.actor.log('room-1' as never).map((e) => e.sender)).toEqual(['minji', 'minji']);
  });

  it('[I8] [I6] of a burst keep their order, and each has its seq', async () => {
    const client = await fixture.user('minji');
    for (let i = 1; i <= 150; i++) client.text('room-1', `n${String(i)}`, `m${String(i)}`);
    const last = await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m150');
    expect(last.header('seq')).toBe('150');
    expect(fixture.actor.log('room-1' as never).map((e) => e.cmid)).toEqual(
      Array.from({ length: 150 }, (_, i) => `m${String(i + 1)}`),
    );
  });

  it('[I4] whose answer was lost is repeated, and receipted with the seq it has', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = () => 'silent';
    client.text('room-1', 'hi', 'm1');
    await fixture.until(() => fixture.actor.head('room-1' as never) === 1, 'it is logged');
    await fixture.advance(3_000);
    expect((await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1')).header('seq')).toBe('1');
    expect(fixture.actor.batches.map((b) => b.attempt)).toEqual([1, 2]);
  });

  it('[E23] without an answer for too long ends the session, and nothing behind it is appended', async () => {
    const [client, other] = [await fixture.user('minji'), await fixture.user('bob')];
    fixture.actor.deaf = true;
    fixture.bus.wake();
    client.text('room-1', 'first', 'm1');
    await fixture.until(() => fixture.appended.includes('m1'), 'the first is appended');
    client.text('room-1', 'second', 'm2');
    await fixture.advance(OUTCOME_PATIENCE_MS + 20_000);
    expect(await client.ending()).toBe('ERROR outcome-unknown 4007');
    fixture.actor.listen();
    await other.say('room-1', 'and I am fine', 'm3');
    expect(fixture.appended).not.toContain('m2');
  });

  it('[E24] answered `later` takes those behind it along', async () => {
    const client = await fixture.user('minji');
    let busy = true;
    fixture.actor.script = () => (busy ? { status: 'later', code: 'busy', retryAfterMs: 700 } : 'usual');
    client.text('room-1', 'first', 'm1');
    client.text('room-1', 'second', 'm2');
    const [first, second] = [await client.nextRefusal(), await client.nextRefusal()];
    expect([first['clientMessageId'], first['code'], first['retry'], first['retryAfterMs']]).toEqual([
      'm1',
      'busy',
      'later',
      700,
    ]);
    expect(second['clientMessageId']).toBe('m2');
    busy = false;
    await client.say('room-1', 'first', 'm1');
  });

  it('[I6] [E28] waits for one before it that was answered `later` while it was on its way', async () => {
    const client = await fixture.user('minji');
    fixture.actor.script = () => ({ status: 'later', code: 'unavailable', retryAfterMs: 700 });
    client.text('room-1', 'first', 'm1');
    await client.nextRefusal();
    fixture.actor.script = () => 'usual';
    client.text('room-1', 'second', 'm2');
    const { clientMessageId, code, retry, retryAfterMs } = await client.nextRefusal();
    expect([clientMessageId, code, retry, retryAfterMs]).toEqual(['m2', 'unavailable', 'later', 700]);
    expect((await client.say('room-1', 'first', 'm1')).header('seq')).toBe('1');
    expect((await client.say('room-1', 'second', 'm2')).header('seq')).toBe('2');
  });

  it('[E29] without an id of its own waits for none that is like it', async () => {
    const client = await fixture.user('minji');
    const headers = { destination: '/rooms/room-1/messages', 'content-type': 'text/plain', receipt: 'r' };
    fixture.actor.script = () => ({ status: 'later', code: 'busy', retryAfterMs: 700 });
    client.send('SEND', headers, 'hi');
    await client.nextRefusal();
    fixture.actor.script = () => 'usual';
    client.send('SEND', headers, 'hi');
    expect((await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r')).header('seq')).toBe('1');
  });

  it('[E24] is held back and tried again for a session that hears no refusals', async () => {
    const client = await fixture.deafUser('minji');
    let busy = true;
    fixture.actor.script = () => (busy ? { status: 'later', code: 'busy', retryAfterMs: 700 } : 'usual');
    client.text('room-1', 'first', 'm1');
    await fixture.until(() => fixture.actor.batches.length === 1, 'it was refused once');
    await fixture.advance(5_000);
    expect(client.closed).toBe(null);
    busy = false;
    await fixture.advance(2_000);
    expect((await client.next('RECEIPT')).header('seq')).toBe('1');
  });

  it('[E24] that stays `busy` for 30 s ends such a session', async () => {
    const client = await fixture.deafUser('minji');
    fixture.actor.script = () => ({ status: 'later', code: 'busy', retryAfterMs: 700 });
    client.text('room-1', 'first', 'm1');
    await fixture.until(() => fixture.actor.batches.length === 1, 'it was refused once');
    await fixture.advance(RATE_PATIENCE_MS + 3_000);
    expect(await client.ending()).toBe('ERROR busy 1013');
  });
});

describe('a flood', () => {
  let fixture: EdgeFixture;
  beforeEach(async () => {
    fixture = await EdgeFixture.start({ rateSends: { perSecond: 10, burst: 20 } });
  });
  afterEach(() => fixture.stop());

  /** Lets time pass in steps, and what arrives meanwhile be handled. */
  const pass = async (ms: number, step: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      await fixture.advance(step);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  it('[E15] is read as slowly as the rate says, while others are served', async () => {
    const [flooder, other] = [await fixture.user('minji'), await fixture.user('bob')];
    for (let i = 1; i <= 100; i++) flooder.text('room-1', 'x', `m${String(i)}`);
    await fixture.until(() => fixture.actor.head('room-1' as never) === 20, 'the burst has passed');
    await other.say('room-2', 'hi', 'b1');
    await pass(2_000, 100);
    await fixture.until(() => fixture.actor.head('room-1' as never) >= 39, 'the rate has passed');
    expect(fixture.actor.head('room-1' as never)).toBeLessThanOrEqual(41);
    expect(flooder.closed).toBe(null);
  });

  it('[E15] is refused after 30 s, and forgiven after a pause', async () => {
    const flooder = await fixture.user('minji');
    const count = 20 + 10 * 32;
    for (let i = 1; i <= count; i++) flooder.text('room-1', 'x', `m${String(i)}`);
    await fixture.until(() => fixture.actor.head('room-1' as never) === 20, 'the burst has passed');
    await pass(40_000, 100);
    const refusal = await flooder.nextRefusal();
    expect([refusal['code'], refusal['retry'], refusal['receipt']]).toEqual([
      'rate-limited',
      'later',
      `r-${String(refusal['clientMessageId'])}`,
    ]);
    await pass(3_000, 500);
    await flooder.say('room-1', 'sorry', 'again');
  });

  it('[I6] [E29] that was refused may be sent again in order, until something else was', async () => {
    const flooder = await fixture.user('minji');
    const count = 20 + 10 * 32;
    for (let i = 1; i <= count; i++) flooder.text('room-1', 'x', `m${String(i)}`);
    await fixture.until(() => fixture.actor.head('room-1' as never) === 20, 'the burst has passed');
    await pass(40_000, 100);
    const [first, second] = [await flooder.nextRefusal(), await flooder.nextRefusal()].map((r) =>
      String(r['clientMessageId']),
    );
    await pass(3_000, 500);
    await flooder.say('room-1', 'x', first ?? '');
    await flooder.say('room-1', 'sorry', 'again');
    flooder.text('room-1', 'x', second ?? '');
    expect(await flooder.ending()).toBe('ERROR outcome-unknown 4007');
  });

  it('[E15] ends a session that hears no refusals', async () => {
    const [flooder, other] = [await fixture.deafUser('minji'), await fixture.user('bob')];
    const count = 20 + 10 * 32;
    for (let i = 1; i <= count; i++) flooder.text('room-1', 'x', `m${String(i)}`);
    await fixture.until(() => fixture.actor.head('room-1' as never) === 20, 'the burst has passed');
    await pass(34_000, 100);
    expect(await flooder.ending()).toBe('ERROR rate-limited 4029');
    await other.say('room-1', 'fine', 'b1');
  });
});

describe('[E30] what all sessions have unanswered', () => {
  const BUDGET = 20_000; // bytes: a dozen of the SENDs below
  const COUNT = 60;
  let fixture: EdgeFixture;
  beforeEach(async () => {
    fixture = await EdgeFixture.start({ rateSends: { perSecond: 10_000, burst: 10_000 } }, BUDGET);
    fixture.actor.deaf = true;
    fixture.bus.wake();
  });
  afterEach(() => fixture.stop());

  const flood = (client: TestClient, room: string): void => {
    for (let i = 1; i <= COUNT; i++) client.text(room, 'x'.repeat(100), `${room}-${String(i)}`);
  };
  const full = () => fixture.until(() => fixture.held.now > BUDGET - 2_000, 'the edge is full');

  it('[I10] is bounded in bytes, and goes on without losing or moving anything', async () => {
    const clients = await Promise.all(['a', 'b', 'c', 'd'].map((name) => fixture.user(name)));
    clients.forEach((client, i) => flood(client, `room-${String(i)}`));
    await full();
    await fixture.settle();
    const appended = fixture.appended.length;
    expect(appended).toBeLessThan(20);
    fixture.actor.listen();
    for (const [i, client] of clients.entries()) {
      await client.next('RECEIPT', (f) => f.header('receipt-id') === `r-room-${String(i)}-${String(COUNT)}`);
      expect(fixture.actor.log(`room-${String(i)}` as never).map((e) => e.cmid)).toEqual(
        Array.from({ length: COUNT }, (_, n) => `room-${String(i)}-${String(n + 1)}`),
      );
    }
    expect(fixture.held.now).toBe(0);
    expect(fixture.held.most).toBeLessThanOrEqual(BUDGET);
  });

  it('goes on in turns: who floods does not keep others waiting', async () => {
    const [flooder, bob, carol] = [await fixture.user('a'), await fixture.user('bob'), await fixture.user('carol')];
    flood(flooder, 'room-a');
    await full();
    await fixture.settle();
    const before = fixture.appended.length;
    bob.text('room-b', 'x'.repeat(100), 'b1');
    await fixture.settle();
    carol.text('room-c', 'x'.repeat(100), 'c1');
    await fixture.settle();
    expect(fixture.appended).toHaveLength(before);
    fixture.actor.listen();
    await flooder.next('RECEIPT', (f) => f.header('receipt-id') === `r-room-a-${String(COUNT)}`);
    const [b1, c1] = ['b1', 'c1'].map((id) => fixture.appended.indexOf(id));
    // What was admitted together is appended lane by lane: with the first that there was room for.
    expect(Math.max(b1 ?? 0, c1 ?? 0)).toBeLessThan(2 * before);
    expect(Math.min(b1 ?? 0, c1 ?? 0)).toBeGreaterThanOrEqual(before);
  });

  it('is given back by a session that ends, and one that waits and ends keeps nobody waiting', async () => {
    const soon = { exp: fixture.manual.clock.now() / 1_000 + 5 };
    const [holding, waiting] = [await fixture.user('a', soon), await fixture.user('bob', soon)];
    const last = await fixture.user('carol');
    const large = 'x'.repeat(4_000);
    holding.text('room-a', large, 'a1');
    await fixture.until(() => fixture.held.now > 0, 'the first is held');
    for (const [client, cmid] of [
      [waiting, 'b1'],
      [last, 'c1'],
    ] as const) {
      client.text('room-b', cmid === 'b1' ? large : 'x', cmid);
      await fixture.settle();
    }
    expect(fixture.appended).toEqual(['a1']);
    await fixture.advance(6_000);
    expect((await waiting.untilClosed()).code).toBe(4010);
    await fixture.until(() => fixture.appended.includes('c1'), 'the small one has its turn');
    await fixture.until(() => fixture.edge.sessionCount === 2, 'it is gone');
    last.text('room-c', large, 'c2');
    await fixture.settle();
    expect(fixture.appended).not.toContain('c2');
    await fixture.advance(DISCONNECT_FINISH_MS + 1_000);
    expect((await holding.untilClosed()).code).toBe(4010);
    await fixture.until(() => fixture.appended.includes('c2'), 'there is room again');
    fixture.actor.listen();
    await last.next('RECEIPT', (f) => f.header('receipt-id') === 'r-c2');
    expect(fixture.held.now).toBe(0);
  });
});

describe('unanswered frames', () => {
  it('[E16] of one session are never more than 400', async () => {
    const fixture = await EdgeFixture.start({ rateSends: { perSecond: 10_000, burst: 10_000 } });
    const [client, other] = [await fixture.user('minji'), await fixture.user('bob')];
    fixture.actor.deaf = true;
    fixture.bus.wake();
    for (let i = 1; i <= 1_000; i++) client.text(`room-${String(i)}`, 'x', `m${String(i)}`);
    await fixture.until(() => fixture.appended.length >= 400, 'the session is full');
    await fixture.advance(100);
    expect(fixture.appended).toHaveLength(400);
    fixture.actor.listen();
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-m1000');
    await other.say('room-1', 'fine', 'b1');
    await fixture.stop();
  });
});
