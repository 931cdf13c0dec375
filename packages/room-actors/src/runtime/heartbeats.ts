/**
 * Says of each shard of this node, every HEARTBEAT_MS, who owns it, what waits in it and where its logs end. Invariants:
 * 1. Of each shard one heartbeat is under way at a time, and a shard whose stream hangs holds up no other. One that
 *    fails is dropped: the next says all that it said.
 * 2. Nothing is said of a shard that is lost, nor without authority.
 * 3. A head is said no sooner than the entries up to it were published.
 */
import { HEARTBEAT_MS, encodeHeartbeat } from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import { every } from './retry.js';
import type { Shard } from './shard.js';

export class Heartbeats {
  readonly #env: Environment;
  readonly #underWay = new Set<Shard>();
  /** Their last heartbeat failed, and that was reported. */
  readonly #failing = new WeakSet<Shard>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** @param shards those that the node owns at a moment. @returns what ends it. */
  start(shards: () => Iterable<Shard>): () => void {
    return every(this.#env.runtime.timers, HEARTBEAT_MS, () => {
      for (const shard of shards()) this.beat(shard);
    });
  }

  /** Says it now, unless one is under way. */
  beat(shard: Shard): void {
    if (this.#underWay.has(shard)) return;
    this.#underWay.add(shard);
    this.#env.runtime.spawn.background('heartbeat', async () => {
      try {
        await this.#say(shard);
        this.#failing.delete(shard);
      } catch (error) {
        this.#failed(shard, error);
      } finally {
        this.#underWay.delete(shard);
      }
    });
  }

  async #say(shard: Shard): Promise<void> {
    if (!this.#maySpeakOf(shard)) return;
    const { stream } = this.#env;
    const { id, epoch } = shard;
    const lag = (await stream.lag([id])).get(id) ?? { entries: 0, bytes: 0 };
    if (!this.#maySpeakOf(shard)) return;
    const heads = shard.heads.next();
    await stream.beat(id, encodeHeartbeat({ shard: id, epoch, lag, heads }));
    shard.heads.said(heads);
  }

  #maySpeakOf(shard: Shard): boolean {
    return this.#env.authority.holds() && shard.open;
  }

  #failed(shard: Shard, error: unknown): void {
    this.#env.metrics.storeFailure('heartbeat');
    if (this.#failing.has(shard)) return;
    this.#failing.add(shard);
    this.#env.log.warn({ shard: shard.id, error: messageOf(error) }, 'heartbeats of a shard fail and are dropped');
  }
}
