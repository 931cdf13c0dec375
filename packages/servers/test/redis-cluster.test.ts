import { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRedisCluster } from '@munova/servers';
import type { StartedRedisCluster } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';

/** Enough to form a cluster and to fail over, on a busy machine (milliseconds). */
const PATIENCE_MS = 60_000;

describe('[Y5] a Redis Cluster', { timeout: PATIENCE_MS }, () => {
  let cluster: StartedRedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, SERVERS_TIMEOUT_MS);
  afterAll(() => cluster.stop());

  const clients: Cluster[] = [];
  afterEach(() => clients.splice(0).forEach((client) => client.disconnect()));

  const connect = (): Cluster => {
    const client = new Cluster([...cluster.nodes], {
      slotsRefreshTimeout: PATIENCE_MS,
      clusterRetryStrategy: () => 50,
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };

  const rolesOf = async (client: Cluster): Promise<Map<string, string>> => {
    const lines = String(await client.cluster('NODES'))
      .trim()
      .split('\n');
    return new Map(lines.map((line) => [/:(\d+)@/.exec(line)?.[1] ?? '', line.split(' ')[2] ?? '']));
  };

  it('[Y5] has three masters with a replica each and serves every slot', async () => {
    const client = connect();
    const roles = await rolesOf(client);
    expect(roles.size).toBe(6);
    for (const { port } of cluster.masters) expect(roles.get(String(port))).toMatch(/master/);
    for (const { port } of cluster.replicas) expect(roles.get(String(port))).toMatch(/slave/);
    const keys = Array.from({ length: 200 }, (_, index) => `chat:{${index}}:in`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
    const used = await Promise.all(client.nodes('master').map((node) => node.dbsize()));
    expect(used.filter((size) => size > 0)).toHaveLength(3);
  });

  it('[Y5] answers CROSSSLOT to a command over two shards', async () => {
    await expect(connect().mget('chat:{1}:in', 'chat:{2}:in')).rejects.toThrow('CROSSSLOT');
  });

  it('[Y5] lets a replica take over from a killed master, and takes it back', async () => {
    const [master, replica] = [cluster.masters[0]!, cluster.replicas[0]!];
    await connect().set('chat:{a}:in', 'before');
    await master.kill();
    const roles = () => rolesOf(connect());
    await expect
      .poll(async () => (await roles()).get(String(replica.port)), { timeout: PATIENCE_MS })
      .toMatch(/master/);
    await master.start();
    await expect.poll(async () => (await roles()).get(String(master.port)), { timeout: PATIENCE_MS }).toMatch(/slave$/);
  });
});
