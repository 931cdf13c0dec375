/** What crosses between the caller's thread and the store's. Everything gathered in a turn goes as one message. */
import type { DatabaseOptions, DatabaseSettings } from './database.js';
import type { Failure } from './failures.js';
import type { OpName } from './ops.js';
import type { StoreStartCode } from '../start-error.js';

export type StoreThreadOptions = DatabaseOptions;

export interface Request {
  readonly id: number;
  readonly op: OpName;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure };

export interface StoreStats {
  /** Write transactions committed since the start. */
  readonly transactions: number;
  /** Requests that those held. */
  readonly writes: number;
}

export type ToThread =
  { readonly type: 'requests'; readonly requests: readonly Request[] } | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready'; readonly settings: DatabaseSettings }
  | { readonly type: 'refused'; readonly code: StoreStartCode; readonly message: string }
  | { readonly type: 'replies'; readonly replies: readonly Reply[]; readonly stats: StoreStats };
