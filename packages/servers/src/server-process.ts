import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentWith } from './config.js';
import { ServerStartError } from './errors.js';
import type { Binary } from './find/find.js';
import { Guard } from './guarded.js';
import { LOG_TAIL_BYTES, READY_TIMEOUT_MS, START_TRIES } from './limits.js';
import { until } from './wait.js';

interface ServerSpec {
  /** Unique in its guard. */
  readonly name: string;
  readonly port: number;
  readonly binary: Binary;
  readonly args: readonly string[];
  /** Whether it answers. A failure means "not yet". */
  readonly answers: (port: number) => Promise<boolean>;
}

/** One server: a process on a port of its own, with a folder of its own. */
export class ServerProcess {
  readonly host = '127.0.0.1';
  readonly name: string;
  readonly port: number;
  readonly #guard: Guard;
  readonly #spec: ServerSpec;

  constructor(guard: Guard, spec: ServerSpec) {
    this.name = spec.name;
    this.port = spec.port;
    this.#guard = guard;
    this.#spec = spec;
  }

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.#guard.pidOf(this.name);
  }

  /** Where its data are. Gone when it has been stopped for good. */
  get folder(): string {
    return join(this.#guard.folder, this.name);
  }

  /** What it wrote so far, over all its starts. */
  get log(): string {
    return readFileSync(join(this.#guard.folder, `${this.name}.log`), 'utf8');
  }

  /**
   * Starts it, on the port and the data that it had before, and returns when it answers.
   *
   * @throws {ServerStartError} with the end of its log
   */
  async start(): Promise<void> {
    const { name, port, binary, args, answers } = this.#spec;
    await this.#guard.start(name, { path: binary.path, args, env: environmentWith(binary.env) });
    await until(`${name} on port ${port}`, READY_TIMEOUT_MS, async () => {
      if (this.pid === undefined) {
        throw new ServerStartError(`${name} on port ${port} ended at once:\n${this.log.slice(-LOG_TAIL_BYTES)}`);
      }
      return answers(port);
    });
  }

  /** Kills it (SIGKILL) and returns when it is gone. Its data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end in its own way (SIGTERM) and returns when it is gone. Its data stays. */
  async terminate(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Stops it from running (SIGSTOP): its sockets stay open, and nothing answers. */
  suspend(): void {
    this.#guard.signal(this.name, 'SIGSTOP');
  }

  /** Lets it run on (SIGCONT). */
  resume(): void {
    this.#guard.signal(this.name, 'SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#guard.signal(this.name, signal);
    await this.#guard.whenExited(this.name);
  }
}

/**
 * Runs `start` with a guard of its own; when that fails, everything it started is gone again. Where a port was taken
 * in between, it is tried again, on others.
 */
export const underGuard = async <T>(start: (guard: Guard) => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    const guard = await Guard.start();
    try {
      return await start(guard);
    } catch (error) {
      await guard.close();
      const wasTaken = error instanceof Error && /address already in use/i.test(error.message);
      if (!wasTaken || tries >= START_TRIES) throw error;
    }
  }
};
