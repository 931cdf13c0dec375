import type { Entry, EntryKind, MessageType, Role } from './entries.js';

/** The body of a MESSAGE and an item of a history page: one shape everywhere. */
export interface MessageView {
  readonly roomId: string;
  readonly seq: number;
  readonly n: number;
  readonly kind: EntryKind;
  readonly senderId: string;
  readonly senderName: string;
  readonly senderRole: Role;
  readonly clientMessageId: string;
  readonly type: MessageType | null;
  readonly content: string | null;
  /** Only there, and true, in a message that was redacted. */
  readonly redacted?: true;
  readonly data: unknown;
  /** ISO-8601 UTC with milliseconds. */
  readonly createdAt: string;
}

/** `data` is given apart, since a `created` entry shows a room view, which takes the tags to render. */
export const messageView = (e: Entry, data: unknown): MessageView => ({
  roomId: e.room,
  seq: e.seq,
  n: e.n,
  kind: e.kind,
  senderId: e.sender,
  senderName: e.senderName,
  senderRole: e.senderRole,
  clientMessageId: e.cmid,
  type: e.type,
  content: e.content,
  ...(e.redacted ? { redacted: true as const } : {}),
  data,
  createdAt: new Date(e.ts).toISOString(),
});
