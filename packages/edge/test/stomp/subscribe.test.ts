import {
  ACK_WINDOW,
  asSeq,
  MAX_SUBSCRIPTIONS_PER_SESSION,
  RATE_PATIENCE_MS,
  RESUME_MAX_BEHIND,
  WATCH_LINGER_MS,
} from '@munova/contracts';
import type { Entry, RoomId } from '@munova/contracts';
import { departureEntry, messageEntry, messages } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';
import { json } from './test-client.js';

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a SUBSCRIBE', () => {
  let fixture: EdgeFixture;
  let room: RoomId;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    room = fixture.room();
  });
  afterEach(() => fixture.stop());

  const seqs = (client: TestClient, id: string): unknown[] => client.received(id).map((m) => m['seq']);
  const departure = (kind: 'left' | 'kicked', seq: number, user: string): Entry =>
    departureEntry(kind, room, seq, user);
  const refusal = async (client: TestClient, id: string, headers = {}): Promise<Record<string, unknown>> => {
    client.send('SUBSCRIBE', { id, destination: `/rooms/${room}`, receipt: `r-${id}`, ...headers });
    return client.nextRefusal();
  };

  it('[I5] [D1] has its receipt first, then what follows last-seq without a gap', async () => {
    await fixture.actor.addAll(messages(room, 1, 1_000));
    const client = await fixture.user('minji');
    const receipt = await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 10, generation: 'g1' });
    expect([receipt.header('head'), receipt.header('generation')]).toEqual(['1000', 'g1']);
    expect(client.frames.findIndex((f) => f.header('subscription') === 'a')).toBeGreaterThan(
      client.frames.indexOf(receipt),
    );
    await fixture.actor.add(messageEntry({ room, seq: 1_001 }));
    await client.untilReceived('a', 991);
    expect(seqs(client, 'a')).toEqual(range(11, 1_001));
  });

  it('[D1] without last-seq is live from head', async () => {
    await fixture.actor.addAll(messages(room, 1, 5));
    const client = await fixture.user('minji');
    const receipt = await client.subscribe('a', `/rooms/${room}`);
    expect(receipt.header('head')).toBe('5');
    await fixture.actor.add(messageEntry({ room, seq: 6 }));
    await client.untilReceived('a', 1);
    expect(seqs(client, 'a')).toEqual([6]);
    const message = client.frames.find((f) => f.header('subscription') === 'a');
    expect(message?.header('message-id')).toBe(`${room}:6`);
    expect(message?.header('timestamp')).toMatch(/^\d{13}$/);
    expect(message?.header('content-type')).toBe('application/json');
  });

  it('[D5] gets from the log what the fan-out lost', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    for (const [seq, lost] of [
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ] as const)
      await fixture.actor.add(messageEntry({ room, seq }), lost);
    await client.untilReceived('a', 4);
    expect(seqs(client, 'a')).toEqual([1, 2, 3, 4]);
  });

  it('[D2] delivers nothing to whom the actor does not admit', async () => {
    const client = await fixture.user('minji');
    fixture.actor.refuseWatch = () => 'CHAT_03';
    expect(await refusal(client, 'a', { 'last-seq': 0 })).toMatchObject({
      code: 'CHAT_03',
      receipt: 'r-a',
      subscription: 'a',
      destination: `/rooms/${room}`,
    });
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    fixture.actor.refuseWatch = () => null;
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 1 });
    expect(seqs(client, 'a')).toEqual([]);
  });

  it('[D3] beyond head, or of another generation, is told to reset', async () => {
    await fixture.actor.addAll(messages(room, 1, 5));
    const client = await fixture.user('minji');
    const reset = { code: 'reset', generation: 'g1', head: 5 };
    expect(await refusal(client, 'a', { 'last-seq': 6 })).toMatchObject(reset);
    expect(await refusal(client, 'a', { 'last-seq': 2, generation: 'g0' })).toMatchObject(reset);
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 5, generation: 'g1' });
    const deaf = await fixture.deafUser('bob');
    deaf.send('SUBSCRIBE', { id: 'a', destination: `/rooms/${room}`, 'last-seq': 6 });
    const error = await deaf.next('ERROR');
    expect([error.header('code'), error.header('generation'), error.header('head')]).toEqual(['reset', 'g1', '5']);
  });

  it('[D16] [I5] is not told to reset for having read what the actor has yet to hear of', async () => {
    await fixture.actor.addAll(messages(room, 1, 5));
    const hear = await fixture.actor.addUnheard(messageEntry({ room, seq: 6 }));
    const client = await fixture.user('minji');
    const receipt = await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 6, generation: 'g1' });
    expect(receipt.header('head')).toBe('6');
    expect(await refusal(client, 'b', { 'last-seq': 7 })).toMatchObject({ code: 'reset', head: 6 });
    await hear();
    await fixture.actor.add(messageEntry({ room, seq: 7 }));
    await client.untilReceived('a', 1);
    expect(seqs(client, 'a')).toEqual([7]);
  });

  it('[D15] that is `busy` is held back and asked again for a session that hears no refusals', async () => {
    const deaf = await fixture.deafUser('minji');
    let asked = 0;
    let busy = true;
    fixture.actor.refuseWatch = () => (asked++, busy ? 'busy' : null);
    deaf.send('SUBSCRIBE', { id: 'a', destination: `/rooms/${room}`, receipt: 'r-a' });
    await fixture.until(() => asked === 1, 'it was refused once');
    await fixture.settle();
    await fixture.advance(3_000);
    await fixture.until(() => asked > 1, 'it was asked for again');
    await fixture.settle();
    expect(deaf.closed).toBe(null);
    busy = false;
    await fixture.advance(3_000);
    await deaf.next('RECEIPT', (f) => f.header('receipt-id') === 'r-a');
    const hears = await fixture.user('bob');
    busy = true;
    expect((await refusal(hears, 'a'))['code']).toBe('busy');
  });

  it('[D15] that stays `busy` for 30 s ends such a session', async () => {
    const deaf = await fixture.deafUser('minji');
    let asked = 0;
    fixture.actor.refuseWatch = () => (asked++, 'busy');
    deaf.send('SUBSCRIBE', { id: 'a', destination: `/rooms/${room}` });
    await fixture.until(() => asked === 1, 'it was refused once');
    await fixture.settle();
    await fixture.advance(RATE_PATIENCE_MS - 1_000);
    await fixture.settle();
    expect([asked > 1, deaf.closed]).toEqual([true, null]);
    await fixture.advance(5_000);
    expect((await deaf.next('ERROR')).header('code')).toBe('busy');
    expect((await deaf.untilClosed()).code).toBe(1013);
  });

  it('[D4] far behind is told to read pages first', async () => {
    await fixture.actor.addAll(messages(room, 1, RESUME_MAX_BEHIND + 1));
    const client = await fixture.user('minji');
    expect(await refusal(client, 'a', { 'last-seq': 0 })).toMatchObject({ code: 'page-first', head: 5_001 });
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 1 });
    expect((await client.untilReceived('a', RESUME_MAX_BEHIND)).at(-1)?.['seq']).toBe(5_001);
  });

  it.each([
    ['last-seq', { 'last-seq': '-1' }],
    ['last-seq', { 'last-seq': 'x' }],
    ['ack', { ack: 'maybe' }],
  ])('[D14] with a bad %s is refused: %j', async (field, headers) => {
    const client = await fixture.user('minji');
    const { code, message } = await refusal(client, 'a', headers);
    expect([code, String(message).split(':')[0]]).toEqual(['bad-request', field]);
  });

  it('[D14] needs an id of its own', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    expect((await refusal(client, 'a'))['code']).toBe('duplicate-subscription');
    expect((await refusal(client, 'errors'))['code']).toBe('duplicate-subscription');
    client.send('SUBSCRIBE', { destination: `/rooms/${room}` });
    expect((await client.nextRefusal())['code']).toBe('bad-request');
    client.send('UNSUBSCRIBE', { id: 'b' });
    expect((await client.nextRefusal())['code']).toBe('unknown-subscription');
    client.send('SUBSCRIBE', { id: 'b', destination: '/user/queue/nothing' });
    expect((await client.nextRefusal())['code']).toBe('unknown-destination');
  });

  it('[D14] is over at UNSUBSCRIBE', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`);
    await client.subscribe('b', `/rooms/${room}`);
    client.send('UNSUBSCRIBE', { id: 'a', receipt: 'gone' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'gone');
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    await client.untilReceived('b', 1);
    expect(seqs(client, 'a')).toEqual([]);
    // Taken back while it is being admitted, it delivers nothing either, and is receipted all the same.
    client.send('SUBSCRIBE', { id: 'c', destination: `/rooms/${room}`, 'last-seq': 0, receipt: 'r-c' });
    client.send('UNSUBSCRIBE', { id: 'c' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r-c');
    await fixture.actor.add(messageEntry({ room, seq: 2 }));
    await client.untilReceived('b', 2);
    expect(seqs(client, 'c')).toEqual([]);
  });

  it('[D14] has no id in STOMP 1.0, and is known by its destination', async () => {
    const client = await fixture.tcp();
    await client.connect(fixture.token('minji'), { 'accept-version': '1.0' });
    client.send('SUBSCRIBE', { destination: `/rooms/${room}`, receipt: 'r1', ack: 'client' });
    await client.next('RECEIPT');
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    const message = await client.next('MESSAGE');
    expect([message.header('subscription'), message.header('message-id')]).toEqual([undefined, `${room}:1`]);
    client.send('ACK', { 'message-id': `${room}:1`, receipt: 'r2' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r2');
    client.send('UNSUBSCRIBE', { destination: `/rooms/${room}`, receipt: 'r3' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'r3');
  });

  it('[E18] is refused when the session has too many', async () => {
    const client = await fixture.user('minji');
    const more = range(2, MAX_SUBSCRIPTIONS_PER_SESSION).map(String);
    for (const id of more) client.send('SUBSCRIBE', { id, destination: `/rooms/${room}`, receipt: `r-${id}` });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === `r-${more.at(-1) ?? ''}`);
    await fixture.advance(100);
    expect((await refusal(client, 'surplus'))['code']).toBe('too-many-subscriptions');
  });

  it('[D6] ends with one’s own departure, which it delivers, naming itself', async () => {
    const [minji, bob] = [await fixture.user('minji'), await fixture.user('bob')];
    for (const client of [minji, bob]) await client.subscribe('a', `/rooms/${room}`);
    await minji.subscribe('old', `/msub/topic/${room}`);
    await fixture.actor.add(departure('kicked', 1, 'minji'));
    await fixture.actor.add(messageEntry({ room, seq: 2 }));
    const ends = [await minji.nextRefusal(), await minji.nextRefusal()];
    expect(ends.map((e) => [e['code'], e['subscription'], e['destination']])).toEqual([
      ['CHAT_03', 'a', `/rooms/${room}`],
      ['CHAT_03', 'old', `/msub/topic/${room}`],
    ]);
    expect(minji.received('a').map((m) => [m['kind'], m['content']])).toEqual([['kicked', null]]);
    await bob.untilReceived('a', 2);
    expect(minji.received('a')).toHaveLength(1);
    const deaf = await fixture.deafUser('carol');
    await deaf.subscribe('a', `/rooms/${room}`);
    await fixture.actor.add(departure('left', 3, 'carol'));
    const error = await deaf.next('ERROR');
    expect([error.header('code'), error.header('subscription')]).toEqual(['CHAT_03', 'a']);
    expect((await deaf.untilClosed()).code).toBe(4003);
  });

  it('[D6] judges a departure by the role of the freshest token', async () => {
    const client = await fixture.user('minji', { role: 'admin' });
    await client.subscribe('a', `/rooms/${room}`);
    const refresh = (role: string): void =>
      client.send('SEND', { destination: '/user/session/token', receipt: role }, fixture.token('minji', { role }));
    refresh('buyer');
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'buyer');
    await client.subscribe('b', `/rooms/${room}`);
    refresh('admin');
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'admin');
    await fixture.actor.add(departure('left', 1, 'minji'));
    await fixture.actor.add(messageEntry({ room, seq: 2 }));
    for (const id of ['a', 'b']) await client.untilReceived(id, 2);
    refresh('buyer');
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'buyer');
    await fixture.actor.add(departure('kicked', 3, 'minji'));
    expect([(await client.nextRefusal())['subscription'], (await client.nextRefusal())['subscription']]).toEqual([
      'a',
      'b',
    ]);
  });

  it('[D8] [E26] to the old destination delivers messages in the old form', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('old', `/msub/topic/${room}`, { 'last-seq': 0 });
    await fixture.actor.add(messageEntry({ room, seq: 1, content: '안녕' }));
    await fixture.actor.add(departure('left', 2, 'bob'));
    await fixture.actor.add(messageEntry({ room, seq: 3, content: '또' }));
    await client.untilReceived('old', 2);
    expect(client.received('old')).toEqual([
      { chatId: room, senderId: 'minji', content: '안녕', seq: 1 },
      { chatId: room, senderId: 'minji', content: '또', seq: 3 },
    ]);
  });

  it('[D7] does not show what was redacted', async () => {
    const client = await fixture.user('minji');
    await client.subscribe('live', `/rooms/${room}`);
    await fixture.actor.add(messageEntry({ room, seq: 1, content: '010-1234-5678' }));
    const redaction: Entry = {
      ...messageEntry({ room, seq: 2, type: null, content: null }),
      kind: 'redacted',
      data: { targetSeq: asSeq(1) },
    };
    await fixture.actor.add(redaction);
    await client.untilReceived('live', 2);
    await client.subscribe('later', `/rooms/${room}`, { 'last-seq': 0 });
    const [first] = await client.untilReceived('later', 2);
    expect([first?.['seq'], first?.['content'], first?.['redacted']]).toEqual([1, null, true]);
  });

  it('[D9] with acknowledgements delivers a window, and goes on as it moves', async () => {
    await fixture.actor.addAll(messages(room, 1, 1_000));
    const client = await fixture.user('minji');
    await client.subscribe('a', `/rooms/${room}`, { 'last-seq': 0, ack: 'client' });
    await client.untilReceived('a', ACK_WINDOW);
    await fixture.advance(100);
    expect(seqs(client, 'a')).toEqual(range(1, ACK_WINDOW));
    const ackOf = (seq: number) => client.frames.find((f) => f.header('seq') === String(seq))?.header('ack');
    client.send('ACK', { id: ackOf(200) });
    await client.untilReceived('a', ACK_WINDOW + 200);
    client.send('NACK', { id: ackOf(256) });
    await client.untilReceived('a', ACK_WINDOW + 256);
    expect(seqs(client, 'a')).toEqual(range(1, ACK_WINDOW + 256));
    for (const id of ['nonsense', `${room}:900:a`, `${room}:1:b`, undefined]) {
      client.send('ACK', { id });
      expect((await client.nextRefusal())['code'], String(id)).toBe('unknown-subscription');
    }
  });

  it('[D9] is acknowledged in STOMP 1.1 by message and subscription', async () => {
    const client = await fixture.ws();
    await client.connect(fixture.token('minji'), { 'accept-version': '1.1' });
    await client.subscribe('errors', '/user/queue/errors');
    await client.subscribe('a:1', `/rooms/${room}`, { ack: 'client-individual' });
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    const message = await client.next('MESSAGE');
    expect([message.header('ack'), message.header('message-id')]).toEqual([undefined, `${room}:1`]);
    client.send('ACK', { 'message-id': `${room}:1`, subscription: 'a:1', receipt: 'ok' });
    await client.next('RECEIPT', (f) => f.header('receipt-id') === 'ok');
    client.send('ACK', { 'message-id': `${room}:1`, subscription: 'a:2' });
    expect((await client.nextRefusal())['code']).toBe('unknown-subscription');
  });

  it('[D13] makes the edge watch the room, until nobody is left', async () => {
    const client = await fixture.user('minji');
    expect(fixture.actor.watchers(room)).toBe(0);
    await client.subscribe('a', `/rooms/${room}`);
    expect(fixture.actor.watchers(room)).toBe(1);
    client.drop();
    await fixture.until(() => fixture.edge.sessionCount === 0, 'the client is gone');
    await fixture.advance(WATCH_LINGER_MS + 1_000);
    await fixture.until(() => fixture.actor.watchers(room) === 0, 'the room is un-watched');
  });

  it('[D10] is encoded once for all who get the same bytes', async () => {
    const clients = await Promise.all(range(1, 10).map((i) => fixture.user(`u${String(i)}`)));
    for (const client of clients) await client.subscribe('sub-0', `/rooms/${room}`);
    const other = await fixture.tcp();
    await other.connect(fixture.token('other'));
    await other.subscribe('sub-0', `/rooms/${room}`);
    const before = fixture.encodings;
    await fixture.actor.add(messageEntry({ room, seq: 1 }));
    for (const client of [...clients, other]) await client.untilReceived('sub-0', 1);
    expect(fixture.encodings - before).toBe(2);
    expect(json(other.frames.at(-1)!)['seq']).toBe(1);
  });
});
