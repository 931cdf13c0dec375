import { describe, expect, it } from 'vitest';
import type { EntryOf } from '../src/entries.js';
import { asClientMessageId, asEpoch, asRoomId, asSeq, asUserId } from '../src/ids.js';
import { messageView } from '../src/message-view.js';

const placed = {
  room: asRoomId('r1'),
  seq: asSeq(7),
  sender: asUserId('u1'),
  senderName: '민지',
  senderRole: 'buyer',
  cmid: asClientMessageId('m1'),
  bodyHash: 'h',
  ts: Date.UTC(2026, 0, 5, 9, 30, 1, 5),
  n: 4,
  epoch: asEpoch(3),
} as const;
const message: EntryOf<'message'> = {
  ...placed,
  kind: 'message',
  type: 'TEXT',
  content: '안녕',
  redacted: false,
  data: null,
};

const view = {
  roomId: 'r1',
  seq: 7,
  n: 4,
  kind: 'message',
  senderId: 'u1',
  senderName: '민지',
  senderRole: 'buyer',
  clientMessageId: 'm1',
  type: 'TEXT',
  content: '안녕',
  data: null,
  createdAt: '2026-01-05T09:30:01.005Z',
};

describe('the view of an entry', () => {
  it('[F26] has the fields of the interface and no others', () => {
    expect(JSON.parse(JSON.stringify(messageView(message, null)))).toEqual(view);
  });

  it('[F26] says redacted only where it is so', () => {
    const blanked = messageView({ ...message, content: null, redacted: true }, null);
    expect(JSON.parse(JSON.stringify(blanked))).toEqual({ ...view, content: null, redacted: true });
  });

  it('[F26] of what is no message has neither type nor content', () => {
    const left = {
      ...placed,
      kind: 'left',
      type: null,
      content: null,
      redacted: false,
      data: { userId: asUserId('u2') },
    } as const;
    expect(messageView(left, left.data)).toEqual({
      ...view,
      kind: 'left',
      type: null,
      content: null,
      data: { userId: 'u2' },
    });
  });
});
