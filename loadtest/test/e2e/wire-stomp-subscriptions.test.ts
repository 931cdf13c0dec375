/** The STOMP interface of the started product, row by row: SUBSCRIBE, positions, acknowledgements, kinds of entries. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Headers } from '../../driver/link.js';
import type { RawFrame } from '../../driver/raw-link.js';
import { until } from '../../driver/wait.js';
import { type EntryBody, refusalIn, type RefusalBody, type WireClient } from '../../driver/wire-client.js';
import { ADMIN, type RoomBody, say, SELLER, WireShop } from '../../driver/wire-shop.js';

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
const subscribe = (client: WireClient, room: string, headers: Headers = {}): Promise<RawFrame> =>
  client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's', ...headers });
const seqs = (client: WireClient, subscription = 's'): number[] =>
  client.messagesOf(subscription).map(({ headers }) => Number(headers['seq']));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const refusal = (frame: RawFrame, code: string): RefusalBody => {
  const body = refusalIn(frame);
  expect(body.code, frame.body).toBe(code);
  return body;
};
/** Everything due on this connection has come: one's own word in another room went there and back. */
const settle = async (client: WireClient, own: string): Promise<void> => {
  const room = await shop.group(own);
  const id = shop.fresh('fence');
  await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id });
  await say(client, room, '여기까지');
  await client.bodiesOf(id, 1);
  await client.ask('UNSUBSCRIBE', { id });
};
const data = (entries: readonly EntryBody[], kind: string): unknown[] =>
  entries.filter((entry) => entry.kind === kind).map((entry) => entry.data);

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
    await settle(client, user);
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
    const beyond = refusal(await subscribe(client, room, { 'last-seq': '3' }), 'reset');
    expect(beyond).toMatchObject({ generation, head: 2, retry: 'never' });
    const foreign = refusal(await subscribe(client, room, { 'last-seq': '1', generation: 'another' }), 'reset');
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
      expect(refusal(await subscribe(client, room, { 'last-seq': lastSeq }), 'bad-request').message).toContain(
        'last-seq',
      );
    }
  });

  it('[D4] 5,000 behind is delivered whole, more is page-first with head', async () => {
    const room = await longRoom;
    const client = await shop.person('talker');
    const behind = refusal(await subscribe(client, room, { 'last-seq': String(LONG_ROOM - 5_001) }), 'page-first');
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
    await settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_256));
    expect((await client.ask('ACK', { id: ackOf(client, 99) })).command).toBe('RECEIPT');
    await client.bodiesOf('s', 356);
    await settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_356));
  });

  it('[D9] ack: client-individual goes on one by one, NACK counts as ACK', async () => {
    const { client, user } = await follow('client-individual');
    expect((await client.ask('ACK', { id: ackOf(client, 99) })).command).toBe('RECEIPT');
    expect((await client.ask('NACK', { id: ackOf(client, 200) })).command).toBe('RECEIPT');
    await client.bodiesOf('s', 258);
    await settle(client, user);
    expect(seqs(client)).toEqual(range(4_001, 4_258));
  });

  it('[D9] an id never issued is unknown-subscription', async () => {
    const { client } = await follow('client');
    const room = await longRoom;
    for (const id of ['nonsense', `${room}:4257`, `${room}:4257:s`, `${room}:4000:s`, `${room}:4001:t`]) {
      refusal(await client.ask('ACK', { id }), 'unknown-subscription');
    }
    refusal(await client.ask('ACK', {}), 'unknown-subscription');
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
    await settle(client, 'talker');
    expect(client.messagesOf('s')).toHaveLength(ACK_WINDOW + 10);
  });

  it('[D9] no ack header with auto; any other mode is bad-request', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await subscribe(client, room, { ack: 'auto', 'last-seq': '0' });
    await client.bodiesOf('s', 2);
    expect(client.messagesOf('s')[0]?.headers['ack']).toBeUndefined();
    refusal(await subscribe(client, room, { id: 't', ack: 'sometimes' }), 'bad-request');
  });
});

