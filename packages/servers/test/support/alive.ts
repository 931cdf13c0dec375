import { execFileSync } from 'node:child_process';

/** The state that `ps` shows of a process (`S` sleeping, `T` stopped, `Z` ended and not yet missed …); none: undefined. */
export const stateOf = (pid: number | undefined): string | undefined => {
  if (pid === undefined) return undefined;
  try {
    return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()[0];
  } catch {
    return undefined;
  }
};

/** Whether a process runs. */
export const isAlive = (pid: number | undefined): boolean => !['Z', undefined].includes(stateOf(pid));
