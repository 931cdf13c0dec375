/**
 * The tag tree in memory, for the many places that render a room.
 *
 * 1. `resolve` never waits: it answers from the newest list that was loaded.
 * 2. A list that was asked for later is never replaced by one asked for earlier.
 * 3. Refreshes share one load; one that fails leaves the list as it was, and the next minute or unknown id
 *    tries again.
 */
import type { Log, Runtime, Tag, TagId, Tags, Timer } from '@munova/contracts';
import { TAG_REFRESH_MS } from '@munova/contracts';

export interface TagLookup {
  /** The known ones among `ids`, in that order. */
  resolve(ids: readonly TagId[]): readonly Tag[];
}

export class TagBook implements TagLookup {
  readonly #tags: Tags;
  readonly #runtime: Pick<Runtime, 'timers' | 'spawn'>;
  readonly #log: Log;
  #byId: ReadonlyMap<TagId, Tag> = new Map();
  #asked = 0;
  #shown = 0;
  #loading: Promise<void> | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor(tags: Tags, runtime: Pick<Runtime, 'timers' | 'spawn'>, log: Log) {
    this.#tags = tags;
    this.#runtime = runtime;
    this.#log = log;
  }

  /** Loads the tree and keeps it fresh until `close`. */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  resolve(ids: readonly TagId[]): readonly Tag[] {
    if (ids.length === 0) return [];
    const known: Tag[] = [];
    for (const id of ids) {
      const tag = this.#byId.get(id);
      if (tag !== undefined) known.push(tag);
    }
    // Another process made a tag since the last load; the next rendering has it.
    if (known.length < ids.length) this.#refreshSoon();
    return known;
  }

  /** Reads the tree from the store and answers it; also what a change of the tree is followed by. */
  async reload(): Promise<readonly Tag[]> {
    this.#asked += 1;
    const turn = this.#asked;
    const all = await this.#tags.all();
    if (turn > this.#shown) {
      this.#shown = turn;
      this.#byId = new Map(all.map((tag) => [tag.id, tag]));
    }
    return all;
  }

  async refresh(): Promise<void> {
    this.#loading ??= this.#load();
    await this.#loading;
  }

  async #load(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'the tag tree could not be loaded; the last one stays in use');
    } finally {
      this.#loading = null;
    }
  }

  #refreshSoon(): void {
    if (!this.#closed) this.#runtime.spawn.background('tag-refresh', () => this.refresh());
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = this.#runtime.timers.after(TAG_REFRESH_MS, () => {
      this.#refreshSoon();
      this.#schedule();
    });
  }
}
