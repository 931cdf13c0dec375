/** What is said on `/user/queue/inbox`, as JSON texts. */
import type { RoomId } from '@munova/contracts';

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
