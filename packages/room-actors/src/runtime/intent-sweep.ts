/**
 * Sees to intents that nobody settled: of processes that ended, of former generations with other shards,
 * and of commits that landed behind their successor's take-over, in rooms that nobody asks for. Invariants:
 * 1. Only what was open at the sweep before as well is looked at: the entries of a commit stand behind its
 *    intent, and may be on their way while it is there already.
 * 2. An intent is forgotten once the directory shows every state entry of its rooms, whoever owns them.
 */
import {
  BEFORE_FIRST,
  INTENT_SWEEP_LIMIT,
  TAIL_PAGE_ENTRIES,
  isStateEntry,
  type Intent,
  type RoomId,
} from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';

export class IntentSweep {
  readonly #env: Environment;
  readonly #rouse: (room: RoomId) => void;
  #before: ReadonlySet<Intent['id']> = new Set();

  /** @param rouse reads the room's log to its end and projects what its record lacks, where its shard is owned here */
  constructor(env: Environment, rouse: (room: RoomId) => void) {
    this.#env = env;
    this.#rouse = rouse;
  }

  /** A failure leaves the rest for the next sweep. */
  async sweep(): Promise<void> {
    try {
      const { projection } = this.#env.store;
      const open = await projection.openIntents();
      const left = open.filter(({ id }) => this.#before.has(id)).slice(0, INTENT_SWEEP_LIMIT);
      this.#before = new Set(open.map(({ id }) => id));
      const shown = await this.#shownOf(left);
      if (shown.length > 0) await projection.project([], shown);
    } catch (error) {
      this.#env.metrics.storeFailure('intent-sweep');
      this.#env.log.warn({ error: messageOf(error) }, 'open intents were not swept');
    }
  }

  async #shownOf(intents: readonly Intent[]): Promise<readonly Intent['id'][]> {
    const shown: Intent['id'][] = [];
    for (const { id, rooms } of intents) {
      let hidden = false;
      for (const room of rooms) {
        if (!(await this.#isHidden(room))) continue;
        hidden = true;
        this.#rouse(room);
      }
      if (!hidden) shown.push(id);
    }
    return shown;
  }

  /** Whether the log holds, or may hold, a state entry that the directory does not show. An abandoned room never shows. */
  async #isHidden(room: RoomId): Promise<boolean> {
    const { directory, log } = this.#env.store;
    const record = await directory.get(room);
    const tail = await log.readAfter(room, record?.stateSeq ?? BEFORE_FIRST, TAIL_PAGE_ENTRIES);
    return tail.length === TAIL_PAGE_ENTRIES || tail.some((entry) => isStateEntry(entry) && entry.kind !== 'abandoned');
  }
}