describe('subscription ids', () => {
  it('[D14] an id in use is duplicate-subscription, and free again after UNSUBSCRIBE', async () => {
    const user = shop.fresh('u');
    const [room, other] = [await shop.group(user), await shop.group(user)];
    const client = await shop.person(user);
    await subscribe(client, room);
    refusal(await subscribe(client, other), 'duplicate-subscription');
    refusal(await subscribe(client, other, { id: 'err' }), 'duplicate-subscription');
    expect((await client.ask('UNSUBSCRIBE', { id: 's' })).command).toBe('RECEIPT');
    expect((await subscribe(client, other)).command).toBe('RECEIPT');
    await say(client, room, '들리지 않음');
    await say(client, other, '들림');
    expect((await client.bodiesOf('s', 1)).map(({ content }) => content)).toEqual(['들림']);
    refusal(await client.ask('UNSUBSCRIBE', { id: 'never' }), 'unknown-subscription');
    refusal(await client.ask('UNSUBSCRIBE', {}), 'unknown-subscription');
  });

  it('[D14] SUBSCRIBE needs an id, but for 1.0', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const strict = await shop.person(user);
    refusal(await strict.ask('SUBSCRIBE', { destination: `/rooms/${room}` }), 'bad-request');
    const old = await shop.person(user, { 'accept-version': '1.0' });
    expect((await old.ask('SUBSCRIBE', { destination: `/rooms/${room}` })).command).toBe('RECEIPT');
    await say(old, room, '옛날');
    const message = await old.next('the message', ({ command }) => command === 'MESSAGE');
    expect(message.headers).toMatchObject({ destination: `/rooms/${room}`, 'message-id': `${room}:3` });
    expect(message.headers['subscription']).toBeUndefined();
    expect((await old.ask('UNSUBSCRIBE', { destination: `/rooms/${room}` })).command).toBe('RECEIPT');
  });

  it('[E18] a session has 200 subscriptions, the 201st is too-many-subscriptions', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    const answers = await Promise.all(range(1, 200).map((i) => subscribe(client, room, { id: `s-${String(i)}` })));
    expect(answers.slice(0, 199).filter(({ command }) => command === 'RECEIPT')).toHaveLength(199);
    refusal(answers[199] ?? (answers[0] as RawFrame), 'too-many-subscriptions');
  });

  it('[I5] two subscriptions of one room each get everything', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await subscribe(client, room, { id: 'a' });
    await subscribe(client, room, { id: 'b:\n\\' });
    await say(client, room, '둘 다');
    expect((await client.bodiesOf('a', 1))[0]).toEqual((await client.bodiesOf('b:\n\\', 1))[0]);
  });
});

