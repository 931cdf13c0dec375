/** The STOMP interface of the started product, row by row: where a SUBSCRIBE begins, and how far it goes unacknowledged. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Headers } from '../../driver/link.js';
import type { WireClient } from '../../driver/wire-client.js';
import { say, subscribe, WireShop } from '../../driver/wire-shop.js';
import { expectRefusal } from './expectations.js';

const LONG_ROOM = 5_002;
const ACK_WINDOW = 256;

vi.setConfig({ testTimeout: 60_000 });
let shop: WireShop;
let longRoom: Promise<string>;

beforeAll(async () => {
  // The rate is another file's matter; a long log should be quick to make here.
  shop = await WireShop.open({ env: { MUNOVA_RATE_SENDS: '20000/20000' } });
  longRoom = makeLongRoom();
  longRoom.catch(() => undefined);
}, 60_000);
afterAll(() => shop.close());

/** A room of LONG_ROOM entries of `talker`. */
const makeLongRoom = async (): Promise<string> => {
  const room = await shop.group('talker');
  const client = await shop.person('talker');
  for (let i = 1; i <= LONG_ROOM - 2; i += 1) {
    const last: Headers = i === LONG_ROOM - 2 ? { receipt: 'last' } : {};
    client.send(
      'SEND',
      { destination: `/rooms/${room}/messages`, ...last },
      `{"type":"TEXT","content":"${String(i)}"}`,
    );
  }
  const { headers } = await client.next('the last receipt', (f) => f.headers['receipt-id'] === 'last', 0, 60_000);
  expect(headers['seq']).toBe(String(LONG_ROOM));
  return room;
};
const seqs = (client: WireClient, subscription = 's'): number[] =>
  client.messagesOf(subscription).map(({ headers }) => Number(headers['seq']));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('positions', () => {
  it('[D1] the receipt comes first, with head as of admission and generation', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.tcp();
    const { headers } = await client.connect(shop.token(user));
    const receipt = await subscribe(client, room, { 'last-seq': '0' });
    expect(receipt.headers).toEqual({ 'receipt-id': 'ask-1', head: '2', generation: headers['generation'] });
    await client.bodiesOf('s', 2);
    expect(client.frames.map(({ command }) => command)).toEqual(['CONNECTED', 'RECEIPT', 'MESSAGE', 'MESSAGE']);
  });

  it('[D1, I5] absent means live from now, 0 from the first, n from n+1, head what comes', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await say(client, room, '셋');
    await subscribe(client, room, { id: 'live' });
    await subscribe(client, room, { id: 'first', 'last-seq': '0' });
    await subscribe(client, room, { id: 'from-2', 'last-seq': '1' });
    await subscribe(client, room, { id: 'head', 'last-seq': '3' });
    await say(client, room, '넷');
    await shop.settle(client, user);
    expect(seqs(client, 'live')).toEqual([4]);
    expect(seqs(client, 'first')).toEqual([1, 2, 3, 4]);
    expect(seqs(client, 'from-2')).toEqual([2, 3, 4]);
    expect(seqs(client, 'head')).toEqual([4]);
  });

  it('[D3] beyond head, or of another generation, is reset with generation and head', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.tcp();
    const generation = (await client.connect(shop.token(user))).headers['generation'] ?? '';
    await client.ask('SUBSCRIBE', { destination: '/user/queue/errors', id: 'err' });
    const beyond = expectRefusal(await subscribe(client, room, { 'last-seq': '3' }), 'reset');
    expect(beyond).toMatchObject({ generation, head: 2, retry: 'never' });
    const foreign = expectRefusal(await subscribe(client, room, { 'last-seq': '1', generation: 'another' }), 'reset');
    expect(foreign).toMatchObject({ generation, head: 2 });
    expect((await subscribe(client, room, { 'last-seq': '1', generation })).command).toBe('RECEIPT');
    const deaf = await shop.deafPerson(user);
    const error = await subscribe(deaf, room, { 'last-seq': '3' });
    expect(error).toMatchObject({ command: 'ERROR', headers: { code: 'reset', generation, head: '2' } });
    expect((await deaf.end()).code).toBe(4008);
  });

  it('[E14] a last-seq that is no number from 0 is bad-request', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    for (const lastSeq of ['-1', 'x', '', '1.5']) {
      expect(expectRefusal(await subscribe(client, room, { 'last-seq': lastSeq }), 'bad-request').message).toContain(
        'last-seq',
      );
    }
  });

  it('[D4] 5,000 behind is delivered whole, more is page-first with head', async () => {
    const room = await longRoom;
    const client = await shop.person('talker');
    const behind = expectRefusal(
      await subscribe(client, room, { 'last-seq': String(LONG_ROOM - 5_001) }),
      'page-first',
    );
    expect(behind.head).toBe(LONG_ROOM);
    expect((await subscribe(client, room, { 'last-seq': String(LONG_ROOM - 5_000) })).command).toBe('RECEIPT');
    await client.bodiesOf('s', 5_000);
    expect(seqs(client)).toEqual(range(LONG_ROOM - 4_999, LONG_ROOM));
  });
});

