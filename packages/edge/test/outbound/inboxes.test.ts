import {
  asRoomId,
  asSeq,
  asShardId,
  asUserId,
  ChatError,
  INBOX_COUNT_MS,
  INBOX_HEADS_AT_ONCE,
  INBOX_LOOKS_AT_ONCE,
  INBOX_SWEEP_MS,
  MAX_ROOMS_PER_USER,
  READ_MARK_FLUSH_MS,
} from '@munova/contracts';
import { messageEntry } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { briefly, InboxPlace } from './inbox-place.js';

const [r1, r2, far] = [asRoomId('r1'), asRoomId('r2'), asRoomId('r-far')];
const minji = asUserId('minji');

let place: InboxPlace;
beforeEach(async () => {
  place = await InboxPlace.open();
});

const lines = (snapshot: string): unknown[] => (JSON.parse(snapshot) as { rooms: unknown[] }).rooms;
const sweep = (): Promise<void> => place.runtime.advance(INBOX_SWEEP_MS + 1_000);

describe('an inbox', () => {
  it('[E70] begins with head, read mark and unread count of every room, newest first, as REST has them', async () => {
    await place.room(r1, ['minji'], 5, { lastMessageTime: 1, createdAt: 1 });
    await place.room(r2, ['minji'], 3, { lastMessageTime: 2, createdAt: 2 });
    await place.room(far, ['somebody'], 3);
    await place.views.marks.advance(r1, minji, asSeq(2));
    const { inbox } = await place.listen('minji');
    expect(lines(inbox.snapshot())).toEqual([
      { roomId: 'r2', head: 3, readSeq: 0, unreadCount: 3 },
      { roomId: 'r1', head: 5, readSeq: 2, unreadCount: 3 },
    ]);
    const { items } = await place.store.directory.list({ memberId: minji, sort: 'latest', limit: 100 });
    const listed = await place.views.rooms.mine(minji, items);
    expect(lines(inbox.snapshot())).toEqual(
      listed.map(({ roomId, head, readSeq, unreadCount }) => ({ roomId, head, readSeq, unreadCount })),
    );
    expect(lines((await place.listen('nobody')).inbox.snapshot())).toEqual([]);
  });

  it('[E71] shows a room that its user came into, and takes it out when he goes', async () => {
    const shop = await place.listen('shop');
    await place.room(r1, ['minji', 'shop'], 2, { name: '첼시부츠' });
    await place.notice('created', r1, 'minji', 'shop');
    expect(shop.said[0]).toMatchObject({
      kind: 'room',
      event: 'created',
      room: { roomId: 'r1', name: '첼시부츠', head: 2 },
    });
    await place.notice('joined', r1, 'minji');
    await place.room(r2, ['shop']);
    await place.notice('joined', r2, 'shop');
    await place.notice('closed', r2);
    await place.notice('opened', r2);
    await place.notice('closed', far);
    await place.members(r1, ['shop'], 'kicked');
    await place.notice('kicked', r1, 'shop');
    await place.notice('kicked', r1, 'shop');
    await place.members(r2, ['shop'], 'left');
    await place.notice('left', r2, 'shop');
    await place.notice('opened', r2);
    expect(briefly(shop.said)).toEqual([
      'created r1',
      'unread r1 2/2',
      'joined r2',
      'closed r2',
      'opened r2',
      'kicked r1',
    ]);
    expect(lines(shop.inbox.snapshot())).toEqual([]);
  });

  it('[E71] a room that closes is read once, however many have it', async () => {
    await place.room(r1, ['a', 'b', 'c']);
    const all = [await place.listen('a'), await place.listen('b'), await place.listen('c')];
    place.reads.length = 0;
    await place.notice('closed', r1);
    expect(place.reads).toEqual(['show']);
    for (const { said } of all) expect(briefly(said)).toEqual(['closed r1']);
  });

  it('[E72] counts at once after a quiet time, then once a second a room, by one read for all who have it', async () => {
    await place.room(r1, ['a', 'b']);
    await place.room(r2, ['b']);
    const [a, b] = [await place.listen('a'), await place.listen('b')];
    place.reads.length = 0;
    await place.messageHeard(r1, 1);
    expect(briefly(a.said)).toEqual(['unread r1 1/1']);
    for (const seq of [2, 3, 4]) await place.messageHeard(r1, seq);
    await place.messageHeard(r2, 1);
    expect(place.reads).toEqual(['heads r1', 'heads r2']);
    await place.runtime.advance(INBOX_COUNT_MS);
    expect(briefly(a.said)).toEqual(['unread r1 1/1', 'unread r1 4/4']);
    expect(briefly(b.said)).toEqual(['unread r1 1/1', 'unread r2 1/1', 'unread r1 4/4']);
    await place.runtime.advance(10 * INBOX_COUNT_MS);
    expect(a.said).toHaveLength(2);
    expect(place.reads).toEqual(['heads r1', 'heads r2', 'heads r1']);
  });

  it('[E72] needs no read for a room whose entries come anyway', async () => {
    await place.room(r1, ['a', 'b']);
    const [a, b] = [await place.listen('a'), await place.listen('b')];
    place.reads.length = 0;
    place.inboxes.onEntries([
      messageEntry({ room: r1, seq: 1 }),
      messageEntry({ room: r1, seq: 2, sender: asUserId('b') }),
    ]);
    place.heartbeat([r1, 2]);
    await place.runtime.advance(INBOX_COUNT_MS);
    expect([briefly(a.said), briefly(b.said), place.reads]).toEqual([['unread r1 2/2'], ['unread r1 2/0'], []]);
  });

  it('[E72] heads are read so many at a time, one read after the other, and again after a failure', async () => {
    const rooms = Array.from({ length: INBOX_HEADS_AT_ONCE + 1 }, (_, i) => asRoomId(`r-${String(i)}`));
    for (const room of rooms) await place.room(room, ['a']);
    const a = await place.listen('a');
    for (const room of rooms) await place.message(room, 1);
    place.reads.length = 0;
    place.failOnce('heads');
    place.heartbeat(...rooms.map((room) => [room, 1] as const));
    await place.runtime.settle();
    expect([place.reads.length, place.faults.length, a.said.length]).toEqual([1, 1, 0]);
    await place.runtime.advance(1_000);
    // The first room was asked for before the others were known.
    expect(place.reads.map((read) => read.split(',').length)).toEqual([1, INBOX_HEADS_AT_ONCE, 1]);
    expect(a.said).toHaveLength(rooms.length);
  });

  it('[E73] what its user sends is read, and so is what he reads, here and elsewhere', async () => {
    await place.room(r1, ['minji'], 4);
    const { said } = await place.listen('minji');
    place.inboxes.onSent(r1, minji, asSeq(5), null);
    await place.messageHeard(r1, 5, 'minji');
    expect(briefly(said)).toEqual(['unread r1 5/0']);
    // Behind it, before anybody knows how many messages there are up to his.
    await place.runtime.advance(INBOX_COUNT_MS);
    await place.messageHeard(r1, 6);
    expect(said).toHaveLength(1);
    place.inboxes.onRead({ room: r1, user: minji, mark: { seq: asSeq(5), n: 5 } });
    expect(briefly(said).slice(1)).toEqual(['unread r1 6/1']);
    await place.views.marks.advance(r1, minji, asSeq(6));
    expect(briefly(said).slice(2)).toEqual(['unread r1 6/0']);
    place.inboxes.onRead({ room: r1, user: minji, mark: { seq: asSeq(3), n: 3 } });
    expect(said).toHaveLength(3);
  });

  it('[E73] every mark that this edge writes is whispered, some of them together', async () => {
    await place.room(r1, ['minji'], 4);
    await place.views.marks.advance(r1, minji, asSeq(2));
    place.views.marks.sent(r1, minji, asSeq(4), null);
    place.views.marks.sent(r1, asUserId('junho'), asSeq(3), 3);
    await place.runtime.advance(READ_MARK_FLUSH_MS);
    expect(place.whispers).toEqual([
      { kind: 'read', room: 'r1', user: 'minji', mark: { seq: 2, n: 2 } },
      { kind: 'read', room: 'r1', user: 'minji', mark: { seq: 4, n: 4 } },
      { kind: 'read', room: 'r1', user: 'junho', mark: { seq: 3, n: 3 } },
    ]);
  });

  it('[E74] is shared by the sessions of its user; each that comes looks anew', async () => {
    await place.room(r1, ['minji'], 1);
    const first = await place.listen('minji');
    await place.room(r2, ['minji'], 1);
    await place.message(r1, 2);
    const second = await place.listen('minji');
    expect(second.inbox).toBe(first.inbox);
    expect(lines(second.inbox.snapshot())).toHaveLength(2);
    expect([...briefly(first.said)].sort()).toEqual(['joined r2', 'unread r1 2/2', 'unread r2 1/1']);
    first.end();
    await place.messageHeard(r2, 2);
    expect(briefly(second.said)).toEqual(['unread r2 2/2']);
    expect(first.said).toHaveLength(3);
    second.end();
    place.reads.length = 0;
    await place.messageHeard(r2, 3);
    await sweep();
    expect([place.reads, second.said.length, place.runtime.faults]).toEqual([[], 1, []]);
  });

  it('[E74] what is heard while the directory is read is not undone by what was read', async () => {
    await place.room(r1, ['minji', 'junho'], 4);
    await place.room(r2, ['minji']);
    const first = await place.listen('minji');
    const release = place.holdLooks();
    const second = place.listen('minji');
    const other = place.listen('junho');
    await place.runtime.settle();
    await place.members(r2, ['minji'], 'kicked');
    await place.notice('kicked', r2, 'minji');
    await place.views.marks.advance(r1, minji, asSeq(4));
    await place.views.marks.advance(r1, asUserId('junho'), asSeq(3));
    release();
    expect(lines((await other).inbox.snapshot())).toEqual([{ roomId: 'r1', head: 4, readSeq: 3, unreadCount: 1 }]);
    const { inbox } = await second;
    await place.runtime.settle();
    expect(lines(inbox.snapshot())).toEqual([{ roomId: 'r1', head: 4, readSeq: 4, unreadCount: 0 }]);
    expect(briefly(first.said)).toEqual(['unread r1 4/0', 'kicked r2']);
  });

  it('[E76] finds by itself what was never said, and says what is different only', async () => {
    await place.room(r1, ['minji'], 2);
    await place.room(r2, ['minji'], 2);
    await place.room(far, ['minji']);
    const { said } = await place.listen('minji');
    await sweep();
    expect([place.looks, said]).toEqual([2, []]);
    await place.message(r1, 3);
    await place.store.readMarks.advance([{ room: r2, user: minji, mark: { seq: asSeq(2), n: 2 } }]);
    await place.members(far, ['minji'], 'kicked');
    await place.room(asRoomId('r3'), ['minji'], 1);
    await sweep();
    expect([...briefly(said)].sort()).toEqual([
      'joined r3',
      'kicked r-far',
      'unread r1 3/3',
      'unread r2 2/0',
      'unread r3 1/1',
    ]);
    await place.members(r2, ['minji'], 'left');
    await sweep();
    expect(said).toHaveLength(5);
  });

  it('[E76] looks at once when something is known to be lost: one after the other, again after a failure', async () => {
    await place.room(r1, ['a', 'b']);
    await place.room(far, ['a']);
    const [a, b] = [await place.listen('a'), await place.listen('b')];
    await place.message(r1, 1);
    await place.message(far, 1);
    place.reads.length = 0;
    place.inboxes.onTakenOver(asShardId(1));
    await place.runtime.settle();
    expect([place.reads, briefly(a.said)]).toEqual([['heads r-far'], ['unread r-far 1/1']]);
    await place.message(far, 2);
    place.reads.length = 0;
    place.inboxes.onLoss([asShardId(1)]);
    await place.runtime.settle();
    expect(place.reads).toEqual(['heads r-far', 'all a']);
    expect(briefly(a.said).slice(1)).toEqual(['unread r1 1/1']);
    expect(briefly(b.said)).toEqual(['unread r1 1/1']);
    await place.runtime.advance(1_000);
    expect(place.reads.slice(2)).toEqual(['all b']);
    place.reads.length = 0;
    place.failOnce('all a');
    place.inboxes.onLoss();
    await place.runtime.advance(1_000);
    expect(place.reads.slice(1)).toEqual(['all a', 'all b', 'all a']);
    place.failOnce('show');
    await place.room(r2, ['b']);
    await place.notice('created', r2, 'b');
    expect(briefly(b.said).slice(1)).toEqual(['joined r2']);
    expect(place.reads.slice(-4)).toEqual(['of b', 'show', 'all b', 'show']);
  });

  it('[E77] holds so many rooms and no more: the one that came first makes way', async () => {
    const rooms = Array.from({ length: MAX_ROOMS_PER_USER }, (_, i) => asRoomId(`r-${String(i)}`));
    for (const [i, room] of rooms.entries()) await place.room(room, ['shop'], 0, { createdAt: i });
    const { inbox, said } = await place.listen('shop');
    await place.room(r1, ['shop'], 0, { createdAt: 5_000 });
    await place.notice('created', r1, 'shop');
    expect(briefly(said)).toEqual(['created r1']);
    expect(lines(inbox.snapshot())).toHaveLength(MAX_ROOMS_PER_USER);
    expect(lines(inbox.snapshot())[0]).toMatchObject({ roomId: 'r1' });
    await sweep();
    expect(lines(inbox.snapshot())[0]).toMatchObject({ roomId: 'r1' });
    expect(said).toHaveLength(1);
  });

  it('[E77] an edge holds so many rooms in inboxes, and reads the directory for so many at a time', async () => {
    place = await InboxPlace.open({ maxPlaces: 3 });
    for (const room of [r1, r2]) await place.room(room, ['a', 'b']);
    const a = await place.listen('a');
    await place.listen('b');
    expect(() => place.inboxes.acquire(minji)).toThrow(expect.objectContaining({ code: 'busy' }));
    expect(place.inboxes.acquire(asUserId('a'))).toBe(a.inbox);
    a.end();
    a.end();
    const users = Array.from({ length: 2 * INBOX_LOOKS_AT_ONCE }, (_, i) => `u-${String(i)}`);
    place.reads.length = 0;
    const release = place.holdLooks();
    const opened = users.map((user) => place.listen(user));
    await place.runtime.settle();
    expect(place.reads).toHaveLength(INBOX_LOOKS_AT_ONCE);
    release();
    expect(await Promise.all(opened)).toHaveLength(users.length);
  });

  it('[E78] a store that does not answer fails the look that was asked for, and the next one succeeds', async () => {
    place.failOnce('all');
    const inbox = place.inboxes.acquire(minji);
    await expect(Promise.all([inbox.look(), place.runtime.settle()])).rejects.toBeInstanceOf(ChatError);
    await Promise.all([inbox.look(), place.runtime.settle()]);
    const open = inbox.look();
    place.inboxes.close();
    await expect(open).rejects.toBeInstanceOf(ChatError);
    await expect(inbox.look()).rejects.toBeInstanceOf(ChatError);
    await sweep();
    expect(place.runtime.faults).toEqual([]);
  });
});