describe('who may subscribe', () => {
  it('[D2, R21] a stranger’s inquiry is a missing room, a foreign group CHAT_03, and neither delivers', async () => {
    const user = shop.fresh('u');
    const client = await shop.person(user);
    const buyer = shop.fresh('buyer');
    const [inquiry, group] = [await shop.inquiry(buyer), await shop.group(buyer)];
    const plain = ({ code, message, retry }: RefusalBody): unknown => ({ code, message, retry });
    const theirs = refusal(await subscribe(client, inquiry, { 'last-seq': '0' }), 'CHAT_01');
    const missing = refusal(await subscribe(client, 'r0000000000000000000000', { 'last-seq': '0' }), 'CHAT_01');
    expect(plain(theirs)).toEqual(plain(missing));
    refusal(await subscribe(client, group, { 'last-seq': '0' }), 'CHAT_03');
    await settle(client, user);
    expect(client.messagesOf('s')).toEqual([]);
  });

  it('[R21] an admin subscribes to every room, agents of the shop to its inquiries', async () => {
    const buyer = shop.fresh('buyer');
    const [inquiry, group] = [await shop.inquiry(buyer), await shop.group(buyer)];
    const admin = await shop.person(ADMIN);
    expect((await subscribe(admin, inquiry, { id: 'i' })).command).toBe('RECEIPT');
    expect((await subscribe(admin, group, { id: 'g' })).command).toBe('RECEIPT');
    const agent = await shop.person({ sub: shop.fresh('agent'), role: 'seller', shop: SELLER.sub });
    expect((await subscribe(agent, inquiry)).command).toBe('RECEIPT');
    expect((await say(agent, inquiry, '무엇을 도와드릴까요')).command).toBe('RECEIPT');
    const foreign = await shop.person({ sub: shop.fresh('agent'), role: 'seller', shop: 'another-shop' });
    refusal(await subscribe(foreign, inquiry), 'CHAT_01');
  });

  it('[R21] a closed room can be read and subscribed, not sent to', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: user });
    const client = await shop.person(user);
    expect((await subscribe(client, room, { 'last-seq': '0' })).headers['head']).toBe('3');
    await client.bodiesOf('s', 3);
    refusal(await say(client, room, '안'), 'CHAT_02');
  });

  it.each([
    ['kicked', 'kick'],
    ['left', 'leave'],
  ])('[D6] who has %s hears of it, then the subscription ends with CHAT_03 naming it', async (kind, path) => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    const [client, deaf] = [await shop.webPerson(guest), await shop.deafPerson(guest)];
    await Promise.all([subscribe(client, room), subscribe(deaf, room)]);
    const call = kind === 'kicked' ? { as: owner, body: { userId: guest } } : { as: guest };
    await shop.data('POST', `/api/chat/group/${path}/${room}`, call);
    const last = await client.next('the refusal', ({ headers }) => headers['destination'] === '/user/queue/errors');
    expect(refusal(last, 'CHAT_03')).toMatchObject({ subscription: 's', destination: `/rooms/${room}`, receipt: null });
    const [entry] = await client.bodiesOf('s', 1);
    expect(entry).toMatchObject({ kind, senderId: kind === 'kicked' ? owner : guest, data: { userId: guest } });
    const error = await deaf.next('the ERROR', ({ command }) => command === 'ERROR');
    expect(error.headers).toMatchObject({ code: 'CHAT_03', subscription: 's' });
    expect((await deaf.end()).code).toBe(4003);
    expect(deaf.messagesOf('s').map(({ headers }) => headers['seq'])).toEqual(['4']);
    const speaker = await shop.person(owner);
    await say(speaker, room, '이제 못 듣는 말');
    await settle(client, guest);
    expect(client.messagesOf('s')).toHaveLength(1);
    // The id is free again; the room is not.
    refusal(await subscribe(client, room, { 'last-seq': '0' }), 'CHAT_03');
  });

  it('[I2, D6] who joins later reads everything, who left and joined again as well', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner);
    const speaker = await shop.person(owner);
    await say(speaker, room, '먼저 한 말');
    const join = (): Promise<unknown> => shop.data('POST', `/api/chat/group/${room}`, { as: guest });
    await join();
    await shop.data('POST', `/api/chat/group/leave/${room}`, { as: guest });
    await join();
    const client = await shop.person(guest);
    await subscribe(client, room, { 'last-seq': '0' });
    const kinds = (await client.bodiesOf('s', 6)).map(({ kind }) => kind);
    expect(kinds).toEqual(['created', 'joined', 'message', 'joined', 'left', 'joined']);
    await say(speaker, room, '나중에 한 말');
    expect((await client.bodiesOf('s', 7)).at(-1)?.content).toBe('나중에 한 말');
  });
});

