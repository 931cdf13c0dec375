/**
 * What can go wrong in the store's thread, in a form that crosses to the caller's, and what it
 * becomes there. SQLite's result codes: https://www.sqlite.org/rescode.html
 */
import { AppendError, ChatError } from '@munova/contracts';
import type { ErrorCode, RoomId } from '@munova/contracts';

export type Applied = AppendError['applied'];

export type Failure =
  | { readonly kind: 'conflict'; readonly room: RoomId | null; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly applied: Applied; readonly detail: string }
  | { readonly kind: 'busy'; readonly detail: string }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'bug'; readonly detail: string };

/** Thrown by a write that finds a document in its way; refuses that write alone. */
export class Conflict extends Error {
  readonly room: RoomId;

  constructor(room: RoomId, message: string) {
    super(message);
    this.name = 'Conflict';
    this.room = room;
  }
}

export const SQLITE = {
  error: 1,
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

/** Codes that say a statement is wrong, not the disk. */
const PROGRAMMING = new Set([SQLITE.error, 18, SQLITE.constraint, 20, 21, 25]);

/** SQLITE_IOERR_WRITE, an extended code: a write failed otherwise than for want of space (a quota, a file's limit). */
const WRITE_FAILED = 778;

/** The extended result code; null when it is no error of SQLite's. */
const extendedCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;

/** The primary result code; null when it is no error of SQLite's. */
export const sqliteCode = (error: unknown): number | null => {
  const code = extendedCode(error);
  return code === null ? null : code & 0xff;
};

/** A write was refused: the transaction lacks its last frame at least, without which no recovery takes it. */
export const isWriteRefused = (error: unknown): boolean =>
  sqliteCode(error) === SQLITE.full || extendedCode(error) === WRITE_FAILED;

export const isStorageFailure = (error: unknown): boolean => {
  const code = sqliteCode(error);
  return code !== null && !PROGRAMMING.has(code);
};

export const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What one request ends with when `error` came out of it; everything it did has been rolled back. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Conflict) return { kind: 'conflict', room: error.room, detail: error.message };
  if (error instanceof ChatError) return { kind: 'refused', code: error.code, detail: error.message };
  if (isStorageFailure(error)) return { kind: 'unavailable', applied: 'no', detail: detailOf(error) };
  return { kind: 'bug', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
};

/** As `append` throws it. */
export const appendErrorOf = (failure: Failure): AppendError => {
  switch (failure.kind) {
    case 'conflict':
      return new AppendError('conflict', 'no', failure.room, failure.detail);
    case 'unavailable':
      return new AppendError('unavailable', failure.applied, null, failure.detail);
    case 'busy':
    case 'refused':
    case 'bug':
      return new AppendError('unavailable', 'no', null, failure.detail);
  }
};

/** As every other method throws it. The detail of a failing disk is for the log, not for a client. */
export const chatErrorOf = (failure: Failure): ChatError => {
  switch (failure.kind) {
    case 'unavailable':
      return new ChatError('unavailable');
    case 'busy':
      return new ChatError('busy');
    case 'refused':
      return new ChatError(failure.code, failure.detail);
    case 'conflict':
    case 'bug':
      return new ChatError('internal');
  }
};
