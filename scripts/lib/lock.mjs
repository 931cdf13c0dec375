/**
 * A lock between processes on one machine: a file that only one of them can create. It names its holder, so that one
 * left behind by a killed process is recognised and removed.
 *
 * 1. The file appears with its holder's pid already in it (written aside, then linked): nobody reads it half-written.
 * 2. It is removed by its holder, or by one waiter after its holder was seen dead.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks at a lock that another process holds. */
const POLL_MS = 200;

const errorCode = (/** @type {unknown} */ error) => /** @type {NodeJS.ErrnoException} */ (error).code;

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The pid in the lock file; undefined when the file has gone. */
function holderOf(/** @type {string} */ path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function tryCreate(/** @type {string} */ path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Takes a dead holder's lock away. Whoever renames it first wins; a live lock taken by mistake is put back. */
function removeStale(/** @type {string} */ path, /** @type {number} */ dead) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (holderOf(aside) !== dead) linkSync(aside, path);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Runs `work` while holding the lock file at `path`; waits for another holder as long as `timeoutMs`.
 *
 * @template T
 * @param {string} path
 * @param {{ timeoutMs: number, onWait: () => void }} options `onWait` is called once if there is somebody to wait for
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 * @throws {Error} when the other holder is still at it after `timeoutMs`
 */
export async function withLock(path, { timeoutMs, onWait }, work) {
  mkdirSync(dirname(path), { recursive: true });
  const giveUpAt = performance.now() + timeoutMs;
  let announced = false;
  while (!tryCreate(path)) {
    const holder = holderOf(path);
    if (holder !== undefined && !isAlive(holder)) {
      removeStale(path, holder);
      continue;
    }
    if (!announced) onWait();
    announced = true;
    if (performance.now() > giveUpAt) {
      throw new Error(`process ${holder} still holds ${path}; end it, or delete that file`);
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
