/** What is said on `/user/queue/inbox`: JSON texts, and the MESSAGE around them. */
import type { RoomId } from '@munova/contracts';
import { encodeFrame } from '@munova/contracts/stomp';
import type { StompVersion } from '@munova/contracts/stomp';

export const INBOX_DESTINATION = '/user/queue/inbox';

/** What became of a room that somebody has, or had, in the inbox. */
export type RoomEvent = 'created' | 'joined' | 'kicked' | 'closed' | 'opened';

/** One room of a snapshot. */
export interface InboxLine {
  readonly roomId: RoomId;
  readonly head: number;
  readonly readSeq: number;
  readonly unreadCount: number;
}

export const snapshotBody = (rooms: readonly InboxLine[]): string => JSON.stringify({ kind: 'snapshot', rooms });

/** @param room the room's view */
export const roomBody = (event: RoomEvent, room: object): string => JSON.stringify({ kind: 'room', event, room });

export const unreadBody = (line: Omit<InboxLine, 'readSeq'>): string => JSON.stringify({ kind: 'unread', ...line });

/** @param subscription the client's id; null where STOMP 1.0 left it out */
export const inboxFrame = (
  version: StompVersion,
  subscription: string | null,
  number: number,
  body: string,
): Uint8Array =>
  encodeFrame(
    version,
    'MESSAGE',
    {
      destination: INBOX_DESTINATION,
      subscription: subscription ?? undefined,
      'message-id': `inbox-${String(number)}`,
      'content-type': 'application/json',
    },
    body,
  );
