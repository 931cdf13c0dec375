/**
 * Gathers what one turn wants to append, and appends it once per shard.
 *
 * Invariants
 * 1. Requests for one shard are appended in the order in which they were given.
 * 2. A request is appended at most once; repeating is its giver's business.
 */
import type { AppendRequest, AppendVerdict, CommandInbox, ShardId, Spawn } from '@munova/contracts';

/** What became of one request: `lost` when it is not known whether it was appended. */
export type AppendResult = AppendVerdict | 'lost';

interface Waiting {
  readonly request: AppendRequest;
  readonly settle: (result: AppendResult) => void;
}

export class BatchAppender {
  readonly #inbox: CommandInbox;
  readonly #spawn: Spawn;
  readonly #onFault: (cause: unknown) => void;
  #gathered = new Map<ShardId, Waiting[]>();

  constructor(inbox: CommandInbox, spawn: Spawn, onFault: (cause: unknown) => void) {
    this.#inbox = inbox;
    this.#spawn = spawn;
    this.#onFault = onFault;
  }

  append(shard: ShardId, request: AppendRequest, settle: (result: AppendResult) => void): void {
    if (this.#gathered.size === 0) this.#spawn.defer(() => this.#flush());
    const waiting = this.#gathered.get(shard);
    if (waiting === undefined) this.#gathered.set(shard, [{ request, settle }]);
    else waiting.push({ request, settle });
  }

  #flush(): void {
    const gathered = this.#gathered;
    this.#gathered = new Map();
    for (const [shard, waiting] of gathered) {
      this.#spawn.background('append', () => this.#appendAll(shard, waiting));
    }
  }

  async #appendAll(shard: ShardId, waiting: readonly Waiting[]): Promise<void> {
    let verdicts: readonly AppendVerdict[];
    try {
      verdicts = await this.#inbox.append(
        shard,
        waiting.map((w) => w.request),
      );
    } catch (cause) {
      this.#onFault(cause);
      for (const w of waiting) w.settle('lost');
      return;
    }
    waiting.forEach((w, i) => w.settle(verdicts[i] ?? 'lost'));
  }
}
