import type { BatchId, EdgeId, Epoch, ShardId } from '../ids.js';

export interface AppendRequest {
  readonly id: BatchId;
  /** `encodeBatch`'s text. */
  readonly batch: string;
}

/**
 * `accepted`: in the stream. `present`: an earlier copy with the same id still is, nothing was done.
 * `busy`: the shard is at its cap in entries or bytes, nothing was done.
 */
export type AppendVerdict = 'accepted' | 'present' | 'busy';

/** The edge's side of the shards' inboxes. May lose, repeat and delay; never reorders one caller's calls. */
export interface CommandInbox {
  /**
   * Appends in the order given; one verdict each.
   * @throws {ChatError} `unavailable` when it is not known whether anything was appended.
   */
  append(shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]>;
}

export interface StreamEntry {
  readonly shard: ShardId;
  /** Names the entry within its shard's stream. */
  readonly entryId: string;
  readonly batch: string;
}

export interface ShardCommit {
  readonly shard: ShardId;
  readonly epoch: Epoch;
  /** `encodePacked`'s text, one message per edge. */
  readonly publish: readonly { readonly edge: EdgeId; readonly packed: string }[];
  /** Exactly these entries are deleted. */
  readonly remove: readonly string[];
}

/** The actors' side. Entries stay until removed; a read always starts at the oldest. */
export interface ShardStream {
  /**
   * The oldest entries of the given shards, at most `maxEntries` and (but for a first one) `maxBytes`.
   * Waits up to `waitMs` for the first; empty when none came or `wake` was called.
   */
  read(
    shards: readonly ShardId[],
    maxEntries: number,
    maxBytes: number,
    waitMs: number,
  ): Promise<readonly StreamEntry[]>;
  /** Ends a waiting `read` early. */
  wake(): void;
  /**
   * Atomically: refuse if a higher epoch was seen, else raise the fence, publish, and remove.
   * @throws {ChatError} `unavailable` when it is not known whether it happened.
   */
  commit(commit: ShardCommit): Promise<'committed' | 'fenced'>;
  /** What waits in these shards' streams, of those that tell it. @throws {ChatError} `unavailable` where none does. */
  lag(shards: readonly ShardId[]): Promise<ReadonlyMap<ShardId, InboxLag>>;
  /** Says `encodeHeartbeat`'s text to every edge that listens. @throws {ChatError} `unavailable`. */
  beat(shard: ShardId, heartbeat: string): Promise<void>;
  /** As `whisper` of `FanOut`. */
  whisper(shard: ShardId, ephemeral: string): Promise<void>;
}

/** What waits in one shard's stream. */
export interface InboxLag {
  readonly entries: number;
  /** UTF-8 bytes of the batches. */
  readonly bytes: number;
}

/** What an edge hears. */
export interface FanOutListener {
  /** `encodePacked`'s text. */
  onPacked(packed: string): void;
  /** `encodeHeartbeat`'s text, of any shard. */
  onHeartbeat(heartbeat: string): void;
  /** `encodeEphemeral`'s text, of any shard, from whichever process. */
  onEphemeral(ephemeral: string): void;
  /** The connection was lost and is there again: what was said meanwhile is lost. */
  onReconnect(): void;
}

export interface FanOutSubscription {
  /** Subscribes to everything again: silence may mean that a subscription was lost. @throws {ChatError} `unavailable`. */
  renew(): Promise<void>;
  end(): Promise<void>;
}

/**
 * The edge's ear, and its voice to the other edges. Messages may be lost, and of different shards reordered; what a
 * shard's owner says of it comes in order.
 */
export interface FanOut {
  subscribe(edge: EdgeId, listener: FanOutListener): Promise<FanOutSubscription>;
  /**
   * Says `encodeEphemeral`'s text to every edge that listens, the caller's own among them: at most once.
   * @throws {ChatError} `unavailable`: perhaps nobody heard it.
   */
  whisper(shard: ShardId, ephemeral: string): Promise<void>;
}
