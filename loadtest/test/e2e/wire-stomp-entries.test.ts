/** The STOMP interface of the started product, row by row: the entries of a room that are no message. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { until } from '../../driver/wait.js';
import type { EntryBody } from '../../driver/wire-client.js';
import { type RoomBody, say, SELLER, subscribe, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
beforeAll(async () => {
  shop = await WireShop.open();
}, 60_000);
afterAll(() => shop.close());

const data = (entries: readonly EntryBody[], kind: string): unknown[] =>
  entries.filter((entry) => entry.kind === kind).map((entry) => entry.data);

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
    expect(entries.map(({ seq: at }) => at)).toEqual(entries.map((_, i) => i + 1));
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
