import type { ClientMessageId, Epoch, ProductId, RoomId, Seq, TagId, UserId } from './ids.js';
import type { ErrorCode } from './errors.js';

export const ROLES = ['buyer', 'seller', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const MESSAGE_TYPES = ['TEXT', 'IMAGE'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export type RoomType = 'ONE_ON_ONE' | 'GROUP';
export type RoomStatus = 'OPENED' | 'CLOSED' | 'DELETED';
export type MemberType = 'OWNER' | 'MEMBER' | 'ADMIN';

/** What `created` fixes for the life of a room. */
export interface InquiryCreated {
  readonly type: 'ONE_ON_ONE';
  readonly name: string;
  readonly productId: ProductId;
  readonly buyerId: UserId;
  readonly sellerId: UserId;
}
export interface GroupCreated {
  readonly type: 'GROUP';
  /** After NFC and trimming; 1–100 code points. */
  readonly name: string;
  readonly ownerId: UserId;
  /** 1..1000, the owner counted. */
  readonly maxParticipants: number;
  readonly tags: readonly TagId[];
}

/** What each kind of entry says in its `data`. */
export interface EntryData {
  readonly created: InquiryCreated | GroupCreated;
  readonly message: null;
  readonly joined: { readonly userId: UserId; readonly name: string; readonly memberType: MemberType };
  /** `seatless`: the user held no seat any more (was kicked, had left), so the member count stays. */
  readonly left: { readonly userId: UserId; readonly seatless?: true };
  readonly kicked: { readonly userId: UserId; readonly seatless?: true };
  readonly closed: null;
  readonly opened: null;
  readonly renamed: { readonly name: string };
  readonly resized: { readonly maxParticipants: number };
  readonly redacted: { readonly targetSeq: Seq };
  readonly abandoned: null;
}
export type EntryKind = keyof EntryData;
export const ENTRY_KINDS = [
  'created',
  'message',
  'joined',
  'left',
  'kicked',
  'closed',
  'opened',
  'renamed',
  'resized',
  'redacted',
  'abandoned',
] as const satisfies readonly EntryKind[];

/** One place in a room's log. Never changes once observed, but for redaction (I2). */
export type Entry = { readonly [K in EntryKind]: EntryOf<K> }[EntryKind];

export interface EntryOf<K extends EntryKind> {
  readonly kind: K;
  readonly room: RoomId;
  readonly seq: Seq;
  /** Who did it: the token's `sub`. Name and role are as the token had them then. */
  readonly sender: UserId;
  readonly senderName: string;
  readonly senderRole: Role;
  /**
   * The command's id. A command that makes several entries gives its own id to the first, and to
   * the following ones that id with `~1`, `~2` behind it: `~` is not in a client's alphabet.
   */
  readonly cmid: ClientMessageId;
  /** Null in entries that are no message, and both null in a redacted message. */
  readonly type: MessageType | null;
  readonly content: string | null;
  readonly redacted: boolean;
  readonly data: EntryData[K];
  /** HMAC of the command's body under the deployment key; tells a retry from a conflict. */
  readonly bodyHash: string;
  /** Epoch milliseconds UTC; never goes back along `seq`. */
  readonly ts: number;
  /** `message` entries in L(1..seq). */
  readonly n: number;
  readonly epoch: Epoch;
}

/** Entries of every kind but `message` change the room and are projected before they are receipted. */
export const isStateEntry = (e: Entry): boolean => e.kind !== 'message';

/**
 * A definitive refusal or a no-op, remembered beside the log under the same (room, sender, cmid) so
 * that no later copy can take effect (I12).
 */
export interface RegisteredOutcome {
  readonly kind: 'refused' | 'noop';
  readonly room: RoomId;
  readonly sender: UserId;
  readonly cmid: ClientMessageId;
  /** The refusal's code; null for a no-op. */
  readonly code: ErrorCode | null;
  readonly bodyHash: string;
  /** Epoch milliseconds after which it may be forgotten. */
  readonly expires: number;
}

export type LogDocument = Entry | RegisteredOutcome;

export const isRegistered = (d: LogDocument): d is RegisteredOutcome => d.kind === 'refused' || d.kind === 'noop';

/** The one outcome that a (room, sender, cmid) has for ever (refusals and no-ops: for 24 h). */
export type Outcome =
  | { readonly status: 'logged'; readonly seq: Seq; readonly kind: EntryKind }
  | { readonly status: 'noop' }
  | { readonly status: 'refused'; readonly code: ErrorCode };

/** An outcome as the log remembers it, with what tells a retry from a conflict. */
export interface StoredOutcome {
  readonly outcome: Outcome;
  readonly bodyHash: string;
}
