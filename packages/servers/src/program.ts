import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { environmentWith } from './config.js';
import { ServerStartError } from './errors.js';
import type { Exit, ServerCommand } from './guard-protocol.js';
import { Guard } from './guarded.js';
import { LOG_TAIL_BYTES, READY_TIMEOUT_MS } from './limits.js';
import { until } from './wait.js';

interface ProgramSpec {
  /** Unique in its guard. */
  readonly name: string;
  /** As errors call it. */
  readonly what: string;
  readonly command: ServerCommand;
  /** Whether it can be used. A failure means "not yet". */
  readonly isReady: (program: Program) => Promise<boolean>;
}

/** One process under a guard, with a folder of its own. */
export class Program {
  readonly name: string;
  readonly #guard: Guard;
  readonly #spec: ProgramSpec;
  /** Where the log of its last start begins, in bytes. */
  #logStart = 0;

  constructor(guard: Guard, spec: ProgramSpec) {
    this.name = spec.name;
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
    return readFileSync(this.#logFile, 'utf8');
  }

  /** What it wrote since its last start. */
  get output(): string {
    return readFileSync(this.#logFile).toString('utf8', this.#logStart);
  }

  /**
   * Starts it, with the data that it had before, and returns when it can be used.
   *
   * @throws {ServerStartError} with the end of its log
   */
  async start(): Promise<void> {
    const { what, command, isReady } = this.#spec;
    this.#logStart = statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0;
    await this.#guard.start(this.name, command);
    await until(what, READY_TIMEOUT_MS, async () => {
      if (this.pid === undefined) {
        throw new ServerStartError(`${what} ended at once:\n${this.log.slice(-LOG_TAIL_BYTES)}`);
      }
      return isReady(this);
    });
  }

  /** Kills it (SIGKILL) and returns when it is gone. Its data stays. */
  async kill(): Promise<Exit> {
    return this.#end('SIGKILL');
  }

  /** Asks it to end in its own way (SIGTERM) and returns when it is gone. Its data stays. */
  async terminate(): Promise<Exit> {
    return this.#end('SIGTERM');
  }

  /** Stops it from running (SIGSTOP): its sockets stay open, and nothing answers. */
  suspend(): void {
    this.#guard.signal(this.name, 'SIGSTOP');
  }

  /** Lets it run on (SIGCONT). */
  resume(): void {
    this.#guard.signal(this.name, 'SIGCONT');
  }

  /** Settles when it does not run any more. */
  whenExited(): Promise<Exit> {
    return this.#guard.whenExited(this.name);
  }

  get #logFile(): string {
    return join(this.#guard.folder, `${this.name}.log`);
  }

  #end(signal: NodeJS.Signals): Promise<Exit> {
    this.#guard.signal(this.name, signal);
    return this.whenExited();
  }
}

export interface NodeProgram {
  /** Unique among those of one `Programs`. */
  readonly name: string;
  /** A script for this Node, and its arguments. */
  readonly args: readonly string[];
  /** Beside this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether its stderr goes to that of this process instead of its log. */
  readonly inheritStderr: boolean;
  /** Whether its output, up to now, says that it can be used. */
  readonly isReady: (output: string) => boolean;
}

/** Programs of Node under a guard of their own: they end with this process, also when it is killed. */
export class Programs {
  readonly #guard: Guard;

  private constructor(guard: Guard) {
    this.#guard = guard;
  }

  static async open(): Promise<Programs> {
    return new Programs(await Guard.start());
  }

  /** Not started yet. */
  program({ name, args, env, inheritStderr, isReady }: NodeProgram): Program {
    return new Program(this.#guard, {
      name,
      what: name,
      command: { path: process.execPath, args, env: environmentWith(env), stderr: inheritStderr ? 'inherit' : 'log' },
      isReady: async ({ output }) => isReady(output),
    });
  }

  /** Kills those that still run, and removes their logs and folders. */
  async close(): Promise<void> {
    await this.#guard.close();
  }
}
