/**
 * The guard of one or more servers: a process of its own between them and whoever started them. Its standard input is
 * a pipe from the starter, which ends when the starter ends, however that happens.
 *
 * 1. When the pipe ends, every server is killed, then the folder removed, then the guard ends.
 * 2. Servers are signalled by the guard alone. It is their parent, so a pid that it signals is still theirs.
 * 3. A folder `<name>` for a server's data and its log `<name>.log` are in the guard's folder and live as long as it does.
 *
 * It is run by itself: it imports nothing but Node.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FromGuard, ServerCommand, ToGuard } from './guard-protocol.js';

const say = (message: FromGuard): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const folder = mkdtempSync(join(tmpdir(), 'munova-servers-'));
const servers = new Map<string, ChildProcess>();
let isEnding = false;

const endWhenAlone = (): void => {
  if (!isEnding || servers.size > 0) return;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
};

const start = (name: string, { path, args, env, stderr }: ServerCommand): void => {
  mkdirSync(join(folder, name), { recursive: true });
  const log = openSync(join(folder, `${name}.log`), 'a');
  const server = spawn(path, args, {
    cwd: join(folder, name),
    env,
    stdio: ['ignore', log, stderr === 'inherit' ? 'inherit' : log],
  });
  closeSync(log);
  const { pid } = server;
  server.once('error', ({ message }) => {
    if (pid === undefined) say({ event: 'failed', name, message });
  });
  if (pid === undefined) return;
  servers.set(name, server);
  server.once('exit', (code, signal) => {
    servers.delete(name);
    say({ event: 'exited', name, exit: { code, signal } });
    endWhenAlone();
  });
  say({ event: 'started', name, pid });
};

// The terminal's Ctrl-C and a supervisor's signals are the starter's to answer; the guard follows the pipe.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Nobody listens any more: the pipe has ended, too.
process.stdout.on('error', () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line) as ToGuard;
    if (message.op === 'start') start(message.name, message.command);
    else servers.get(message.name)?.kill(message.signal);
  })
  .on('close', () => {
    isEnding = true;
    for (const server of servers.values()) server.kill('SIGKILL');
    endWhenAlone();
  });

say({ event: 'ready', folder });
