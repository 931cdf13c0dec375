/**
 * The lines on which a process writes its appends. Invariants:
 * 1. A line has one write under way at a time.
 * 2. A line whose last append nobody can say the fate of is in doubt and takes no append until it was
 *    fenced: a later write on it was answered, so that what came before has happened by then or never will.
 * 3. There are at most APPEND_LINES_MAX lines.
 */
import type { Majority } from './majority.js';
import { MongoFailure, type WriteLine } from './commands.js';
import { APPEND_LINES_MAX } from './limits.js';

export class AppendLines {
  readonly #store: Majority;
  readonly #idle: WriteLine[] = [];
  #inDoubt: WriteLine[] = [];
  #lines = 0;

  constructor(store: Majority) {
    this.#store = store;
  }

  /** @throws {MongoFailure} */
  async write<T>(append: (line: WriteLine) => Promise<T>): Promise<T> {
    const line = this.#take();
    try {
      const result = await append(line);
      this.#idle.push(line);
      return result;
    } catch (error) {
      const isDecided = error instanceof MongoFailure && (error.isUnapplied || error.kind === 'duplicate');
      (isDecided ? this.#idle : this.#inDoubt).push(line);
      throw error;
    }
  }

  /** Resolves when every append that has failed before it has happened or never will. @throws {ChatError} */
  async fence(): Promise<void> {
    const doubtful = this.#inDoubt;
    this.#inDoubt = [];
    // Also without a doubt something is written: reads behind it see what the set had at that moment.
    const writes = doubtful.length > 0 ? doubtful.map((line) => this.#fence(line)) : [this.#store.fence(null)];
    const fences = await Promise.allSettled(writes);
    const failed = fences.find((fence) => fence.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #fence(line: WriteLine): Promise<void> {
    try {
      await this.#store.fence(line);
      this.#idle.push(line);
    } catch (error) {
      this.#inDoubt.push(line);
      throw error;
    }
  }

  #take(): WriteLine {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#lines >= APPEND_LINES_MAX) throw new MongoFailure('busy', 'too many appends are under way or in doubt');
    this.#lines += 1;
    return this.#store.openLine();
  }
}
