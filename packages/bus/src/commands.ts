/**
 * What the adapters need of Redis, and no more: a real one by ioredis (`@munova/bus/ioredis`), a fake one in the
 * simulator. Keys and channels of one call are of one slot, except those of reads where `crossSlot` is true.
 *
 * Every call settles in bounded time, and fails with one of two errors only: `RedisUnknownError`, it may have
 * happened, or `RedisRefusedError`, it surely has not. Nothing is sent twice after an unknown outcome.
 */

/** A file of `scripts/`; its header says what keys and arguments it takes. */
export type ScriptName = 'append' | 'commit' | 'lag';

/** No answer: whether it happened is not known. */
export class RedisUnknownError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisUnknownError';
  }
}

/** Nothing happened. */
export class RedisRefusedError extends Error {
  /** Redis's own word (`OOM`, `READONLY`, `CROSSSLOT`, `MOVED`, …), or `UNSENT` where there was no connection. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisRefusedError';
    this.code = code;
  }
}

/** Where to read a stream: the entries behind `after`; from the oldest on, behind `0-0`. */
export interface StreamPosition {
  readonly key: string;
  readonly after: string;
}

export interface RawEntry {
  readonly id: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

/** Of one stream, in its order; without entries as well. */
export interface StreamReply {
  readonly key: string;
  readonly entries: readonly RawEntry[];
}

export interface RedisCommands {
  /** Whether one read may name streams of several slots: true but for Redis Cluster. */
  readonly crossSlot: boolean;
  /** The flat list that the script returns. */
  run(script: ScriptName, keys: readonly string[], args: readonly string[]): Promise<readonly (string | number)[]>;
  /** Does not wait; at most `count` entries of each stream. */
  read(streams: readonly StreamPosition[], count: number): Promise<readonly StreamReply[]>;
  spublish(channel: string, message: string): Promise<void>;
  /** A connection of its own, made when first used. */
  openReader(): BlockingReader;
  /** Connections of its own, made when first used. */
  openSubscriber(listener: SubscriberListener): ShardSubscriber;
}

/** Reads that wait, one at a time. */
export interface BlockingReader {
  /** As `read` of `RedisCommands`, but waits up to `blockMs` for a first entry. */
  read(streams: readonly StreamPosition[], count: number, blockMs: number): Promise<readonly StreamReply[]>;
  /** Ends the read that waits; false where Redis knew of none, which may be since it had not arrived yet. */
  unblock(): Promise<boolean>;
  close(): void;
}

export interface SubscriberListener {
  onMessage(channel: string, message: string): void;
  /** These are not subscribed any more: a connection was lost, or the slot moved to another server. */
  onLost(channels: readonly string[]): void;
}

export interface ShardSubscriber {
  /** Settles once Redis has confirmed each; asks again for those that are subscribed. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  /** Tells nothing more to the listener. */
  close(): void;
}
