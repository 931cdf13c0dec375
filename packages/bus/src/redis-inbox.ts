/**
 * The edge's side of the shards' streams. Invariants:
 * 1. At most one script call of a shard is under way; what is appended meanwhile goes with the next, in order.
 *    So nothing overtakes, whatever way Redis Cluster sends a call.
 * 2. A shard has at most REDIS_APPEND_MAX_WAITING batches waiting for their call; more are `busy` at once.
 * 3. A call is never made again: repeating is the edge's business.
 */
import {
  INBOX_MAX_BYTES,
  INBOX_MAX_ENTRIES,
  REDIS_APPEND_MAX_BATCHES,
  REDIS_APPEND_MAX_BYTES,
  REDIS_APPEND_MAX_WAITING,
  type AppendRequest,
  type AppendVerdict,
  type CommandInbox,
  type Generation,
  type ShardId,
} from '@munova/contracts';
import { RedisRefusedError, type RedisCommands } from './commands.js';
import { unavailable } from './failures.js';
import { shardKeys } from './keys.js';

/** What may wait in one shard's stream. */
export interface StreamCaps {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

const CAPS: StreamCaps = { maxEntries: INBOX_MAX_ENTRIES, maxBytes: INBOX_MAX_BYTES };

/** One call of `append` that waits. */
interface Call {
  readonly requests: readonly AppendRequest[];
  readonly bytes: number;
  readonly settle: (verdicts: readonly AppendVerdict[]) => void;
  readonly fail: (error: unknown) => void;
}

export class RedisInbox implements CommandInbox {
  readonly #commands: RedisCommands;
  readonly #generation: Generation;
  readonly #caps: readonly [string, string];
  /** A shard is here while a call of it is under way. */
  readonly #waiting = new Map<ShardId, Call[]>();

  constructor(commands: RedisCommands, generation: Generation, { maxEntries, maxBytes }: StreamCaps = CAPS) {
    this.#commands = commands;
    this.#generation = generation;
    this.#caps = [String(maxEntries), String(maxBytes)];
  }

  append(shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> {
    const waiting = this.#waiting.get(shard);
    const ahead = waiting?.reduce((sum, call) => sum + call.requests.length, 0) ?? 0;
    if (ahead + requests.length > REDIS_APPEND_MAX_WAITING) return Promise.resolve(requests.map(() => 'busy'));
    return new Promise((settle, fail) => {
      const bytes = requests.reduce((sum, { batch }) => sum + batch.length, 0);
      const call: Call = { requests, bytes, settle, fail };
      if (waiting !== undefined) {
        waiting.push(call);
        return;
      }
      const own = [call];
      this.#waiting.set(shard, own);
      void this.#flush(shard, own);
    });
  }

  async #flush(shard: ShardId, waiting: Call[]): Promise<void> {
    while (waiting.length > 0) await this.#send(shard, waiting.splice(0, callsOfOneScript(waiting)));
    this.#waiting.delete(shard);
  }

  async #send(shard: ShardId, calls: readonly Call[]): Promise<void> {
    try {
      const verdicts = await this.#run(
        shard,
        calls.flatMap(({ requests }) => requests),
      );
      let at = 0;
      for (const { requests, settle } of calls) settle(verdicts.slice(at, (at += requests.length)));
    } catch (error) {
      for (const { fail } of calls) fail(unavailable('append', error));
    }
  }

  async #run(shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> {
    const keys = shardKeys(this.#generation, shard);
    const args = requests.flatMap(({ id, batch }) => [id, batch]);
    try {
      return (await this.#commands.run('append', [keys.in, keys.held], [...this.#caps, ...args])) as AppendVerdict[];
    } catch (error) {
      // Redis is full as a whole: to the edge that is no different from a full shard.
      if (error instanceof RedisRefusedError && error.code === 'OOM') return requests.map(() => 'busy');
      throw error;
    }
  }
}

/** How many of the calls go with the next script: at least one, and what stays within its bounds. */
const callsOfOneScript = (calls: readonly Call[]): number => {
  let [batches, bytes, count] = [0, 0, 0];
  for (const call of calls) {
    batches += call.requests.length;
    bytes += call.bytes;
    if (count > 0 && (batches > REDIS_APPEND_MAX_BATCHES || bytes > REDIS_APPEND_MAX_BYTES)) break;
    count += 1;
  }
  return count;
};
