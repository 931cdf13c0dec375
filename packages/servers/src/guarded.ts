/**
 * The starter's side of a guard.
 *
 * 1. A server's state follows what the guard says, in its order; nothing is assumed.
 * 2. Every wait ends: with what it waits for, or with the guard's end.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ServerStartError } from './errors.js';
import type { Exit, FromGuard, ServerCommand, ToGuard } from './guard-protocol.js';
import { STOP_TIMEOUT_MS } from './limits.js';

// Beside this file, compiled or not, as this file is.
const GUARD = fileURLToPath(new URL(`./guard${extname(import.meta.url)}`, import.meta.url));

/** A guard that runs, its folder, and the servers it was told to start. */
export class Guard {
  readonly #process: ChildProcess;
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  readonly #pids = new Map<string, number>();
  readonly #failures = new Map<string, string>();
  readonly #exits = new Map<string, Exit>();
  #folder: string | undefined;
  #hasEnded = false;

  private constructor(guard: ChildProcess) {
    this.#process = guard;
    guard.once('error', () => this.#ended());
    guard.once('exit', () => this.#ended());
    // Written to after its end: the exit says so.
    guard.stdin?.on('error', () => undefined);
    if (guard.stdout === null) return;
    createInterface({ input: guard.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as FromGuard));
  }

  /** Starts a guard, with an empty folder and no server. */
  static async start(): Promise<Guard> {
    // In a session of its own: what kills the starter's process group must not kill its guard.
    const guard = new Guard(spawn(process.execPath, [GUARD], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] }));
    await guard.#when(() => guard.#folder !== undefined);
    return guard;
  }

  /** Gone when the guard is. */
  get folder(): string {
    return this.#folder ?? '';
  }

  /** The pid of a server; undefined when it does not run. */
  pidOf(name: string): number | undefined {
    return this.#pids.get(name);
  }

  /** Starts a server that does not run. @throws {ServerStartError} when there is no such program */
  async start(name: string, command: ServerCommand): Promise<void> {
    this.#failures.delete(name);
    this.#send({ op: 'start', name, command });
    await this.#when(() => this.#pids.has(name) || this.#failures.has(name));
    const failure = this.#failures.get(name);
    if (failure !== undefined) throw new ServerStartError(`${name}: ${failure}`);
  }

  /** Signals a server; one that does not run is left alone. */
  signal(name: string, signal: NodeJS.Signals): void {
    this.#send({ op: 'signal', name, signal });
  }

  /** Settles when a server does not run any more, with how it ended; killed where it never ran. */
  async whenExited(name: string): Promise<Exit> {
    await this.#when(() => !this.#pids.has(name));
    return this.#exits.get(name) ?? { code: null, signal: 'SIGKILL' };
  }

  /** Kills every server, removes the folder, and returns when all of it is gone. May be called again. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    if (this.#hasEnded) return;
    await once(this.#process, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
  }

  #send(message: ToGuard): void {
    this.#process.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #hear(message: FromGuard): void {
    if (message.event === 'ready') this.#folder = message.folder;
    else if (message.event === 'started') this.#pids.set(message.name, message.pid);
    else if (message.event === 'failed') this.#failures.set(message.name, message.message);
    else {
      this.#pids.delete(message.name);
      this.#exits.set(message.name, message.exit);
    }
    this.#changes.emit('change');
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#pids.clear();
    this.#changes.emit('change');
  }

  async #when(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#hasEnded) throw new ServerStartError('the guard of the servers has ended');
      await once(this.#changes, 'change');
    }
  }
}
