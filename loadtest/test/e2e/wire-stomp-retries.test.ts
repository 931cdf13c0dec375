/** The STOMP interface of the started product, row by row: a SEND that comes again. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heard, openPlace, sendRaw } from '../../driver/wire-place.js';
import { say, WireShop } from '../../driver/wire-shop.js';
import { expectRefusal } from './expectations.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

describe('retries', () => {
  it('[I3, R1] the same id and body get the same seq, from any session of the sender', async () => {
    const at = await openPlace(shop);
    const id = { 'client-message-id': 'once' };
    const first = await say(at.client, at.room, '한 번만', id);
    await say(at.client, at.room, '다음');
    expect((await say(at.client, at.room, '한 번만', id)).headers).toMatchObject({ seq: first.headers['seq'] });
    const other = await shop.webPerson(at.user);
    expect((await say(other, at.room, '한 번만', id)).headers).toMatchObject({ seq: '3', 'client-message-id': 'once' });
    // The same values in another notation are the same body.
    const reordered = await sendRaw(at, '{ "content": "\\ud55c 번만", "type": "TEXT" }', id);
    expect(reordered.headers['seq']).toBe('3');
    await say(at.client, at.room, '끝');
    expect(await heard(at, 3)).toEqual(['한 번만', '다음', '끝']);
  });

  it('[I3] of ten sessions that send the same id at once one is logged, and all have its seq', async () => {
    const at = await openPlace(shop);
    const sessions = await Promise.all(Array.from({ length: 10 }, () => shop.person(at.user)));
    const id = { 'client-message-id': 'race' };
    const same = await Promise.all(sessions.map((client) => say(client, at.room, '동시에', id)));
    expect(same.map(({ headers }) => headers['seq'])).toEqual(sessions.map(() => '3'));
    const other = { 'client-message-id': 'race-2' };
    const mixed = await Promise.all(
      sessions.map((client, i) => say(client, at.room, i % 2 === 0 ? '짝' : '홀', other)),
    );
    const won = mixed.filter(({ command }) => command === 'RECEIPT').map(({ headers }) => headers['seq']);
    expect(won).toEqual(['4', '4', '4', '4', '4']);
    for (const frame of mixed) if (frame.command !== 'RECEIPT') expectRefusal(frame, 'cmid-conflict');
    await say(at.client, at.room, '끝');
    expect((await at.client.bodiesOf('s', 3)).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  });

  it('[R2] another content or type under the same id is cmid-conflict, and the first outcome stays', async () => {
    const at = await openPlace(shop);
    const id = { 'client-message-id': 'once' };
    const url = 'https://img.example/a.png';
    await say(at.client, at.room, url, id);
    const refusal = expectRefusal(await say(at.client, at.room, `${url}?`, id), 'cmid-conflict');
    expect(refusal).toMatchObject({
      retry: 'never',
      clientMessageId: 'once',
      destination: `/rooms/${at.room}/messages`,
    });
    expectRefusal(await say(at.client, at.room, url, id, 'IMAGE'), 'cmid-conflict');
    expect((await say(at.client, at.room, url, id)).headers['seq']).toBe('3');
  });

  it('[I3] two senders may use the same id in a room, and one sender in two rooms', async () => {
    const at = await openPlace(shop);
    const other = await openPlace(shop);
    await shop.data('POST', `/api/chat/group/${at.room}`, { as: other.user });
    const id = { 'client-message-id': 'shared' };
    expect((await say(at.client, at.room, '가', id)).headers['seq']).toBe('4');
    expect((await say(other.client, at.room, '나', id)).headers['seq']).toBe('5');
    expect((await say(other.client, other.room, '다', id)).headers['seq']).toBe('3');
  });

  it('[I12, R3] a refusal is an outcome too: a retry gets it although the room is open again', async () => {
    const at = await openPlace(shop);
    await shop.data('PATCH', `/api/chat/group/close/${at.room}`, { as: at.user });
    const id = { 'client-message-id': 'too-early' };
    expectRefusal(await say(at.client, at.room, '닫혔나요', id), 'CHAT_02');
    await shop.data('PATCH', `/api/chat/group/open/${at.room}`, { as: at.user });
    expectRefusal(await say(at.client, at.room, '닫혔나요', id), 'CHAT_02');
    expect((await say(at.client, at.room, '닫혔나요', { 'client-message-id': 'fresh' })).command).toBe('RECEIPT');
  });

  it('[R1] a message logged before the room closed, or before its sender left, gets its old receipt', async () => {
    const at = await openPlace(shop);
    const guest = shop.fresh('guest');
    await shop.data('POST', `/api/chat/group/${at.room}`, { as: guest });
    const client = await shop.person(guest);
    const id = { 'client-message-id': 'early' };
    expect((await say(client, at.room, '먼저', id)).headers['seq']).toBe('4');
    await shop.data('PATCH', `/api/chat/group/close/${at.room}`, { as: at.user });
    expect((await say(client, at.room, '먼저', id)).headers['seq']).toBe('4');
    expectRefusal(await say(client, at.room, '나중', { 'client-message-id': 'late' }), 'CHAT_02');
    await shop.data('POST', `/api/chat/group/leave/${at.room}`, { as: guest });
    expect((await say(client, at.room, '먼저', id)).headers['seq']).toBe('4');
    expectRefusal(await say(client, at.room, '더 나중', { 'client-message-id': 'later' }), 'CHAT_03');
  });

  it('[H17] ids are one space with those of REST', async () => {
    const at = await openPlace(shop);
    const body = { type: 'TEXT', content: '어디서나' };
    await say(at.client, at.room, '어디서나', { 'client-message-id': 'both' });
    const again = await shop.call('POST', `/api/chat/messages/${at.room}`, { as: at.user, key: 'both', body });
    expect([again.status, again.body.data]).toEqual([201, { seq: 3, clientMessageId: 'both' }]);
    await shop.call('POST', `/api/chat/messages/${at.room}`, { as: at.user, key: 'rest', body });
    expect((await say(at.client, at.room, '어디서나', { 'client-message-id': 'rest' })).headers['seq']).toBe('4');
  });
});
