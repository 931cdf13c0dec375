/**
 * One simulated process: what a message path takes as its runtime. Invariants:
 * 1. Once killed it never runs again: its timers, deferred work and the answers it waits for are gone,
 *    while what it had sent to others is still on its way.
 * 2. While stopped it runs nothing; when it goes on, what was due meanwhile runs in its order.
 */
import type { Clock, Runtime, Spawn, Timers } from '@munova/contracts';
import type { SimRandom } from './random.js';
import type { Schedule } from './schedule.js';

const EPOCH_MS = Date.UTC(2026, 0, 5, 9);

/** Something that has to happen to its end whoever dies. */
export interface Trip<T> {
  readonly name: string;
  /** ms on the way there, and back. */
  readonly there: number;
  readonly back: number;
  readonly act: () => Promise<T>;
}

export class SimProcess implements Runtime {
  readonly name: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SimRandom;
  readonly spawn: Spawn;
  /** ms that the wall clock is off. */
  skewMs = 0;
  readonly #schedule: Schedule;
  readonly #onFault: (task: string, error: unknown) => void;
  #alive = true;
  #stoppedUntil = 0;

  constructor(
    name: string,
    schedule: Schedule,
    random: SimRandom,
    onFault: (process: string, task: string, error: unknown) => void,
  ) {
    this.name = name;
    this.random = random;
    this.#schedule = schedule;
    this.#onFault = (task, error) => onFault(name, task, error);
    this.clock = { now: () => EPOCH_MS + Math.floor(schedule.now) + this.skewMs, monotonic: () => schedule.now };
    this.timers = { after: (delayMs, task) => this.#later(delayMs, 'timer', task) };
    this.spawn = {
      background: (task, run) => {
        run().catch((error: unknown) => this.#onFault(task, error));
      },
      defer: (task) => void this.#later(0, 'turn', task),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
  }

  /** As by SIGSTOP, and SIGCONT after so long. */
  stop(ms: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#schedule.now + ms);
  }

  /** Runs `task` as soon as the process runs. */
  run(task: () => void): void {
    if (!this.#alive) return;
    if (this.#schedule.now < this.#stoppedUntil) this.#later(this.#stoppedUntil - this.#schedule.now, 'resumed', task);
    else task();
  }

  /** A call of another process; settles here, and never once this one is dead. */
  travel<T>({ name, there, back, act }: Trip<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#schedule.after(there, `${this.name} ${name}`, () => {
        act().then(
          (value) => void this.#later(back, `${name} answered`, () => resolve(value)),
          (error: unknown) => void this.#later(back, `${name} failed`, () => reject(error)),
        );
      });
    });
  }

  #later(delayMs: number, name: string, task: () => void): { cancel(): void } {
    let cancelled = false;
    const scheduled = this.#schedule.after(delayMs, `${this.name} ${name}`, () => {
      this.run(() => {
        if (!cancelled) task();
      });
    });
    return {
      cancel: () => {
        cancelled = true;
        scheduled.cancel();
      },
    };
  }
}
