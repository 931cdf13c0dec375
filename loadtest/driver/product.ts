/** Starts the product as its own process, as a user would, and stops exactly that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSigner } from 'fast-jwt';
import type { LinkTarget } from './link.js';

const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));
const READY_MS = 20_000;

export interface ReadyLine {
  readonly role: string;
  readonly pid: number;
  readonly http: string;
  readonly ws: string;
  readonly tcp: string;
}

export interface ProductOptions {
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the product beneath another program: `strace -o file`. */
  readonly wrapper?: readonly string[];
  /** `munova.mjs` of another build. */
  readonly entry?: string;
}

/** The product as it runs: one process, or a cluster that is used as one. */
export interface Product {
  readonly ready: ReadyLine;
  /** Everything it printed. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Where clients connect. */
  readonly target: LinkTarget;
  /** The same, of one edge after the other where there are several. */
  readonly anyTarget: LinkTarget;
  readonly exited: boolean;
  /** @returns the exit code, or the signal that ended it */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string>;
}

type StartProduct = (options: ProductOptions) => Promise<Product>;

/** One process with everything in it. */
class Standalone implements Product {
  readonly ready: ReadyLine;
  readonly #child: ChildProcess;
  /** Everything it printed. */
  readonly stdout: string[];
  readonly stderr: string[];

  private constructor(child: ChildProcess, ready: ReadyLine, stdout: string[], stderr: string[]) {
    this.#child = child;
    this.ready = ready;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** @throws with what the process printed, where it ended or said nothing in time */
  static async start({
    dataDir,
    args = [],
    env = {},
    wrapper = [],
    entry = MUNOVA,
  }: ProductOptions): Promise<Standalone> {
    const line = [
      ...wrapper,
      process.execPath,
      entry,
      'start',
      '--http-port',
      '0',
      '--tcp-port',
      '0',
      '--data-dir',
      dataDir,
      ...args,
    ];
    const [command = '', ...rest] = line;
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const stdout: string[] = [];
    const stderr: string[] = [];
    createInterface({ input: child.stderr }).on('line', (text) => stderr.push(text));
    const ready = await new Promise<ReadyLine>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`not ready in ${String(READY_MS)} ms\n${stderr.join('\n')}`));
      }, READY_MS);
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        reject(new Error(`ended with ${String(code ?? signal)} before it was ready\n${stderr.join('\n')}`));
      });
      createInterface({ input: child.stdout }).on('line', (text) => {
        stdout.push(text);
        if (!text.startsWith('munova ready ')) return;
        clearTimeout(late);
        resolve(JSON.parse(text.slice('munova ready '.length)) as ReadyLine);
      });
    });
    return new Standalone(child, ready, stdout, stderr);
  }

  get anyTarget(): LinkTarget {
    return this.target;
  }

  get target(): LinkTarget {
    const { hostname, port } = new URL(`tcp://${this.ready.tcp}`);
    return { ws: this.ready.ws, tcpHost: hostname, tcpPort: Number(port) };
  }

  get exited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** @returns the exit code, or the signal that ended it */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string> {
    if (!this.exited) {
      const exit = once(this.#child, 'exit');
      // Beneath a wrapper the product is a child of what was started.
      process.kill(this.ready.pid, signal);
      await exit;
    }
    return this.#child.exitCode ?? this.#child.signalCode ?? 'unknown';
  }
}

let start: StartProduct = (options) => Standalone.start(options);

export const Product = {
  /** @throws with what the process printed, where it ended or said nothing in time */
  start: (options: ProductOptions): Promise<Product> => start(options),
  /** From now on products are started in another way. */
  startBy: (other: StartProduct): void => {
    start = other;
  },
};

export const secretOf = (dataDir: string): string => readFileSync(join(dataDir, 'jwt.secret'), 'utf8').trim();

export interface Claims {
  readonly sub: string;
  readonly name?: string;
  readonly role?: 'buyer' | 'seller' | 'admin';
  readonly shop?: string;
}

/** A token as a storefront would sign it. */
export const tokenFor = (secret: string, claims: Claims, expiresInMs = 3_600_000): string =>
  createSigner({ key: secret, algorithm: 'HS256', expiresIn: expiresInMs })({ role: 'buyer', ...claims });
