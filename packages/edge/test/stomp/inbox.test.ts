import {
  asSeq,
  asShardId,
  asUserId,
  ChatError,
  encodeEphemeral,
  INBOX_SWEEP_MS,
  MAX_SUBSCRIPTIONS_PER_SESSION,
} from '@munova/contracts';
import type { NoticeWhisper, RoomId } from '@munova/contracts';
import { groupRecord, memberRecord, messageEntry, messages } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

// Real sockets, on machines that do other things too.
vi.setConfig({ testTimeout: 30_000 });

const INBOX = '/user/queue/inbox';

describe('a subscription to the inbox', () => {
  let fixture: EdgeFixture;
  let room: RoomId;
  beforeEach(async () => {
    fixture = await EdgeFixture.start();
    room = fixture.room();
  });
  afterEach(() => fixture.stop());

  const join = async (id: RoomId, ...users: readonly string[]): Promise<void> => {
    const members = users.map((user) => memberRecord({ room: id, user: asUserId(user) }));
    const record = groupRecord({ roomId: id, stateSeq: asSeq(0) });
    await fixture.store.projection.project([{ record, members, redactions: [] }], []);
  };
  const whisper = (event: NoticeWhisper['event'], id: RoomId, users: readonly string[] | null): Promise<void> => {
    const notice: NoticeWhisper = { kind: 'notice', event, room: id, users: users?.map(asUserId) ?? null };
    return fixture.bus.whisper(asShardId(0), encodeEphemeral({ shard: asShardId(0), whispers: [notice] }));
  };
  const kinds = (client: TestClient, id = 'in'): unknown[] =>
    client.received(id).map(({ kind, event }) => event ?? kind);

  it('[E70] has its receipt, a snapshot, and then rooms and counts as they change', async () => {
    await join(room, 'shop');
    await fixture.actor.addAll(messages(room, 1, 3));
    const shop = await fixture.user('shop');
    const receipt = await shop.subscribe('in', INBOX);
    await shop.untilReceived('in', 1);
    const [snapshot] = shop.frames.filter((frame) => frame.header('subscription') === 'in');
    expect(shop.frames.indexOf(receipt)).toBeLessThan(shop.frames.indexOf(snapshot as never));
    const line = { roomId: room, head: 3, readSeq: 0, unreadCount: 3 };
    expect(shop.received('in')).toEqual([{ kind: 'snapshot', rooms: [line] }]);
    expect([snapshot?.header('destination'), snapshot?.header('content-type')]).toEqual([INBOX, 'application/json']);
    await fixture.actor.add(messageEntry({ room, seq: 4 }), true);
    await fixture.actor.beat();
    const asked = fixture.room();
    await join(asked, 'minji', 'shop');
    await whisper('created', asked, ['minji', 'shop']);
    await whisper('closed', asked, null);
    const said = await shop.untilReceived('in', 4);
    expect(said).toContainEqual({ kind: 'unread', roomId: room, head: 4, unreadCount: 4 });
    const shown = (event: string) => ({
      kind: 'room',
      event,
      room: expect.objectContaining({ roomId: asked, chatId: asked }) as unknown,
    });
    expect(said).toContainEqual(shown('created'));
    expect(said).toContainEqual(shown('closed'));
    const ids = shop.frames.flatMap((frame) =>
      frame.header('subscription') === 'in' ? [frame.header('message-id')] : [],
    );
    expect(new Set(ids).size).toBe(4);
    const nobody = await fixture.user('root', { role: 'admin' });
    await nobody.subscribe('in', INBOX);
    expect(await nobody.untilReceived('in', 1)).toEqual([{ kind: 'snapshot', rooms: [] }]);
  });

  it('[E73] what is sent on this edge is not unread, what is read is told at once', async () => {
    await join(room, 'shop');
    await fixture.actor.addAll(messages(room, 1, 3));
    const desk = await fixture.user('shop');
    await desk.subscribe('in', INBOX);
    const phone = await fixture.user('shop');
    await phone.say(room, '네, 있습니다', 'm1');
    await fixture.actor.beat();
    expect((await desk.untilReceived('in', 2))[1]).toEqual({ kind: 'unread', roomId: room, head: 4, unreadCount: 0 });
    const other = fixture.room();
    await join(other, 'shop');
    await fixture.actor.addAll(messages(other, 1, 2));
    await whisper('joined', other, ['shop']);
    await desk.untilReceived('in', 4);
    await fixture.views.marks.advance(other, asUserId('shop'), asSeq(2));
    expect((await desk.untilReceived('in', 5)).slice(2)).toEqual([
      { kind: 'room', event: 'joined', room: expect.objectContaining({ roomId: other }) as unknown },
      { kind: 'unread', roomId: other, head: 2, unreadCount: 2 },
      { kind: 'unread', roomId: other, head: 2, unreadCount: 0 },
    ]);
  });

  it('[E75] a client that does not read gets no more than its queue holds, and a snapshot once it does', async () => {
    const rooms = Array.from({ length: 500 }, () => fixture.room());
    for (const id of rooms) await join(id, 'shop');
    const slow = await fixture.user('shop');
    await slow.subscribe('in', INBOX);
    await slow.untilReceived('in', 1);
    slow.pause();
    let seen = 1;
    // Each of these is a snapshot of 500 rooms into the same socket, until it takes no more.
    const fill = async (): Promise<void> => {
      slow.send('SUBSCRIBE', { id: `in-${String(seen)}`, destination: INBOX });
      seen += 1;
      await fixture.settle();
    };
    await fixture.until(() => fixture.deliveries > 0, 'the first snapshot');
    for (let before = -1; before !== fixture.deliveries;) {
      before = fixture.deliveries;
      await fill();
    }
    const queued = fixture.deliveries;
    const id = fixture.room();
    await join(id, 'shop');
    await whisper('created', id, ['shop']);
    await fixture.settle();
    expect(fixture.deliveries).toBe(queued);
    slow.resume();
    await fixture.until(() => kinds(slow).length >= 2, 'a snapshot');
    const last = slow.received('in').at(-1) as { kind: string; rooms: { roomId: string }[] };
    expect(kinds(slow)).toEqual(['snapshot', 'snapshot']);
    expect(last.rooms.map(({ roomId }) => roomId)).toContain(id);
  });

  it('[E78] ends with UNSUBSCRIBE, at the expiry of the token, and with the session', async () => {
    await join(room, 'shop');
    const shop = await fixture.user('shop');
    await shop.subscribe('in', INBOX);
    await shop.subscribe('in-2', INBOX);
    shop.send('UNSUBSCRIBE', { id: 'in', receipt: 'gone' });
    await shop.next('RECEIPT', (frame) => frame.header('receipt-id') === 'gone');
    await whisper('closed', room, null);
    await shop.untilReceived('in-2', 2);
    expect(kinds(shop)).toEqual(['snapshot']);
    shop.drop();
    await fixture.until(() => fixture.edge.sessionCount === 0, 'the session is gone');
    const brief = await fixture.user('shop', { exp: fixture.manual.clock.now() / 1_000 + 60 });
    await brief.subscribe('in', INBOX);
    await brief.untilReceived('in', 1);
    fixture.actor.script = () => 'silent';
    brief.text('room-x', 'in flight', 'm1');
    await fixture.until(() => fixture.actor.head('room-x' as never) === 1, 'it is logged');
    fixture.manual.jumpWallClock(60_000);
    await fixture.advance(500);
    await whisper('opened', room, null);
    await fixture.settle();
    await fixture.advance(3_000);
    expect(await brief.ending()).toBe('ERROR session-expired 4010');
    expect(kinds(brief)).toEqual(['snapshot']);
    const list = vi.spyOn(fixture.store.directory, 'list');
    await fixture.advance(2 * INBOX_SWEEP_MS);
    expect(list).not.toHaveBeenCalled();
  });

  it('[E78] is refused when the store does not answer, and can be asked for again', async () => {
    const list = vi.spyOn(fixture.store.directory, 'list').mockRejectedValueOnce(new ChatError('unavailable'));
    const shop = await fixture.user('shop');
    shop.send('SUBSCRIBE', { id: 'in', destination: INBOX, receipt: 'r' });
    expect(await shop.nextRefusal()).toMatchObject({
      code: 'unavailable',
      subscription: 'in',
      receipt: 'r',
      retry: 'later',
    });
    expect(list).toHaveBeenCalledOnce();
    await shop.subscribe('in', INBOX);
    expect(await shop.untilReceived('in', 1)).toEqual([{ kind: 'snapshot', rooms: [] }]);
  });

  it('[D14, E18, E70] counts among the subscriptions of its session, and is not acknowledged', async () => {
    const shop = await fixture.user('shop');
    await shop.subscribe('in', INBOX);
    const refusal = async (headers: Record<string, string>): Promise<unknown> => {
      shop.send('SUBSCRIBE', { destination: INBOX, ...headers });
      return (await shop.nextRefusal())['code'];
    };
    expect(await refusal({ id: 'in' })).toBe('duplicate-subscription');
    expect(await refusal({ id: 'errors' })).toBe('duplicate-subscription');
    expect(await refusal({ id: 'x', ack: 'client' })).toBe('bad-request');
    for (let i = 2; i < MAX_SUBSCRIPTIONS_PER_SESSION; i++) {
      // As fast as a session may.
      if (i === 100) await fixture.advance(5_000);
      await shop.subscribe(`in-${String(i)}`, INBOX);
    }
    expect(await refusal({ id: 'x' })).toBe('too-many-subscriptions');
  });
});