describe('entries that are no message', () => {
  it('[F26] each kind says what it says, and nothing else', async () => {
    const [owner, guest, other] = [shop.fresh('owner'), shop.fresh('guest'), shop.fresh('other')];
    const made = await shop.data<RoomBody>('POST', '/api/chat/group', {
      as: owner,
      key: 'the-creation',
      body: { chatName: '처음 이름', maxParticipants: 5, productCategoryId: [] },
    });
    const room = made.roomId;
    const call = (method: string, path: string, as: string, body?: unknown): Promise<unknown> =>
      shop.data(method, path, { as, ...(body === undefined ? {} : { body }) });
    await call('POST', `/api/chat/group/${room}`, guest);
    await call('POST', `/api/chat/group/${room}`, other);
    await call('PATCH', `/api/chat/group/${room}`, owner, { chatName: '다음 이름' });
    await call('PATCH', `/api/chat/group/${room}`, owner, { maxParticipants: 7 });
    const { seq } = await shop.data<{ seq: number }>('POST', `/api/chat/messages/${room}`, {
      as: guest,
      key: 'm',
      body: { type: 'TEXT', content: '지울 말' },
    });
    await call('DELETE', `/api/chat/messages/${room}/${String(seq)}`, guest);
    await call('POST', `/api/chat/group/leave/${room}`, guest);
    await call('POST', `/api/chat/group/kick/${room}`, owner, { userId: other });
    await call('PATCH', `/api/chat/group/close/${room}`, owner);
    await call('PATCH', `/api/chat/group/open/${room}`, owner);
    const client = await shop.person(owner);
    await subscribe(client, room, { 'last-seq': '0' });
    const entries = await client.bodiesOf('s', 12);
    expect(entries.map(({ kind }) => kind)).toEqual([
      ...['created', 'joined', 'joined', 'joined', 'renamed', 'resized', 'message'],
      ...['redacted', 'left', 'kicked', 'closed', 'opened'],
    ]);
    expect(entries.map(({ seq: at }) => at)).toEqual(range(1, 12));
    expect(entries.map(({ n }) => n)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect(entries.map(({ senderId }) => senderId)).toEqual([
      ...[owner, owner, guest, other, owner, owner, guest],
      ...[guest, guest, owner, owner, owner],
    ]);
    for (const { kind, type, content } of entries) expect([kind, type, content]).toEqual([kind, null, null]);
    expect(entries[0]?.clientMessageId).toBe('the-creation');
    const [created] = data(entries, 'created') as RoomBody[];
    expect(Object.keys(created ?? {}).sort()).toEqual(Object.keys(made).sort());
    expect(created).toMatchObject({ roomId: room, name: '처음 이름', maxParticipants: 5, ownerId: owner });
    expect(data(entries, 'joined')).toEqual([{ userId: owner }, { userId: guest }, { userId: other }]);
    expect(data(entries, 'renamed')).toEqual([{ name: '다음 이름' }]);
    expect(data(entries, 'resized')).toEqual([{ maxParticipants: 7 }]);
    expect(data(entries, 'redacted')).toEqual([{ targetSeq: seq }]);
    expect(data(entries, 'left')).toEqual([{ userId: guest }]);
    expect(data(entries, 'kicked')).toEqual([{ userId: other }]);
    expect([data(entries, 'closed'), data(entries, 'opened')]).toEqual([[null], [null]]);
    const history = await shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: owner });
    expect(history).toEqual(entries);
  });

  it('[R6] an inquiry is created, then joined by buyer and seller', async () => {
    const buyer = shop.fresh('buyer');
    const room = await shop.inquiry(buyer);
    const client = await shop.person(buyer);
    await subscribe(client, room, { 'last-seq': '0' });
    const entries = await client.bodiesOf('s', 3);
    expect(entries.map(({ kind }) => kind)).toEqual(['created', 'joined', 'joined']);
    expect(data(entries, 'joined')).toEqual([{ userId: buyer }, { userId: SELLER.sub }]);
    expect(data(entries, 'created')).toEqual([expect.objectContaining({ type: 'ONE_ON_ONE', buyerId: buyer })]);
  });

  it('[I2, D7] a redaction is an entry of its own; from then on its target has no body', async () => {
    const [owner, author] = [shop.fresh('owner'), shop.fresh('author')];
    const room = await shop.group(owner, [author]);
    const client = await shop.person(author);
    await subscribe(client, room);
    await say(client, room, '비밀 이야기', { 'client-message-id': 'secret' });
    const [before] = await client.bodiesOf('s', 1);
    expect(before).not.toHaveProperty('redacted');
    await shop.data('DELETE', `/api/chat/messages/${room}/4`, { as: owner });
    const [, redaction] = await client.bodiesOf('s', 2);
    expect(redaction).toMatchObject({ seq: 5, n: 1, kind: 'redacted', senderId: owner, data: { targetSeq: 4 } });
    const late = await shop.person(owner);
    await subscribe(late, room, { 'last-seq': '3' });
    const [target] = await late.bodiesOf('s', 2);
    expect(target).toEqual({ ...before, type: null, content: null, redacted: true });
    expect(late.messages.map(({ text }) => text).join('')).not.toContain('비밀');
    // Its id keeps its outcome.
    expect((await say(client, room, '비밀 이야기', { 'client-message-id': 'secret' })).headers['seq']).toBe('4');
    await until('the history has no body', 5_000, async () => {
      const items = await shop.data<EntryBody[]>('GET', `/api/chat/messages/${room}`, { as: author });
      return items.find(({ seq }) => seq === 4)?.content === null;
    });
  });
});
