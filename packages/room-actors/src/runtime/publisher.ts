/**
 * Commits the outboxes to the stream. Invariants:
 * 1. One stream commit of a shard is in flight at a time, so that what an edge gets is in order.
 * 2. What was taken for a commit is committed unchanged until it succeeds or the shard is lost: the
 *    entries are durable already, and saying a thing twice is harmless.
 * 3. Notices are whispered once, behind the commit that they go with. Nothing waits for that.
 */
import { encodeEphemeral, type NoticeWhisper } from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import { persistently } from './retry.js';
import type { Shard } from './shard.js';

export interface PublisherEvents {
  /** Entries were removed from the shard's stream. */
  removed(shard: Shard, entries: number): void;
  fenced(shard: Shard): void;
}

/** Whatever one turn of work puts into an outbox is one commit. */
export class Publisher {
  readonly #env: Environment;
  readonly #events: PublisherEvents;
  readonly #busy = new Set<Shard>();
  /** Since when (monotonic ms). */
  readonly #waiting = new Map<Shard, number>();
  #scheduled = false;

  constructor(env: Environment, events: PublisherEvents) {
    this.#env = env;
    this.#events = events;
  }

  schedule(shard: Shard): void {
    if (this.#waiting.has(shard)) return;
    this.#waiting.set(shard, this.#env.runtime.clock.monotonic());
    if (!this.#busy.has(shard)) this.#soon();
  }

  #soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#env.runtime.spawn.defer(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    for (const [shard, since] of this.#waiting) {
      if (this.#busy.has(shard)) continue;
      this.#waiting.delete(shard);
      if (!shard.open || shard.outbox.empty) continue;
      this.#busy.add(shard);
      this.#env.runtime.spawn.background('publish', () => this.#commit(shard, since));
    }
  }

  async #commit(shard: Shard, since: number): Promise<void> {
    const { runtime, stream, log, metrics } = this.#env;
    const { commit, heads, notices } = shard.outbox.take(shard.id, shard.epoch);
    const verdict = await persistently(
      runtime,
      () => this.#env.authority.holds() && shard.open,
      () => stream.commit(commit),
      (error) => {
        metrics.publishRetried();
        log.warn({ shard: shard.id, error: messageOf(error) }, 'a stream commit failed and is tried again');
      },
    );
    this.#busy.delete(shard);
    if (this.#waiting.has(shard)) this.#soon();
    if (!shard.open) return;
    if (verdict === 'fenced') this.#events.fenced(shard);
    else {
      for (const [room, seq] of heads) shard.heads.reached(room, seq);
      if (notices.length > 0) this.#whisper(shard, notices);
      metrics.published(runtime.clock.monotonic() - since);
      this.#events.removed(shard, commit.remove.length);
    }
  }

  #whisper({ id }: Shard, notices: readonly NoticeWhisper[]): void {
    const { runtime, stream, log } = this.#env;
    runtime.spawn.background('whisper', async () => {
      try {
        await stream.whisper(id, encodeEphemeral({ shard: id, whispers: notices }));
      } catch (error) {
        // Perhaps it was heard; edges look at the directory now and then.
        log.warn({ shard: id, notices: notices.length, error: messageOf(error) }, 'notices to inboxes were lost');
      }
    });
  }
}
