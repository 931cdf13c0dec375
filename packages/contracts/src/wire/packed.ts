/** What one flush of a shard has for one edge: room entries, replies and watch replies, in order. */
import type { Entry, Outcome } from '../entries.js';
import type { ErrorCode } from '../errors.js';
import type { ClientMessageId, Epoch, Generation, RoomId, Seq, SessionId, ShardId } from '../ids.js';
import { decodeVersioned } from './versioned.js';
import { WIRE_VERSION } from './batch.js';

/** Entries of one room, contiguous and in seq order. */
export interface EntriesItem {
  readonly item: 'entries';
  readonly room: RoomId;
  readonly entries: readonly Entry[];
}

/** The resolution of one command. `later` and `unknown` are not registered: the edge may try again. */
export interface ReplyItem {
  readonly item: 'reply';
  readonly session: SessionId;
  readonly ref: number;
  readonly room: RoomId;
  readonly cmid: ClientMessageId;
  readonly outcome: Outcome | { readonly status: 'later'; readonly code: ErrorCode; readonly retryAfterMs: number };
  /** True where the outcome had been stored before this copy came. */
  readonly repeated: boolean;
}

/** The answer to a watch: the head as of admission, or why this user may not read. */
export interface WatchReplyItem {
  readonly item: 'watching';
  readonly session: SessionId;
  readonly ref: number;
  readonly room: RoomId;
  readonly verdict:
    | { readonly status: 'admitted'; readonly head: Seq; readonly generation: Generation }
    | { readonly status: 'refused'; readonly code: ErrorCode };
}

export type PackedItem = EntriesItem | ReplyItem | WatchReplyItem;

export interface Packed {
  readonly v: number;
  readonly shard: ShardId;
  readonly epoch: Epoch;
  readonly items: readonly PackedItem[];
}

export const encodePacked = (packed: Packed): string => JSON.stringify(packed);

/** @throws {WireVersionError} newer than readable. @throws {WireFormatError} not a packed message. */
export const decodePacked = (text: string): Packed =>
  decodeVersioned<Packed>(text, WIRE_VERSION, (o) => Array.isArray(o['items']) && typeof o['shard'] === 'number');
