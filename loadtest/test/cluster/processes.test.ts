/** Edges and actor nodes as processes: how they start, what they say, how they end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startRedis } from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster } from '../../driver/cluster.js';
import { tokenFor } from '../../driver/product.js';
import { rest } from '../../driver/rest.js';
import { until } from '../../driver/wait.js';
import { clusterOf, munova, sharedServers, startCluster } from './place.js';

const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: LIMIT_MS });
const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(await sharedServers());
}, SERVERS_TIMEOUT_MS);
afterAll(() => cluster.destroy());

describe('[P1] munova migrate', () => {
  it('[P1] changes nothing when it is done again', async () => {
    const first = await cluster.munova('migrate');
    expect(first).toMatch(/^migrated: schema \d+, 64 shards, generation \S+\n$/);
    expect(await cluster.munova('migrate')).toBe(first);
  });
});

describe('[P2] a process of a cluster', () => {
  it('[P2, O5] prints one ready line with its role, node and addresses, and logs JSON lines', () => {
    const http = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string;
    for (const member of cluster.members) {
      const { name: node, role, ready, log } = member;
      const addresses = role === 'edge' ? { ws: `${ready.http.replace('http', 'ws')}/ws`, tcp: ready.tcp } : {};
      expect(ready).toEqual({ role, node, pid: expect.any(Number) as number, http, ...addresses });
      const lines = log.trim().split('\n');
      expect(lines.filter((line) => line.startsWith('munova ready '))).toHaveLength(1);
      for (const line of lines)
        if (!line.startsWith('munova ')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });

  it('[P2, O8] answers healthz, readyz and metrics on its HTTP port', async () => {
    for (const { ready } of cluster.members) {
      for (const page of ['/healthz', '/readyz', '/metrics']) {
        expect((await fetch(`${ready.http}${page}`)).status, `${ready.node} ${page}`).toBe(200);
      }
    }
  });
});

describe('[P8] GET /admin/cluster', () => {
  it('[P8] shows on every process all nodes, and all shards with owner, epoch and lag', async () => {
    await until('every shard has an owner', LIMIT_MS, async () => {
      const { data } = await clusterOf(cluster, cluster.member('edge-1').ready.http);
      return data.shards.every(({ owner }) => owner !== null);
    });
    for (const { ready } of cluster.members) {
      const { data } = await clusterOf(cluster, ready.http);
      expect(data.nodes.map(({ name, role, status, address }) => ({ name, role, status, address }))).toEqual(
        cluster.members
          .map(({ name, role, ready: { http } }) => ({ name, role, status: 'live', address: http }))
          .sort((a, b) => a.name.localeCompare(b.name)),
      );
      expect(data.shards.map(({ shard }) => shard)).toEqual(Array.from({ length: 64 }, (_, i) => i));
      for (const { epoch, lag } of data.shards) {
        expect(epoch).toBeGreaterThan(0);
        expect(lag).toEqual({ entries: expect.any(Number) as number, bytes: expect.any(Number) as number });
      }
    }
  });

  it('[P8] is for admins', async () => {
    const { http } = cluster.member('actors-1').ready;
    const token = tokenFor(cluster.secret, { sub: 'minji' });
    expect(await rest(http, 'GET', '/admin/cluster', { token })).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await rest(http, 'GET', '/admin/cluster')).toMatchObject({ status: 401, code: 'unauthenticated' });
  });
});

describe('[P3] what cannot be used', () => {
  it.each(['edge', 'actors', 'migrate'])(
    '[P3] another shard count than the data was made with: %s',
    async (command) => {
      const { code, stderr } = await munova({ ...cluster.env, MUNOVA_SHARDS: '16' }, command);
      expect(code).toBe(78);
      expect(stderr).toMatch(/MUNOVA_SHARDS was given 16; allowed is 64/);
    },
  );

  it('[P3] a store that was not migrated', async () => {
    const { mongo } = await sharedServers();
    const url = mongo.replace('/?', '/never_migrated?');
    const { code, stderr } = await munova({ ...cluster.env, MUNOVA_MONGO_URL: url }, 'actors');
    expect(code).toBe(78);
    expect(stderr).toMatch(/--mongo was given .*never_migrated lacks .*munova migrate/);
  });

  it('[P3] a Redis that evicts, one with another password, and none of it shown', async () => {
    const picky = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    onTestFinished(() => picky.stop());
    const evicting = await munova({ ...cluster.env, MUNOVA_REDIS_URL: picky.url }, 'edge');
    expect(evicting.code).toBe(78);
    expect(evicting.stderr).toMatch(/--redis was given .*noeviction/);
    const url = picky.url.replace('//', '//shop:hunter2@');
    const wrong = await munova({ ...cluster.env, MUNOVA_REDIS_URL: url }, 'edge');
    expect(wrong.code).toBe(78);
    expect(wrong.stderr).toMatch(/does not accept the user or password/);
    expect(wrong.stderr).not.toContain('hunter2');
  });

  it('[P3] a URL that is none, without what it holds', async () => {
    const { code, stderr } = await munova({ ...cluster.env, MUNOVA_MONGO_URL: 'postgres://me:hunter2@x/' }, 'edge');
    expect(code).toBe(78);
    expect(stderr).toMatch(/MUNOVA_MONGO_URL was given \d+ bytes; allowed is mongodb:/);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('[P4] what cannot be reached', () => {
  it('[P4] is waited for, and served with as soon as it is there', async () => {
    const { mongo } = await sharedServers();
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await redis.primary.kill();
    const starting = startCluster({ redis: redis.url, mongo, edges: 1, actors: 1 });
    await redis.primary.start();
    expect((await starting).members.map(({ running }) => running)).toEqual([true, true]);
  });

  it('[P4] is told of in the log, and a signal ends the wait with 0', async () => {
    const env = { ...process.env, ...cluster.env, MUNOVA_REDIS_URL: 'redis://127.0.0.1:1' };
    const child = spawn(process.execPath, [MUNOVA, 'actors', '--http-port', '0'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stderr });
    for await (const line of lines) if (line.includes('Redis cannot be reached and is tried again')) break;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});

describe('[P5] an end', () => {
  it('[P5, O6] on SIGTERM an actor node hands its shards over and leaves, and so does an edge; both exit 0', async () => {
    const own = await startCluster();
    expect(await own.member('actors-1').terminate()).toEqual({ code: 0, signal: null });
    expect(await own.member('edge-1').terminate()).toEqual({ code: 0, signal: null });
    const { data } = await clusterOf(own, own.member('edge-2').ready.http);
    expect(data.nodes.map(({ name }) => name)).toEqual(['actors-2', 'edge-2']);
    const heir = data.nodes[0]?.node;
    await until('the other has every shard', LIMIT_MS, async () => {
      const { shards } = (await clusterOf(own, own.member('edge-2').ready.http)).data;
      return shards.every(({ owner }) => owner === heir);
    });
  });
});

describe('[P6] a process that others took for dead', () => {
  it('[P6] an actor node that was stopped too long exits 1 and says so, and starts again at once', async () => {
    const own = await startCluster({ edges: 1 });
    const victim = own.member('actors-1');
    victim.suspend();
    await until('it is marked dead', LIMIT_MS, async () => {
      const { nodes } = (await clusterOf(own, own.member('edge-1').ready.http)).data;
      return nodes.some(({ name, status }) => name === 'actors-1' && status === 'dead');
    });
    victim.resume();
    expect(await victim.whenExited()).toEqual({ code: 1, signal: null });
    expect(victim.log).toContain('this process was taken for dead');
    await victim.start();
    expect((await fetch(`${victim.ready.http}/readyz`)).status).toBe(200);
  });

  it('[P6] an edge joins again as another incarnation, and its clients stay', async () => {
    const own = await startCluster({ actors: 1 });
    const { http } = own.member('edge-2').ready;
    const mine = async (): Promise<string[]> =>
      (await clusterOf(own, http)).data.nodes.filter(({ name }) => name === 'edge-1').map(({ status }) => status);
    own.member('edge-1').suspend();
    await until('it is marked dead', LIMIT_MS, async () => (await mine()).includes('dead'));
    own.member('edge-1').resume();
    await until('it is a live member again', LIMIT_MS, async () => (await mine()).includes('live'));
    expect(own.member('edge-1').running).toBe(true);
  });
});

describe('[P7] two processes with one node id', () => {
  it('[P7] are told apart by their incarnations: both serve, one gets the shards, the later one says so', async () => {
    const own = await startCluster({ edges: 1, actors: 1 });
    const twin = await own.add('actors', {}, 'actors-1');
    expect(twin.log).toContain('a node of this name is there');
    const namesakes = async () => {
      const { nodes } = (await clusterOf(own, own.member('edge-1').ready.http)).data;
      return nodes.filter(({ name }) => name === 'actors-1');
    };
    await until('one of them has every shard', LIMIT_MS, async () =>
      (await namesakes()).some(({ shards }) => shards === 64),
    );
    const found = await namesakes();
    expect(found.map(({ status }) => status)).toEqual(['live', 'live']);
    expect(new Set(found.map(({ incarnation }) => incarnation)).size).toBe(2);
  });
});

describe('[P12] edges of one host', () => {
  it('[P12] listen on the same ports with MUNOVA_REUSE_PORT=1', async () => {
    const own = await startCluster({ edges: 0, actors: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'munova-reuse-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const first = await own.add('edge', { MUNOVA_REUSE_PORT: '1' });
    const { http, tcp = '' } = first.ready;
    const ports = { MUNOVA_HTTP_PORT: new URL(http).port, MUNOVA_TCP_PORT: new URL(`tcp://${tcp}`).port };
    const second = await own.add('edge', { MUNOVA_REUSE_PORT: '1', ...ports });
    expect(second.ready).toMatchObject({ http, tcp });
    const refused = await munova({ ...own.env, ...ports }, 'edge');
    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(/--http-port was given \d+ \(EADDRINUSE\)/);
  });
});

describe('[K1] an edge on a host with a low limit', () => {
  it('[K1] warns of it at start as a standalone process does', async () => {
    const prlimit = ['--nofile=1000:1000', process.execPath, MUNOVA, 'edge', '--http-port', '0', '--tcp-port', '0'];
    const child = spawn('prlimit', prlimit, {
      env: { ...process.env, ...cluster.env, MUNOVA_MAX_CONNECTIONS: '1000' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let warning = '{}';
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes('is below what MUNOVA_MAX_CONNECTIONS needs')) {
        warning = line;
        break;
      }
    }
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(JSON.parse(warning)).toMatchObject({ limit: 'open files', has: 1_000, needs: 1_256 });
    expect(await exit).toEqual([0, null]);
  });
});
