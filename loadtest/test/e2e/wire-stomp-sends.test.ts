/** The STOMP interface of the started product, row by row: SEND, its RECEIPT, its MESSAGE, its refusals. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import { heard, openPlace, sendRaw } from '../../driver/wire-place.js';
import { refusalIn } from '../../driver/wire-client.js';
import { ADMIN, say, WireShop } from '../../driver/wire-shop.js';
import { expectRefusal } from './expectations.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open({ env: { MUNOVA_IMAGE_HOSTS: 'img.example,cdn.example' } });
}, 60_000);
afterAll(() => shop.close());

const BODY_FIELDS = [
  'roomId',
  'seq',
  'n',
  'kind',
  'senderId',
  'senderName',
  'senderRole',
  'clientMessageId',
  'type',
  'content',
  'data',
  'createdAt',
];
const ISO_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('a SEND and its RECEIPT', () => {
  it('[I4, E10] the receipt says seq and client-message-id, and nothing else', async () => {
    const at = await openPlace(shop);
    const receipt = await sendRaw(at, '{"type":"TEXT","content":"안녕"}', { 'client-message-id': 'A-z.0_9:-' });
    expect(receipt.command).toBe('RECEIPT');
    expect(receipt.headers).toEqual({ 'receipt-id': 'ask-3', seq: '3', 'client-message-id': 'A-z.0_9:-' });
    expect(receipt.body).toBe('');
  });

  it('[E14] the server makes an id where there is none, and then a retry is a new message', async () => {
    const at = await openPlace(shop);
    const [first, second] = [await say(at.client, at.room, '같은 말'), await say(at.client, at.room, '같은 말')];
    expect([first.headers['seq'], second.headers['seq']]).toEqual(['3', '4']);
    for (const { headers } of [first, second]) expect(headers['client-message-id']).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    expect(first.headers['client-message-id']).not.toBe(second.headers['client-message-id']);
  });

  it('[I5, F26] its MESSAGE is delivered to oneself too, with exactly these headers and fields', async () => {
    const at = await openPlace(shop);
    await say(at.client, at.room, '한글\n👟 "따옴표"', { 'client-message-id': 'm-1' });
    await at.client.bodiesOf('s', 1);
    const [message] = at.client.messagesOf('s');
    const body = JSON.parse(message?.body ?? '') as Record<string, unknown>;
    expect(message?.headers).toEqual({
      destination: `/rooms/${at.room}`,
      subscription: 's',
      'message-id': `${at.room}:3`,
      seq: '3',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(message?.body ?? '')),
      timestamp: String(Date.parse(String(body['createdAt']))),
    });
    expect(Object.keys(body)).toEqual(BODY_FIELDS);
    expect(body).toEqual({
      roomId: at.room,
      seq: 3,
      n: 1,
      kind: 'message',
      senderId: at.user,
      senderName: '민지 👟',
      senderRole: 'buyer',
      clientMessageId: 'm-1',
      type: 'TEXT',
      content: '한글\n👟 "따옴표"',
      data: null,
      createdAt: expect.stringMatching(ISO_MS) as string,
    });
  });

  it('[E14] text/plain is a TEXT, with or without a charset', async () => {
    const at = await openPlace(shop);
    expect((await sendRaw(at, '{"not":"read"}', { 'content-type': 'text/plain' })).command).toBe('RECEIPT');
    expect((await sendRaw(at, '둘째', { 'content-type': 'text/plain;charset=utf-8' })).command).toBe('RECEIPT');
    const json = { 'content-type': 'application/json;charset=utf-8' };
    expect((await sendRaw(at, '{"type":"TEXT","content":"셋째"}', json)).command).toBe('RECEIPT');
    expect(await heard(at, 3)).toEqual(['{"not":"read"}', '둘째', '셋째']);
  });

  it('[E10, F6] a receipt of any characters comes back as it was', async () => {
    const at = await openPlace(shop);
    const receipt = 'r: \\ \n \r 영수증';
    at.client.send('SEND', { destination: `/rooms/${at.room}/messages`, receipt }, '{"type":"TEXT","content":"안"}');
    const answer = await at.client.next('the receipt', ({ headers }) => headers['receipt-id'] === receipt);
    expect(answer).toMatchObject({ command: 'RECEIPT', headers: { seq: '3' } });
  });

  it('[F5] of repeated headers the first one counts', async () => {
    const at = await openPlace(shop);
    const ids = 'client-message-id:first\nclient-message-id:second';
    const destinations = `destination:/rooms/${at.room}/messages\ndestination:/nowhere`;
    at.client.write(`SEND\n${destinations}\n${ids}\nreceipt:r\n\n{"type":"TEXT","content":"안"}\0`);
    const answer = await at.client.next('the receipt', ({ headers }) => headers['receipt-id'] === 'r');
    expect(answer.headers['client-message-id']).toBe('first');
  });

  it('[I6, I8] seqs go up in the order of the SENDs, n counts messages, createdAt never goes back', async () => {
    const at = await openPlace(shop);
    for (let i = 0; i < 30; i += 1) {
      at.client.send('SEND', { destination: `/rooms/${at.room}/messages` }, `{"type":"TEXT","content":"${String(i)}"}`);
    }
    await shop.data('PATCH', `/api/chat/group/${at.room}`, { as: at.user, body: { maxParticipants: 99 } });
    await say(at.client, at.room, '마지막');
    const bodies = await at.client.bodiesOf('s', 32);
    expect(bodies.map(({ seq }) => seq)).toEqual(Array.from({ length: 32 }, (_, i) => i + 3));
    const messages = bodies.filter(({ kind }) => kind === 'message');
    expect(messages.map(({ n }) => n)).toEqual(Array.from({ length: 31 }, (_, i) => i + 1));
    expect(messages.slice(0, 30).map(({ content }) => content)).toEqual(
      Array.from({ length: 30 }, (_, i) => String(i)),
    );
    const times = bodies.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted());
  });
});

describe('content', () => {
  it('[E14] 4,000 code points pass, 4,001 do not; empty does not', async () => {
    const at = await openPlace(shop);
    const shoes = '👟'.repeat(4_000);
    expect((await say(at.client, at.room, shoes)).command).toBe('RECEIPT');
    expect(await heard(at, 1)).toEqual([shoes]);
    expectRefusal(await say(at.client, at.room, `${shoes}a`), 'bad-request', 'content');
    expectRefusal(await say(at.client, at.room, 'a'.repeat(4_001)), 'bad-request', 'content');
    expectRefusal(await say(at.client, at.room, ''), 'bad-request', 'content');
    expectRefusal(await sendRaw(at, '', { 'content-type': 'text/plain' }), 'bad-request', 'content');
  });

  it('[E14] nothing is trimmed or normalised', async () => {
    const at = await openPlace(shop);
    const kept = ['  앞뒤 \r\n\t ', 'e\u0301', '\u1112\u1161\u11ab', ' ', '\u200b\ufeff', '\u0001\u007f'];
    for (const content of kept) expect((await say(at.client, at.room, content)).command).toBe('RECEIPT');
    expect(await heard(at, kept.length)).toEqual(kept);
  });

  it('[E14] U+0000 and lone surrogates are refused, escaped or bare', async () => {
    const at = await openPlace(shop);
    const where = 'content';
    expectRefusal(await sendRaw(at, '{"type":"TEXT","content":"a\\u0000b"}'), 'bad-request', where);
    expectRefusal(await sendRaw(at, '{"type":"TEXT","content":"a\\ud83d"}'), 'bad-request', where);
    expectRefusal(await sendRaw(at, '{"type":"TEXT","content":"\\udc5f\\ud83d"}'), 'bad-request', where);
    expectRefusal(await sendRaw(at, 'a\0b', { 'content-type': 'text/plain' }), 'bad-request', where);
    expect((await sendRaw(at, '{"type":"TEXT","content":"\\ud83d\\udc5f"}')).command).toBe('RECEIPT');
    expect(await heard(at, 1)).toEqual(['👟']);
  });

  it('[E14] what is no such JSON object is refused, naming the field', async () => {
    const at = await openPlace(shop);
    for (const body of ['hello', '', '[]', 'null', '"text"', '{"type":"TEXT"}', '{"type":"TEXT","content":5}']) {
      expectRefusal(await sendRaw(at, body), 'bad-request');
    }
    expectRefusal(await sendRaw(at, '{"type":"VIDEO","content":"a"}'), 'bad-request', 'type');
    expectRefusal(await sendRaw(at, '{"content":"a"}'), 'bad-request', 'type');
    expect(at.client.ended).toBeNull();
  });

  it('[E14] a body that is not UTF-8 is refused', async () => {
    const at = await openPlace(shop);
    const head = `SEND\ndestination:/rooms/${at.room}/messages\ncontent-type:text/plain\nreceipt:r\ncontent-length:2\n\n`;
    at.client.write(Buffer.concat([Buffer.from(head), Buffer.from([0xc3, 0x28, 0x00])]));
    const refusal = await at.client.next('the refusal', ({ body }) => body.includes('"receipt":"r"'));
    expectRefusal(refusal, 'bad-request');
  });

  it('[E14] a client-message-id is 1 to 64 of its alphabet', async () => {
    const at = await openPlace(shop);
    expect((await say(at.client, at.room, '안', { 'client-message-id': 'x'.repeat(64) })).command).toBe('RECEIPT');
    for (const id of ['', 'x'.repeat(65), 'a b', '한', 'a/b', 'a~1']) {
      const refused = await say(at.client, at.room, '안', { 'client-message-id': id });
      expectRefusal(refused, 'bad-request', 'client-message-id');
    }
  });

  it('[E14] an IMAGE is an https URL of a host on the list', async () => {
    const at = await openPlace(shop);
    const image = (url: string): Promise<RawFrame> => say(at.client, at.room, url, {}, 'IMAGE');
    const good = ['https://img.example/a.png', 'https://CDN.example/신발.jpg?w=1#x'];
    for (const url of good) expect((await image(url)).command, url).toBe('RECEIPT');
    const bad = [
      'http://img.example/a.png',
      'https://other.example/a.png',
      'https://img.example.evil.example/a.png',
      'https://img.example@evil.example/a.png',
      'javascript:alert(1)',
      'data:image/png;base64,AAAA',
      '/a.png',
      'img.example/a.png',
      '',
      `https://img.example/${'a'.repeat(4_000)}`,
    ];
    for (const url of bad) expectRefusal(await image(url), 'bad-request', 'content');
    expect(await heard(at, 2)).toEqual(good);
  });
});

describe('who may send', () => {
  it('[R9, R17] another’s inquiry answers like a missing room, a foreign group CHAT_03', async () => {
    const stranger = await shop.person(shop.fresh('u'));
    const inquiry = await shop.inquiry(shop.fresh('buyer'));
    const group = await shop.group(shop.fresh('owner'));
    const answers = [await say(stranger, inquiry, '안'), await say(stranger, 'missing', '안')].map(refusalIn);
    const [mine, missing] = answers.map(({ code, message, retry }) => ({ code, message, retry }));
    expect(mine).toEqual(missing);
    expect(mine?.code).toBe('CHAT_01');
    expectRefusal(await say(stranger, group, '안'), 'CHAT_03');
  });

  it('[R17] an admin reads every room and sends as a member only', async () => {
    const at = await openPlace(shop);
    const inquiry = await shop.inquiry(shop.fresh('buyer'));
    const admin = await shop.person(ADMIN);
    expectRefusal(await say(admin, at.room, '안'), 'CHAT_03');
    expectRefusal(await say(admin, inquiry, '안'), 'CHAT_03');
    await shop.data('POST', `/api/chat/group/${at.room}`, { as: ADMIN });
    expect((await say(admin, at.room, '저도요')).command).toBe('RECEIPT');
  });

  it('[E26] an unknown or missing destination is unknown-destination', async () => {
    const { client, room } = await openPlace(shop);
    const body = '{"type":"TEXT","content":"안"}';
    for (const destination of [
      '/nowhere',
      `/rooms/${room}`,
      `/rooms/${room}/messages/`,
      '/rooms/messages',
      '/user/queue/errors',
    ]) {
      expectRefusal(await client.ask('SEND', { destination }, body), 'unknown-destination');
    }
    expectRefusal(await client.ask('SEND', {}, body), 'unknown-destination');
    for (const destination of ['/nowhere', `/rooms/${room}/messages`, '/rooms', '/user/session/token']) {
      expectRefusal(await client.ask('SUBSCRIBE', { destination, id: 'x' }), 'unknown-destination');
    }
  });
});
