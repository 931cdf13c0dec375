/** Bad days at the start: servers that are not there, that let nobody in, or that are not what they should be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  freePorts,
  startLoneMongod,
  startReplicaSet,
  type StartedMongod,
  type StartedReplicaSet,
} from '@munova/servers';
import { SERVERS_TIMEOUT_MS } from '@munova/servers/testing';
import { munova, sharedServers, startCluster } from './place.js';

vi.setConfig({ testTimeout: 60_000 });
const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));

const SECRETS = { MUNOVA_JWT_SECRET: 'a'.repeat(48), MUNOVA_DEPLOYMENT_KEY: 'a'.repeat(64) };
const NOWHERE = 'redis://127.0.0.1:1';

describe('[P20] a MongoDB that is not there yet', () => {
  it('[P20, P4] is waited for by a process that has nothing else open, and a signal ends the wait with 0', async () => {
    const env = { ...process.env, ...SECRETS, MUNOVA_REDIS_URL: NOWHERE, MUNOVA_MONGO_URL: 'mongodb://127.0.0.1:1/' };
    const args = [MUNOVA, 'actors', '--http-port', '0'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    const lines = createInterface({ input: child.stderr });
    for await (const line of lines) {
      expect(line).toContain('MongoDB cannot be reached and is tried again');
      expect(line).toContain('ECONNREFUSED 127.0.0.1:1');
      break;
    }
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('[P20, P4] is served with as soon as it is there', async () => {
    const set = await startReplicaSet({ members: 1 });
    onTestFinished(() => set.stop());
    const { redis } = await sharedServers();
    await set.members[0]?.kill();
    const starting = startCluster({ redis, mongo: set.uri, edges: 1, actors: 1 });
    await set.members[0]?.start();
    expect((await starting).members.map(({ running }) => running)).toEqual([true, true]);
  });

  it('[P20] ends a command that waits for nothing with what, where and what to do', async () => {
    const [port = 0] = await freePorts(1);
    const url = `mongodb://127.0.0.1:${String(port)}/shop`;
    const { code, stderr } = await munova({ ...SECRETS, MUNOVA_REDIS_URL: NOWHERE, MUNOVA_MONGO_URL: url }, 'status');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /MongoDB was not reached .* database shop .*ECONNREFUSED 127\.0\.0\.1:\d+\. Start it, or say/,
    );
  });
});

describe('[P21] a MongoDB that asks for users', () => {
  let set: StartedReplicaSet;
  let env: Record<string, string>;
  const urlOf = (user: string, database = 'shop'): string =>
    set.uri.replace(/\/\/.*@/, user === '' ? '//' : `//${user}@`).replace('/?', `/${database}?authSource=admin&`);

  beforeAll(async () => {
    set = await startReplicaSet({ members: 1, rootPassword: 'sesame' });
    const root = await new MongoClient(set.uri).connect();
    const create = (name: string, role: string): Promise<unknown> =>
      root.db('admin').command({ createUser: name, pwd: 'hunter2', roles: [{ role, db: 'shop' }] });
    await create('writer', 'readWrite');
    await create('reader', 'read');
    await root.close();
    env = { ...SECRETS, MUNOVA_REDIS_URL: (await sharedServers()).redis };
    expect((await munova({ ...env, MUNOVA_MONGO_URL: urlOf('writer:hunter2') }, 'migrate')).code).toBe(0);
  }, SERVERS_TIMEOUT_MS);
  afterAll(() => set.stop());

  it.each(['migrate', 'actors', 'edge'])(
    '[P21, P3] a wrong password ends %s at once, and is not shown',
    async (command) => {
      const { code, stderr } = await munova({ ...env, MUNOVA_MONGO_URL: urlOf('writer:letmein') }, command);
      expect(stderr).toMatch(/--mongo was given "mongodb:.*does not accept the user or password for database shop\.\n/);
      expect(stderr).not.toContain('letmein');
      expect(code).toBe(78);
    },
  );

  it('[P21, P3] no user at all is refused by what it lacks', async () => {
    const { code, stderr } = await munova({ ...env, MUNOVA_MONGO_URL: urlOf('') }, 'actors');
    expect(stderr).toMatch(/--mongo was given .*may not read and write .*shop\. Give it the role readWrite/);
    expect(code).toBe(78);
  });

  it.each(['migrate', 'actors', 'edge'])('[P21, P3] a user that only reads ends %s at once', async (command) => {
    const { code, stderr } = await munova({ ...env, MUNOVA_MONGO_URL: urlOf('reader:hunter2') }, command);
    expect(stderr).toMatch(/--mongo was given .*may not read and write .*shop\. Give it the role readWrite/);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(78);
  });
});

describe('[P3] a mongod on its own', () => {
  let alone: StartedMongod;
  beforeAll(async () => {
    alone = await startLoneMongod();
  }, SERVERS_TIMEOUT_MS);
  afterAll(() => alone.stop());

  it.each(['migrate', 'actors', 'edge'])('[P3] ends %s at once with what to do', async (command) => {
    const { code, stderr } = await munova(
      { ...SECRETS, MUNOVA_REDIS_URL: NOWHERE, MUNOVA_MONGO_URL: alone.uri },
      command,
    );
    expect(stderr).toMatch(/--mongo was given .*no member of a replica set.*Start it with --replSet/);
    expect(code).toBe(78);
  });
});
