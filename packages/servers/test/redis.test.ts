import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerStartError, findRedisServer, startRedis } from '@munova/servers';
import type { RedisOptions } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { isAlive, stateOf } from './support/alive.js';

/** Enough for some servers to start, on a busy machine (milliseconds). */
const PATIENCE_MS = 60_000;

beforeAll(() => findRedisServer(), SERVERS_TIMEOUT_MS);

const toEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
});

const start = async (options?: RedisOptions) => {
  const redis = await startRedis(options);
  toEnd.push(redis.stop);
  return redis;
};

const connect = (port: number): Redis => {
  const client = new Redis({ host: '127.0.0.1', port });
  client.on('error', () => undefined);
  toEnd.push(() => client.disconnect());
  return client;
};

describe('[Y4] a Redis of its own', { timeout: PATIENCE_MS }, () => {
  it('[Y4] is of version 7 or newer and evicts nothing', async () => {
    const { primary, replica } = await start();
    const client = connect(primary.port);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(Number(/redis_version:(\d+)/.exec(await client.info('server'))?.[1])).toBeGreaterThanOrEqual(7);
    expect(replica).toBeUndefined();
  });

  it('[Y4] is another one for every start', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.url).not.toBe(second.url);
    await connect(first.primary.port).set('key', 'first');
    expect(await connect(second.primary.port).get('key')).toBeNull();
  });

  it.each([
    { appendonly: false, found: null },
    { appendonly: true, found: 'kept' },
  ])('[Y4] after a kill, with appendonly $appendonly, has $found', async ({ appendonly, found }) => {
    const { primary } = await start({ appendonly });
    const { pid } = primary;
    await connect(primary.port).set('key', 'kept');
    await primary.kill();
    expect(isAlive(pid)).toBe(false);
    expect(primary.pid).toBeUndefined();
    await primary.start();
    expect(primary.pid).not.toBe(pid);
    expect(await connect(primary.port).get('key')).toBe(found);
  });

  it('[Y4] has its replica in step', async () => {
    const { primary, replica } = await start({ replica: true });
    const client = connect(primary.port);
    await client.set('key', 'value');
    expect(await client.wait(1, 10_000)).toBe(1);
    expect(await connect(replica!.port).get('key')).toBe('value');
  });

  it('[Y4] answers nothing while it is suspended, and goes on when it is resumed', async () => {
    const { primary } = await start();
    const client = connect(primary.port);
    await client.ping();
    primary.suspend();
    let hasAnswered = false;
    const answer = client.incr('key').then((value) => {
      hasAnswered = true;
      return value;
    });
    await expect.poll(() => stateOf(primary.pid)).toBe('T');
    expect(hasAnswered).toBe(false);
    primary.resume();
    expect(await answer).toBe(1);
  });

  it('[Y9] that does not come up is an error with the end of its log, and nothing is left of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'munova-wrong-'));
    toEnd.push(() => rmSync(folder, { recursive: true }), vi.unstubAllEnvs);
    vi.stubEnv('TMPDIR', folder);
    const wrong = startRedis({ settings: { 'maxmemory-policy': 'whatever' } });
    await expect(wrong).rejects.toBeInstanceOf(ServerStartError);
    await expect(wrong).rejects.toThrow(/maxmemory-policy/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('[Y7] stopping', { timeout: PATIENCE_MS }, () => {
  it('[Y7] ends what was started, removes its folder, and leaves another alone', async () => {
    const other = await start();
    const redis = await startRedis({ replica: true });
    const pids = [redis.primary.pid, redis.replica?.pid];
    const { folder } = redis.primary;
    expect(pids.every(isAlive)).toBe(true);
    expect(existsSync(folder)).toBe(true);
    await redis.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    await redis.stop();
    expect(await connect(other.primary.port).ping()).toBe('PONG');
  });

  it('[Y7] ends a suspended one too', async () => {
    const redis = await startRedis();
    const { pid } = redis.primary;
    redis.primary.suspend();
    await redis.stop();
    expect(isAlive(pid)).toBe(false);
  });
});
