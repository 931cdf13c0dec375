/**
 * What an edge appends to a shard's inbox: one batch of frames of one session for one room, or one
 * batch of watches. Versioned JSON; readers accept `WIRE_VERSION` and the one before it.
 */
import type { Command } from '../commands.js';
import type { Actor } from '../commands.js';
import type { BatchId, EdgeId, RoomId, SessionId } from '../ids.js';
import { decodeVersioned } from './versioned.js';

export const WIRE_VERSION = 1;

/** A command of the batch; `ref` is the edge's own number for it and comes back in the reply. */
export interface CommandFrame {
  readonly frame: 'command';
  readonly ref: number;
  readonly command: Command;
}
/** Asks for the room's entries from now on, and whether this user may read. Answered by a `WatchReply`. */
export interface WatchFrame {
  readonly frame: 'watch';
  readonly ref: number;
  readonly room: RoomId;
  readonly actor: Actor;
}
/** Says that these rooms are still watched by this edge; renews without asking. Not answered. */
export interface AnnounceFrame {
  readonly frame: 'announce';
  readonly rooms: readonly RoomId[];
}
/** The edge has no subscriber left in these rooms. Not answered. */
export interface UnwatchFrame {
  readonly frame: 'unwatch';
  readonly rooms: readonly RoomId[];
}
export type InboxFrame = CommandFrame | WatchFrame | AnnounceFrame | UnwatchFrame;

export interface InboxBatch {
  readonly v: number;
  readonly id: BatchId;
  readonly edge: EdgeId;
  /** Commands of one batch are all of this session; null for announcements. */
  readonly session: SessionId | null;
  /** 1 for the first copy; repeats carry the unanswered frames only. */
  readonly attempt: number;
  readonly frames: readonly InboxFrame[];
}

export const encodeBatch = (batch: InboxBatch): string => JSON.stringify(batch);

/** @throws {WireVersionError} newer than readable. @throws {WireFormatError} not a batch. */
export const decodeBatch = (text: string): InboxBatch =>
  decodeVersioned<InboxBatch>(text, WIRE_VERSION, (o) => Array.isArray(o['frames']) && typeof o['edge'] === 'string');
