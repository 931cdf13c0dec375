/** What the message paths take instead of globals, so that a simulator can run them unchanged. */

export interface Clock {
  /** Wall clock, epoch milliseconds UTC. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes back. */
  monotonic(): number;
}

export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

export interface Timers {
  /** Runs `task` once, no sooner than after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, task: () => void): Timer;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A fresh id of 22 characters of `A-Za-z0-9_-`: 128 bits, not guessable. */
  id(): string;
}

export interface Spawn {
  /** Runs `task` in the background; a rejection reaches the process's fault handler with `name`. */
  background(name: string, task: () => Promise<void>): void;
  /** Runs `task` after the current turn's I/O callbacks: where work of one turn is gathered. */
  defer(task: () => void): void;
}

export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly spawn: Spawn;
}

/** One structured line. `fields` never hold message content or tokens. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
