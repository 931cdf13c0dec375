/**
 * Gathers the outboxes that got something in this turn, and writes each once at its end.
 *
 * Invariant
 * 1. An outbox is marked or empty: marked means it is flushed before the next turn's work.
 */
import type { Spawn } from '@munova/contracts';

export interface Flushable {
  flush(): void;
}

export class Flusher {
  readonly #spawn: Spawn;
  /** Runs behind the writes of a turn: what was kept for this turn only is dropped here. */
  readonly #afterFlush: () => void;
  #marked: Flushable[] = [];

  constructor(spawn: Spawn, afterFlush: () => void) {
    this.#spawn = spawn;
    this.#afterFlush = afterFlush;
  }

  mark(box: Flushable): void {
    if (this.#marked.length === 0) this.#spawn.defer(() => this.#flush());
    this.#marked.push(box);
  }

  #flush(): void {
    const marked = this.#marked;
    this.#marked = [];
    for (const box of marked) box.flush();
    this.#afterFlush();
  }
}