describe('acknowledgements', () => {
  const follow = async (ack: string): Promise<{ client: WireClient; user: string }> => {
    const room = await longRoom;
    const client = await shop.person('talker');
    await subscribe(client, room, { 'last-seq': '4000', ack });
    await client.bodiesOf('s', ACK_WINDOW);
    return { client, user: 'talker' };
  };
  const ackOf = (client: WireClient, index: number): string =>
    client.messagesOf('s')[index]?.headers['ack'] ?? 'no ack header';

  it('[D9] ack: client stops at 256 and goes on cumulatively', async () => {
    const { client, user } = await follow('client');
    await shop.settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_256));
    expect((await client.ask('ACK', { id: ackOf(client, 99) })).command).toBe('RECEIPT');
    await client.bodiesOf('s', 356);
    await shop.settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_356));
  });

  it('[D9] ack: client-individual goes on one by one, NACK counts as ACK', async () => {
    const { client, user } = await follow('client-individual');
    expect((await client.ask('ACK', { id: ackOf(client, 99) })).command).toBe('RECEIPT');
    expect((await client.ask('NACK', { id: ackOf(client, 200) })).command).toBe('RECEIPT');
    await client.bodiesOf('s', 258);
    await shop.settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_258));
  });

  it('[D9] an id never issued is unknown-subscription', async () => {
    const { client } = await follow('client');
    const room = await longRoom;
    for (const id of ['nonsense', `${room}:4257`, `${room}:4257:s`, `${room}:4000:s`, `${room}:4001:t`]) {
      expectRefusal(await client.ask('ACK', { id }), 'unknown-subscription');
    }
    expectRefusal(await client.ask('ACK', {}), 'unknown-subscription');
    expect(client.messagesOf('s')).toHaveLength(ACK_WINDOW);
  });

  it('[D9] 1.1 acknowledges by message-id and subscription, and gets no ack header', async () => {
    const room = await longRoom;
    const client = await shop.person('talker', { 'accept-version': '1.1' });
    await subscribe(client, room, { 'last-seq': '4000', ack: 'client' });
    await client.bodiesOf('s', ACK_WINDOW);
    const [first] = client.messagesOf('s');
    expect(first?.headers['ack']).toBeUndefined();
    expect((await client.ask('ACK', { subscription: 's', 'message-id': `${room}:4010` })).command).toBe('RECEIPT');
    await client.bodiesOf('s', ACK_WINDOW + 10);
    await shop.settle(client, 'talker');
    expect(client.messagesOf('s')).toHaveLength(ACK_WINDOW + 10);
  });

  it('[D9] no ack header with auto; any other mode is bad-request', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await subscribe(client, room, { ack: 'auto', 'last-seq': '0' });
    await client.bodiesOf('s', 2);
    expect(client.messagesOf('s')[0]?.headers['ack']).toBeUndefined();
    expectRefusal(await subscribe(client, room, { id: 't', ack: 'sometimes' }), 'bad-request');
  });
});
