import { once } from 'node:events';
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { SERVERS_TIMEOUT_MS, sharedRedis, sharedReplicaSet } from '@munova/servers/testing';
import { ask, shareServers } from '../src/testing/shared-servers.js';

describe('[Y12] servers that test files share', { timeout: SERVERS_TIMEOUT_MS }, () => {
  let redis: Awaited<ReturnType<typeof sharedRedis>>;
  let set: Awaited<ReturnType<typeof sharedReplicaSet>>;
  beforeAll(async () => {
    [redis, set] = await Promise.all([sharedRedis(), sharedReplicaSet()]);
  }, SERVERS_TIMEOUT_MS);

  it('[Y12] are the same for everyone who asks', async () => {
    expect(await Promise.all([sharedRedis(), sharedRedis()])).toEqual([redis, redis]);
    expect(await sharedReplicaSet()).toEqual(set);
  });

  it('[Y12] serve', async () => {
    const client = new Redis(redis.url);
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    const mongo = new MongoClient(set.uri);
    expect(await mongo.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
    await mongo.close();
  });

  it('[Y12] end with the run', async () => {
    const { url, stop } = await shareServers();
    const { port } = (await ask(url, '/redis')) as { port: number };
    await stop();
    const socket = connect({ host: '127.0.0.1', port });
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
    await expect(ask(url, '/redis')).rejects.toThrow();
  });
});
