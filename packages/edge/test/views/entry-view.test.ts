import { describe, expect, it } from 'vitest';
import { asProductId, asRoomId, asSeq, asTagId, asUserId } from '@munova/contracts';
import type { Entry, EntryData, EntryKind, EntryOf } from '@munova/contracts';
import { messageEntry, tagOf } from '@munova/contracts/testing';
import { createEntryViews } from '../../src/views/entry-view.js';

const room = asRoomId('room-1');
const boots = tagOf(asTagId('boots'));
const views = createEntryViews({ resolve: (ids) => ids.filter((id) => id === 'boots').map(() => boots) });
const bodyOf = (entry: Entry): Record<string, unknown> =>
  JSON.parse(views.messageBody(entry)) as Record<string, unknown>;
const message = messageEntry({
  room,
  seq: 7,
  n: 3,
  content: '안녕 👟\n"따옴표"',
  ts: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
});

const entryOf = <K extends EntryKind>(kind: K, data: EntryData[K]): Entry => {
  const { kind: _kind, data: _data, ...rest } = message;
  return { ...rest, kind, data, type: null, content: null } as EntryOf<K> as Entry;
};

describe('[H27] an entry as clients see it', () => {
  it('a message has exactly these fields', () => {
    expect(bodyOf(message)).toEqual({
      roomId: 'room-1',
      seq: 7,
      n: 3,
      kind: 'message',
      senderId: 'minji',
      senderName: '민지',
      senderRole: 'buyer',
      clientMessageId: message.cmid,
      type: 'TEXT',
      content: '안녕 👟\n"따옴표"',
      data: null,
      createdAt: '2026-01-02T03:04:05.006Z',
    });
  });

  it('a redacted message says so and keeps its place', () => {
    const redacted = { ...message, content: null, type: null, redacted: true };
    expect(bodyOf(redacted)).toMatchObject({ seq: 7, n: 3, kind: 'message', content: null, redacted: true });
  });

  it('data says what happened and no more', () => {
    const userId = asUserId('junho');
    const dataOf = <K extends EntryKind>(kind: K, data: EntryData[K]): unknown => bodyOf(entryOf(kind, data))['data'];
    expect(dataOf('joined', { userId, name: '준호', memberType: 'MEMBER' })).toEqual({ userId });
    expect(dataOf('left', { userId })).toEqual({ userId });
    expect(dataOf('kicked', { userId })).toEqual({ userId });
    expect(dataOf('renamed', { name: '새 이름' })).toEqual({ name: '새 이름' });
    expect(dataOf('resized', { maxParticipants: 5 })).toEqual({ maxParticipants: 5 });
    expect(dataOf('redacted', { targetSeq: asSeq(3) })).toEqual({ targetSeq: 3 });
    for (const kind of ['closed', 'opened', 'abandoned'] as const) expect(dataOf(kind, null)).toBeNull();
  });

  it('[P25] of a kind that is not known has all its fields, and tells nothing of its data', () => {
    const known = bodyOf(entryOf('closed', null));
    const unknown = { ...entryOf('closed', null), kind: 'pinned', data: { secret: 1 } } as unknown as Entry;
    expect(bodyOf(unknown)).toEqual({ ...known, kind: 'pinned', data: null });
  });

  it('created shows the room as its first entry left it', () => {
    const made = entryOf('created', {
      type: 'GROUP',
      name: '부츠 모임',
      ownerId: asUserId('minji'),
      maxParticipants: 10,
      tags: [asTagId('boots'), asTagId('unknown')],
    });
    expect(bodyOf({ ...made, seq: asSeq(1) })['data']).toEqual({
      roomId: 'room-1',
      chatId: 'room-1',
      type: 'GROUP',
      name: '부츠 모임',
      chatName: '부츠 모임',
      status: 'OPENED',
      ownerId: 'minji',
      productId: null,
      buyerId: null,
      sellerId: null,
      maxParticipants: 10,
      memberCount: 0,
      tags: [boots],
      head: 1,
      lastMessage: null,
      lastMessageTime: null,
      createdAt: '2026-01-02T03:04:05.006Z',
    });
    const inquiry = entryOf('created', {
      type: 'ONE_ON_ONE',
      name: '문의',
      productId: asProductId('p1'),
      buyerId: asUserId('minji'),
      sellerId: asUserId('shop'),
    });
    expect(bodyOf(inquiry)['data']).toMatchObject({
      type: 'ONE_ON_ONE',
      ownerId: null,
      productId: 'p1',
      buyerId: 'minji',
      sellerId: 'shop',
      maxParticipants: null,
      tags: [],
    });
  });

  it('the text is that of the view', () => {
    expect(views.messageBody(message)).toBe(JSON.stringify(views.view(message)));
  });
});

describe('[H28] a message as the predecessor’s clients see it', () => {
  it('has their fields and seq', () => {
    expect(JSON.parse(views.legacyMessageBody(message))).toEqual({
      chatId: 'room-1',
      senderId: 'minji',
      username: '민지',
      content: '안녕 👟\n"따옴표"',
      createdAt: '2026-01-02T03:04:05.006Z',
      messageType: 'TEXT',
      seq: 7,
    });
  });
});
