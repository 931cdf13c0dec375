import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer } from '@munova/servers';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

export interface StartedSentinel {
  readonly port: number;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** One sentinel that watches a primary under the name `shop`, and replaces it soon. */
export const startSentinel = async (primaryPort: number): Promise<StartedSentinel> => {
  const folder = mkdtempSync(join(tmpdir(), 'munova-sentinel-'));
  const [port, { path, env }] = [await freePort(), await findRedisServer()];
  const config = [
    `port ${String(port)}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor shop 127.0.0.1 ${String(primaryPort)} 1`,
    'sentinel down-after-milliseconds shop 500',
    'sentinel failover-timeout shop 3000',
  ];
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, config.join('\n'));
  const child = spawn(path, [file, '--sentinel'], { stdio: 'ignore', env: { ...env } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  try {
    // It fails over only to a replica that it knows.
    await vi.waitFor(async () => {
      const replicas = (await redis.call('SENTINEL', 'replicas', 'shop')) as unknown[];
      if (replicas.length === 0) throw new Error('the sentinel knows of no replica yet');
    }, 30_000);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    redis.disconnect();
  }
  return { port, stop };
};
