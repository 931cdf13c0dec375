/** What operators do with a cluster: look at it, drain a node, start all of it by one command. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { Cluster, type MemberReady } from '../../driver/cluster.js';
import { tokenFor } from '../../driver/product.js';
import { rest } from '../../driver/rest.js';
import { until } from '../../driver/wait.js';
import { WireClient } from '../../driver/wire-client.js';
import { clusterOf, munova, sharedServers, type ClusterBody } from './place.js';

const LIMIT_MS = 90_000;
vi.setConfig({ testTimeout: LIMIT_MS });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(await sharedServers());
}, SERVERS_TIMEOUT_MS);
afterAll(() => cluster.destroy());

const statusOf = async (member: string): Promise<number> =>
  (await fetch(`${cluster.member(member).ready.http}/readyz`)).status;
const shardsOf = async (name: string): Promise<number> => {
  const { nodes } = (await clusterOf(cluster, cluster.member('edge-1').ready.http)).data;
  return nodes.find((node) => node.name === name)?.shards ?? 0;
};

describe('[P9] munova status', () => {
  it('[P9] prints the table once where stdout is no terminal, and JSON when asked', async () => {
    const table = await cluster.munova('status');
    expect(table).toMatch(/^generation \S+, 64 shards/);
    for (const { name, role } of cluster.members) expect(table).toMatch(new RegExp(`^${name} +${role} +live `, 'm'));
    const report = JSON.parse(await cluster.munova('status', '--json')) as ClusterBody;
    expect(report.shards).toHaveLength(64);
    expect(report.nodes.map(({ name }) => name)).toEqual(['actors-1', 'actors-2', 'edge-1', 'edge-2']);
  });

  it('[P9] waits for nothing', async () => {
    const away = await munova({ ...cluster.env, MUNOVA_REDIS_URL: 'redis://127.0.0.1:1' }, 'status');
    expect(away.code).toBe(1);
    expect(away.stderr).toMatch(/Redis was not reached/);
  });
});

describe('[P10] munova drain', () => {
  it('[P10] of nobody says who there is', async () => {
    const { code, stderr } = await munova(cluster.env, 'drain', 'actors-7');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no node actors-7; there are actors-1, actors-2, edge-1, edge-2/);
  });

  it('[P10] of an edge closes its connections; it stays up, unready', async () => {
    const { target } = cluster.member('edge-2');
    const client = await WireClient.ws(target);
    await client.connect(tokenFor(cluster.secret, { sub: 'minji' }));
    const progress = await cluster.munova('drain', 'edge-2');
    expect(progress).toMatch(/edge-2: has nothing left/);
    expect((await client.end()).code).toBe(1012);
    expect(await statusOf('edge-2')).toBe(503);
    expect(cluster.member('edge-2').running).toBe(true);
    expect(await cluster.member('edge-2').terminate()).toEqual({ code: 0, signal: null });
  });

  it('[P10] of an actor node hands its shards to the others while it serves; it stays up, unready', async () => {
    await until(
      'both have shards',
      LIMIT_MS,
      async () => (await shardsOf('actors-1')) * (await shardsOf('actors-2')) > 0,
    );
    const progress = await cluster.munova('drain', 'actors-1');
    expect(progress).toMatch(/actors-1: \d+ shards left[\s\S]*actors-1: has nothing left/);
    expect(await shardsOf('actors-1')).toBe(0);
    expect(await statusOf('actors-1')).toBe(503);
    expect(cluster.member('actors-1').running).toBe(true);
    await until('the other has all', LIMIT_MS, async () => (await shardsOf('actors-2')) === 64);
  });

  it('[P10] of the last actor node is refused, and nothing happens to it', async () => {
    const { code, stderr } = await munova(cluster.env, 'drain', 'actors-2');
    expect(code).toBe(1);
    expect(stderr).toMatch(/actors-2 is the only live actor node/);
    expect(await statusOf('actors-2')).toBe(200);
  });
});

const MAIN = fileURLToPath(new URL('../../dist/driver/cluster-main.js', import.meta.url));
interface Whole {
  readonly role: 'cluster';
  readonly nodes: readonly MemberReady[];
  readonly redis: string;
  readonly mongo: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Everything beneath this process, itself left out. */
const descendants = (pid: number): number[] => {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return below(pid);
};
const alive = (pids: readonly number[]): number[] =>
  pids.filter((pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  });

const startWhole = async (...args: string[]): Promise<{ child: ChildProcess; lines: string[]; whole: Whole }> => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes('"role":"cluster"')) break;
  }
  return { child, lines, whole: JSON.parse((lines.at(-1) ?? '').slice('munova ready '.length)) as Whole };
};

describe('[P11] npm run cluster', () => {
  it('[P11] passes on every ready line, ends with one of all, and SIGINT ends exactly that with 0', async () => {
    const { child, lines, whole } = await startWhole('--actors', '1');
    expect(lines).toHaveLength(4);
    const said = lines.slice(0, -1).map((line) => JSON.parse(line.slice('munova ready '.length)) as MemberReady);
    expect(new Set(said.map(({ node }) => node))).toEqual(new Set(['edge-1', 'edge-2', 'actors-1']));
    expect(new Set(whole.nodes)).toEqual(new Set(said));
    const { stdout } = await munova(whole.env, 'token', '--sub', 'root', '--role', 'admin');
    const http = whole.nodes[0]?.http ?? '';
    expect(await rest(http, 'GET', '/admin/cluster', { token: stdout.trim() })).toMatchObject({ status: 200 });
    const pids = descendants(child.pid ?? 0);
    expect(pids.length).toBeGreaterThanOrEqual(7);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(alive(pids)).toEqual([]);
    // Whoever else started clusters keeps theirs.
    expect(cluster.member('actors-2').running).toBe(true);
  });

  it('[P11] leaves nothing behind when it is killed', async () => {
    const { child } = await startWhole('--edges', '1', '--actors', '1');
    const pids = descendants(child.pid ?? 0);
    child.kill('SIGKILL');
    await until('everything is gone', LIMIT_MS, () => alive(pids).length === 0);
  });

  it('[P11] refuses what it does not know, with 78', async () => {
    const child = spawn(process.execPath, [MAIN, '--edges', 'many'], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([78, null]);
  });
});
