/**
 * Tells the log what fails again and again without flooding it: every session of an edge tries anew while a server is
 * away. Invariants:
 * 1. The first fault of its words is told at once, then at most one in FAULT_LOG_MS, with the number left out since.
 * 2. At most FAULT_LOG_KINDS words are remembered; beyond that all are forgotten, and told anew.
 */
import { FAULT_LOG_KINDS, FAULT_LOG_MS, type Clock } from '@munova/contracts';

interface Kind {
  readonly toldAt: number;
  untold: number;
}

export class FaultLog {
  readonly #clock: Clock;
  readonly #tell: (cause: unknown, untold: number) => void;
  readonly #kinds = new Map<string, Kind>();

  /** @param tell with how many of the same were left out since it was told last */
  constructor(clock: Clock, tell: (cause: unknown, untold: number) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(cause: unknown): void {
    const words = cause instanceof Error ? cause.message : String(cause);
    const now = this.#clock.monotonic();
    const known = this.#kinds.get(words);
    if (known !== undefined && now - known.toldAt < FAULT_LOG_MS) {
      known.untold += 1;
      return;
    }
    if (known === undefined && this.#kinds.size >= FAULT_LOG_KINDS) this.#kinds.clear();
    this.#kinds.set(words, { toldAt: now, untold: 0 });
    this.#tell(cause, known?.untold ?? 0);
  }
}
