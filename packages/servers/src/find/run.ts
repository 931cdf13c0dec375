import { execFile } from 'node:child_process';
import { FETCH_OUTPUT_BYTES, FETCH_TIMEOUT_MS } from '../limits.js';

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end and gives what it printed.
 *
 * @throws {Error} with one sentence: that the command is not there, took too long, or the last line of its complaint
 */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const { timeoutMs = FETCH_TIMEOUT_MS, ...rest } = options;
    const settings = { ...rest, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: FETCH_OUTPUT_BYTES } as const;
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === 'ENOENT') return reject(new Error(`${command} is not on this machine`));
      if (error.killed === true) return reject(new Error(`${command} did not end within ${timeoutMs} ms`));
      const complaint = stderr.trim().split('\n').at(-1) || `it ended with ${error.signal ?? `code ${error.code}`}`;
      return reject(new Error(`${command}: ${complaint}`));
    });
  });

/** The message of whatever was thrown, in one line. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
