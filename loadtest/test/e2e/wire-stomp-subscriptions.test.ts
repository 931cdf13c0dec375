/** The STOMP interface of the started product, row by row: the ids of subscriptions, and who may have one. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import type { RefusalBody } from '../../driver/wire-client.js';
import { ADMIN, say, SELLER, subscribe, WireShop } from '../../driver/wire-shop.js';
import { expectRefusal } from './expectations.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

describe('subscription ids', () => {
  it('[D14] an id in use is duplicate-subscription, and free again after UNSUBSCRIBE', async () => {
    const user = shop.fresh('u');
    const [room, other] = [await shop.group(user), await shop.group(user)];
    const client = await shop.person(user);
    await subscribe(client, room);
    expectRefusal(await subscribe(client, other), 'duplicate-subscription');
    expectRefusal(await subscribe(client, other, { id: 'err' }), 'duplicate-subscription');
    expect((await client.ask('UNSUBSCRIBE', { id: 's' })).command).toBe('RECEIPT');
    expect((await subscribe(client, other)).command).toBe('RECEIPT');
    await say(client, room, '들리지 않음');
    await say(client, other, '들림');
    expect((await client.bodiesOf('s', 1)).map(({ content }) => content)).toEqual(['들림']);
    expectRefusal(await client.ask('UNSUBSCRIBE', { id: 'never' }), 'unknown-subscription');
    expectRefusal(await client.ask('UNSUBSCRIBE', {}), 'unknown-subscription');
  });

  it('[D14] SUBSCRIBE needs an id, but for 1.0', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const strict = await shop.person(user);
    expectRefusal(await strict.ask('SUBSCRIBE', { destination: `/rooms/${room}` }), 'bad-request');
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
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => subscribe(client, room, { id: `s-${String(i)}` })),
    );
    expect(answers.slice(0, 199).filter(({ command }) => command === 'RECEIPT')).toHaveLength(199);
    expectRefusal(answers[199] ?? (answers[0] as RawFrame), 'too-many-subscriptions');
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
    const theirs = expectRefusal(await subscribe(client, inquiry, { 'last-seq': '0' }), 'CHAT_01');
    const missing = expectRefusal(await subscribe(client, 'r0000000000000000000000', { 'last-seq': '0' }), 'CHAT_01');
    expect(plain(theirs)).toEqual(plain(missing));
    expectRefusal(await subscribe(client, group, { 'last-seq': '0' }), 'CHAT_03');
    await shop.settle(client, user);
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
    expectRefusal(await subscribe(foreign, inquiry), 'CHAT_01');
  });

  it('[R21] a closed room can be read and subscribed, not sent to', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    await shop.data('PATCH', `/api/chat/group/close/${room}`, { as: user });
    const client = await shop.person(user);
    expect((await subscribe(client, room, { 'last-seq': '0' })).headers['head']).toBe('3');
    await client.bodiesOf('s', 3);
    expectRefusal(await say(client, room, '안'), 'CHAT_02');
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
    expect(expectRefusal(last, 'CHAT_03')).toMatchObject({
      subscription: 's',
      destination: `/rooms/${room}`,
      receipt: null,
    });
    const [entry] = await client.bodiesOf('s', 1);
    expect(entry).toMatchObject({ kind, senderId: kind === 'kicked' ? owner : guest, data: { userId: guest } });
    const error = await deaf.next('the ERROR', ({ command }) => command === 'ERROR');
    expect(error.headers).toMatchObject({ code: 'CHAT_03', subscription: 's' });
    expect((await deaf.end()).code).toBe(4003);
    expect(deaf.messagesOf('s').map(({ headers }) => headers['seq'])).toEqual(['4']);
    const speaker = await shop.person(owner);
    await say(speaker, room, '이제 못 듣는 말');
    await shop.settle(client, guest);
    expect(client.messagesOf('s')).toHaveLength(1);
    // The id is free again; the room is not.
    expectRefusal(await subscribe(client, room, { 'last-seq': '0' }), 'CHAT_03');
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
