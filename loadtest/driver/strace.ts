/** Finds `strace`: on PATH, or unpacked from Debian's package into the project's cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../.cache/strace', import.meta.url));

const works = (command: string): boolean => {
  try {
    execFileSync(command, ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not there, or not for this machine; the next way is tried.
    return false;
  }
};

/** @throws a sentence that says how to get it */
export const findStrace = (): string => {
  if (works('strace')) return 'strace';
  const unpacked = join(CACHE, 'usr/bin/strace');
  if (!existsSync(unpacked)) {
    try {
      mkdirSync(CACHE, { recursive: true });
      execFileSync('apt-get', ['download', 'strace'], { cwd: CACHE, stdio: 'ignore' });
      const archive = readdirSync(CACHE).find((name) => name.endsWith('.deb')) ?? '';
      execFileSync('dpkg', ['-x', join(CACHE, archive), CACHE], { stdio: 'ignore' });
    } catch (cause) {
      throw new Error('strace is needed for this test: install it with the package manager of this machine', { cause });
    }
  }
  if (works(unpacked)) return unpacked;
  throw new Error('strace is needed for this test: install it with the package manager of this machine');
};
