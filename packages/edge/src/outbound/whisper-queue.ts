/**
 * What this edge has to say to all edges past the logs.
 *
 * Invariants
 * 1. What one turn has for a shard is one message. One is under way per shard; what comes meanwhile is the next.
 * 2. At most WHISPERS_PER_SHARD wait for a shard (I10), and nothing is said twice: what does not fit, and what the
 *    fan-out does not take, is dropped.
 */
import { encodeEphemeral, WHISPERS_PER_SHARD } from '@munova/contracts';
import type { FanOut, ShardId, Spawn, Whisper } from '@munova/contracts';

export interface WhisperQueueDeps {
  readonly fanOut: Pick<FanOut, 'whisper'>;
  readonly spawn: Spawn;
  readonly onDropped: (whispers: number) => void;
  readonly onFault: (cause: unknown) => void;
}

export class WhisperQueue {
  readonly #deps: WhisperQueueDeps;
  /** Of the shards with a flush that is due or a call under way. */
  readonly #waiting = new Map<ShardId, Whisper[]>();

  constructor(deps: WhisperQueueDeps) {
    this.#deps = deps;
  }

  /** Never fails and never waits. */
  say(shard: ShardId, whisper: Whisper): void {
    const waiting = this.#waiting.get(shard);
    if (waiting === undefined) {
      this.#waiting.set(shard, [whisper]);
      this.#deps.spawn.defer(() => this.#flush(shard));
    } else if (waiting.length < WHISPERS_PER_SHARD) waiting.push(whisper);
    else this.#deps.onDropped(1);
  }

  #flush(shard: ShardId): void {
    const whispers = this.#waiting.get(shard) ?? [];
    if (whispers.length === 0) {
      this.#waiting.delete(shard);
      return;
    }
    this.#waiting.set(shard, []);
    this.#deps.spawn.background('whisper', () => this.#tell(shard, whispers));
  }

  async #tell(shard: ShardId, whispers: readonly Whisper[]): Promise<void> {
    try {
      await this.#deps.fanOut.whisper(shard, encodeEphemeral({ shard, whispers }));
    } catch (cause) {
      this.#deps.onDropped(whispers.length);
      this.#deps.onFault(cause);
    } finally {
      this.#flush(shard);
    }
  }
}
