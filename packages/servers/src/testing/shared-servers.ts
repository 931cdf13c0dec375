/**
 * Servers that all test files of one vitest run share. They live in the runner's process; test files, in processes of
 * their own, ask for them over HTTP.
 *
 * 1. A server is started when it is first asked for, once, and all are given the same.
 * 2. `stop` ends what was started, also what is only being started.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRedis } from '../redis.js';
import { startRedisCluster } from '../redis-cluster.js';
import { startReplicaSet } from '../replica-set.js';

interface Shared {
  /** What is told to the test files. */
  readonly told: object;
  readonly stop: () => Promise<void>;
}

export type SharedPath = '/redis' | '/redis-cluster' | '/replica-set';

const STARTS: Readonly<Record<SharedPath, () => Promise<Shared>>> = {
  '/redis': async () => {
    const { url, primary, stop } = await startRedis();
    return { told: { url, port: primary.port }, stop };
  },
  '/redis-cluster': async () => {
    const { nodes, stop } = await startRedisCluster();
    return { told: { nodes }, stop };
  },
  '/replica-set': async () => {
    const { uri, stop } = await startReplicaSet({ members: 1 });
    return { told: { uri }, stop };
  },
};

/** Begins to answer. `url` is for `ask`, in whichever process. */
export const shareServers = async (): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const started = new Map<string, Promise<Shared>>();
  const answer = async (path: string): Promise<[status: number, body: string]> => {
    const start = STARTS[path as SharedPath] as (() => Promise<Shared>) | undefined;
    if (start === undefined) return [404, `there is no shared ${path}`];
    const server = started.get(path) ?? start();
    started.set(path, server);
    try {
      return [200, JSON.stringify((await server).told)];
    } catch (error) {
      return [500, error instanceof Error ? error.message : String(error)];
    }
  };
  const http = createServer((request, response) => {
    void answer(request.url ?? '').then(([status, body]) => response.writeHead(status).end(body));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    stop: async () => {
      http.close();
      http.closeAllConnections();
      const servers = await Promise.allSettled(started.values());
      await Promise.all(servers.flatMap((server) => (server.status === 'fulfilled' ? [server.value.stop()] : [])));
    },
  };
};

/** Asks for a shared server. @throws with what kept it from starting */
export const ask = async (url: string, path: SharedPath): Promise<unknown> => {
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
