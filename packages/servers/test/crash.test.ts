import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findMongod, findRedisServer } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { isAlive } from './support/alive.js';

const STARTER = new URL('./support/starter.ts', import.meta.url).pathname;
const PATIENCE_MS = 60_000;

beforeAll(() => Promise.all([findRedisServer(), findMongod()]), SERVERS_TIMEOUT_MS);

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('[Y8] a starter that is killed', () => {
  it.each([
    { whom: 'it alone', target: (pid: number) => pid },
    { whom: 'its whole process group', target: (pid: number) => -pid },
  ])('[Y8] leaves no server and no folder behind: $whom', { timeout: PATIENCE_MS }, async ({ target }) => {
    folder = mkdtempSync(join(tmpdir(), 'munova-crash-'));
    const starter = spawn(process.execPath, [STARTER], {
      detached: true,
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
    const pids = JSON.parse(line) as number[];
    expect(pids).toHaveLength(3);
    expect(pids.every(isAlive)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(2);
    process.kill(target(starter.pid!), 'SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { timeout: PATIENCE_MS }).toEqual([]);
    await expect.poll(() => readdirSync(folder), { timeout: PATIENCE_MS }).toEqual([]);
  });
});
