import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findStrace } from '../../../../loadtest/driver/strace.js';

export interface Child {
  /** What it printed so far, line by line. */
  readonly lines: readonly string[];
  /** Resolves with the first line that begins so; rejects when the process ends before. */
  saw(start: string): Promise<string>;
  /** SIGKILL; resolves when the process is gone and all that it printed has been read. */
  kill(): Promise<void>;
}

const pathOf = (script: string): string => fileURLToPath(new URL(script, import.meta.url));

/** Runs a script of this folder in a process of its own, over the built package. */
export const runChild = (script: string, ...args: readonly string[]): Child =>
  watch(script, spawn(process.execPath, [pathOf(script), ...args], { stdio: ['ignore', 'pipe', 'ignore'] }));

/** The same, with no file of that process growing beyond `blocks` of 512 bytes: a write beyond fails (EFBIG). */
export const runLimitedChild = (blocks: number, script: string, ...args: readonly string[]): Child => {
  const limited = `ulimit -S -f ${String(blocks)} && exec "$0" "$@"`;
  const command = ['-c', limited, process.execPath, pathOf(script), ...args];
  return watch(script, spawn('sh', command, { stdio: ['ignore', 'pipe', 'ignore'] }));
};

/**
 * The same, with syncs of files failing (EIO), though what was written stays: `when` is which of them in
 * each of its threads, `40` or, from there on, `40+`.
 */
export const runChildWithFailingSync = (when: string, script: string, ...args: readonly string[]): Child => {
  const syncs = 'fsync,fdatasync';
  const failing = ['-e', `trace=${syncs}`, '-e', `inject=${syncs}:error=EIO:when=${when}`];
  const command = ['-f', '-o', '/dev/null', ...failing, process.execPath, pathOf(script), ...args];
  return watch(script, spawn(findStrace(), command, { stdio: ['ignore', 'pipe', 'ignore'] }));
};

const watch = (script: string, child: ChildProcessByStdio<null, Readable, null>): Child => {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]);
  return {
    lines,
    saw: (start) =>
      new Promise((resolve, reject) => {
        const seen = lines.find((line) => line.startsWith(start));
        if (seen !== undefined) {
          resolve(seen);
          return;
        }
        const look = (line: string): void => {
          if (!line.startsWith(start)) return;
          reader.off('line', look);
          resolve(line);
        };
        reader.on('line', look);
        reader.once('close', () => reject(new Error(`${script} ended without saying "${start}"`)));
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
