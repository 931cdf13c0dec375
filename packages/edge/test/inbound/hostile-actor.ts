import type { InboxBatch, SessionId } from '@munova/contracts';
import { commandsOf, later, logged } from './fake-shard.js';
import type { DispatcherBench } from './fake-shard.js';

/**
 * An actor that is as hostile as the rules let it be: it takes batches from a stream in which copies lie,
 * logs or answers `later`, repeats known outcomes, and loses, delays and repeats its answers.
 */
export class HostileActor {
  /** Ids by room. */
  readonly logs = new Map<string, string[]>();
  /** The session whose copy was logged, by room and id. */
  readonly loggedFor = new Map<string, SessionId>();
  readonly #bench: DispatcherBench;
  readonly #stream: InboxBatch[] = [];
  readonly #known = new Map<string, number>();
  readonly #next: () => number;

  constructor(bench: DispatcherBench, next: () => number) {
    this.#bench = bench;
    this.#next = next;
    bench.shard.onAppend = (batch) => this.#append(batch);
  }

  #append(batch: InboxBatch): 'accepted' | 'present' | 'busy' | 'throw' {
    const luck = this.#next();
    if (this.#stream.some((b) => b.id === batch.id)) return luck < 0.2 ? 'throw' : 'present';
    if (luck < 0.2) return 'busy';
    if (luck < 0.3) return 'throw';
    this.#stream.push(batch);
    this.#bench.runtime.timers.after(this.#next() * 9_000, () => this.#take());
    return luck < 0.45 ? 'throw' : 'accepted';
  }

  /** The oldest batch of the stream, whole. */
  #take(): void {
    const batch = this.#stream.shift();
    if (batch === undefined) return;
    let refusing = false;
    for (const frame of commandsOf(batch)) {
      const { room, cmid } = frame.command;
      const key = `${room} ${cmid}`;
      const log = this.logs.get(room) ?? [];
      this.logs.set(room, log);
      refusing ||= !this.#known.has(key) && this.#next() < 0.1;
      if (!refusing && !this.#known.has(key)) {
        this.#known.set(key, log.push(cmid));
        this.loggedFor.set(key, batch.session as SessionId);
      }
      const seq = this.#known.get(key);
      const outcome = refusing || seq === undefined ? later(200) : logged(seq);
      // Answers of one batch come one by one, some never, some twice.
      for (let copies = this.#next() < 0.25 ? 0 : this.#next() < 0.2 ? 2 : 1; copies > 0; copies--) {
        const delay = this.#next() * 50;
        this.#bench.runtime.timers.after(delay, () => this.#bench.reply(frame, outcome, batch.session as SessionId));
      }
    }
  }
}
