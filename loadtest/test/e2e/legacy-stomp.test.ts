/** The predecessor's STOMP destinations on the started product: its forms, its codes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import { refusalIn, type WireClient } from '../../driver/wire-client.js';
import { say, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

interface OldMessage {
  readonly content: string;
  readonly seq: number;
}
const mpub = (client: WireClient, room: string, body: object, headers = {}): Promise<RawFrame> =>
  client.ask('SEND', { destination: `/mpub/chat.sendMessage/${room}`, ...headers }, JSON.stringify(body));
const msub = (client: WireClient, room: string, headers = {}): Promise<RawFrame> =>
  client.ask('SUBSCRIBE', { destination: `/msub/topic/${room}`, id: 'old', ...headers });
const oldBodies = async (client: WireClient, count: number): Promise<OldMessage[]> =>
  (await client.bodiesOf('old', count)) as unknown as OldMessage[];

describe('STOMP as the predecessor spoke it', () => {
  it('[E26, D8] a message goes from /mpub to /msub in the old form, with seq added', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person({ sub: user, name: '민지' });
    const subscribed = await msub(client, room);
    expect(subscribed.headers).toMatchObject({ head: '2', 'receipt-id': 'ask-2' });
    const receipt = await mpub(client, room, { senderId: user, messageType: 'TEXT', content: '안녕 👟' });
    expect(receipt.command).toBe('RECEIPT');
    expect(receipt.headers).toMatchObject({ seq: '3' });
    await oldBodies(client, 1);
    const [message] = client.messagesOf('old');
    const body = JSON.parse(message?.body ?? '') as Record<string, unknown>;
    expect(body).toEqual({
      chatId: room,
      senderId: user,
      username: '민지',
      content: '안녕 👟',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      messageType: 'TEXT',
      seq: 3,
    });
    expect(message?.headers).toEqual({
      destination: `/msub/topic/${room}`,
      subscription: 'old',
      'message-id': `${room}:3`,
      seq: '3',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(message?.body ?? '')),
      timestamp: String(Date.parse(String(body['createdAt']))),
    });
  });

  it('[E26] old and new destinations are one room', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.webPerson(user);
    await msub(client, room);
    await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 'new' });
    await mpub(client, room, { messageType: 'IMAGE', content: 'https://img.example/1.png' });
    await say(client, room, '새 길로');
    expect((await oldBodies(client, 2)).map(({ content }) => content)).toEqual([
      'https://img.example/1.png',
      '새 길로',
    ]);
    const entries = await client.bodiesOf('new', 2);
    expect(entries.map(({ type, content }) => [type, content])).toEqual([
      ['IMAGE', 'https://img.example/1.png'],
      ['TEXT', '새 길로'],
    ]);
  });

  it('[E5] senderId may be absent, null, right, or the right number', async () => {
    const client = await shop.person('4711');
    const room = await shop.group('4711');
    await msub(client, room);
    for (const senderId of [undefined, null, '4711', 4711]) {
      expect((await mpub(client, room, { senderId, messageType: 'TEXT', content: '나' })).command).toBe('RECEIPT');
    }
    for (const senderId of [4712, '04711', 'x', { id: 4711 }, true]) {
      const refusal = refusalIn(await mpub(client, room, { senderId, messageType: 'TEXT', content: '남' }));
      expect(refusal).toMatchObject({ code: 'forbidden', destination: `/mpub/chat.sendMessage/${room}` });
    }
    expect((await oldBodies(client, 4)).map(({ content }) => content)).toEqual(['나', '나', '나', '나']);
  });

  it('[D8] /msub delivers messages only, its seq may skip, and it takes last-seq', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    await say(client, room, '하나');
    await shop.data('PATCH', `/api/chat/group/${room}`, { as: user, body: { maxParticipants: 50 } });
    await say(client, room, '둘');
    await msub(client, room, { 'last-seq': '0' });
    await shop.data('PATCH', `/api/chat/group/${room}`, { as: user, body: { maxParticipants: 51 } });
    await say(client, room, '셋');
    expect((await oldBodies(client, 3)).map(({ content, seq }) => [content, seq])).toEqual([
      ['하나', 3],
      ['둘', 5],
      ['셋', 7],
    ]);
    await client.ask('UNSUBSCRIBE', { id: 'old' });
    expect(refusalIn(await msub(client, room, { 'last-seq': '8' }))).toMatchObject({ code: 'reset', head: 7 });
  });

  it('[E26, R1] /mpub takes client-message-id: a retry gets its seq, also on the new destination', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.person(user);
    const id = { 'client-message-id': 'old-1' };
    const body = { senderId: user, messageType: 'TEXT', content: '한 번' };
    expect((await mpub(client, room, body, id)).headers).toMatchObject({ seq: '3', 'client-message-id': 'old-1' });
    expect((await mpub(client, room, body, id)).headers['seq']).toBe('3');
    expect((await say(client, room, '한 번', id)).headers['seq']).toBe('3');
    expect(refusalIn(await mpub(client, room, { ...body, content: '두 번' }, id)).code).toBe('cmid-conflict');
  });

  it('[E14, R17, R9] /mpub and /msub refuse with the same codes', async () => {
    const user = shop.fresh('u');
    const client = await shop.person(user);
    const [own, group] = [await shop.group(user), await shop.group(shop.fresh('owner'))];
    const inquiry = await shop.inquiry(shop.fresh('buyer'));
    const body = { messageType: 'TEXT', content: '안' };
    const code = async (answer: Promise<RawFrame>): Promise<string> => refusalIn(await answer).code;
    expect(await code(mpub(client, group, body))).toBe('CHAT_03');
    expect(await code(mpub(client, inquiry, body))).toBe('CHAT_01');
    expect(await code(mpub(client, 'missing', body))).toBe('CHAT_01');
    expect(await code(mpub(client, own, { content: '안' }))).toBe('bad-request');
    expect(await code(mpub(client, own, { messageType: 'TEXT' }))).toBe('bad-request');
    expect(await code(msub(client, group))).toBe('CHAT_03');
    expect(await code(msub(client, inquiry))).toBe('CHAT_01');
    expect(await code(client.ask('SEND', { destination: '/mpub/chat.enter/1' }))).toBe('unknown-destination');
    expect(await code(client.ask('SUBSCRIBE', { destination: '/msub/queue/1', id: 'x' }))).toBe('unknown-destination');
  });

  it('[D6, D8] who was kicked from the old topic is told so', async () => {
    const [owner, guest] = [shop.fresh('owner'), shop.fresh('guest')];
    const room = await shop.group(owner, [guest]);
    const client = await shop.person(guest);
    await msub(client, room);
    await shop.data('POST', `/api/chat/group/kick/${room}`, { as: owner, body: { userId: guest } });
    const last = await client.next('the refusal', ({ headers }) => headers['destination'] === '/user/queue/errors');
    expect(refusalIn(last)).toMatchObject({ code: 'CHAT_03', subscription: 'old', destination: `/msub/topic/${room}` });
    expect(client.messagesOf('old')).toEqual([]);
  });
});
