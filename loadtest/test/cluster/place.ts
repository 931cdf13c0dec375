/** Clusters over the servers that the run shares. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MongoClient, type Db } from 'mongodb';
import { onTestFinished } from 'vitest';
import { shardKeys } from '@munova/bus';
import { asGeneration, asShardId } from '@munova/contracts';
import { sharedRedis, sharedReplicaSet } from '@munova/servers/testing';
import { Cluster, type ClusterMember, type ClusterOptions } from '../../driver/cluster.js';
import { tokenFor, type Claims } from '../../driver/product.js';
import { rest, restData, type RestAnswer, type RestOptions } from '../../driver/rest.js';
import { WireClient, type EntryBody } from '../../driver/wire-client.js';

/** A command that serves where it should have ended is ended by then. */
const COMMAND_MS = 30_000;
const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));

export const sharedServers = async (): Promise<{ redis: string; mongo: string }> => {
  const [redis, set] = await Promise.all([sharedRedis(), sharedReplicaSet()]);
  return { redis: redis.url, mongo: set.uri };
};

/** A cluster of its own, ended with the test. */
export const startCluster = async (options: Partial<ClusterOptions> = {}): Promise<Cluster> => {
  const cluster = await Cluster.start({ ...(await sharedServers()), ...options });
  onTestFinished(() => cluster.destroy());
  return cluster;
};

export interface ClusterBody {
  readonly generation: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly name: string;
    readonly incarnation: string;
    readonly role: string;
    readonly status: string;
    readonly address: string | null;
    readonly shards: number;
  }[];
  readonly shards: readonly {
    readonly shard: number;
    readonly owner: string | null;
    readonly epoch: number;
    readonly lag: { readonly entries: number; readonly bytes: number } | null;
  }[];
}

/** `/admin/cluster` as one process shows it. */
export const clusterOf = (cluster: Cluster, http: string): Promise<RestAnswer<ClusterBody>> =>
  rest<ClusterBody>(http, 'GET', '/admin/cluster', {
    token: tokenFor(cluster.secret, { sub: 'root', role: 'admin' }),
  });

/** Exit code and words of a command that may fail; its own variables only. */
export const munova = (
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: COMMAND_MS, killSignal: 'SIGKILL' as const };
    execFile(process.execPath, [MUNOVA, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? error?.signal ?? 0, stdout, stderr });
    });
  });

/** A call at an edge as somebody. @returns `data` @throws where it is refused */
export const callAs = <T>(
  cluster: Cluster,
  who: Claims,
  method: string,
  path: string,
  { edge = 'edge-1', ...options }: Omit<RestOptions, 'token'> & { readonly edge?: string } = {},
): Promise<T> =>
  restData<T>(cluster.member(edge).ready.http, method, path, { ...options, token: tokenFor(cluster.secret, who) });

let groups = 0;

/** A group room of `owner`; its id, which follows from the owner, the order of calls and the deployment key. */
export const groupOf = async (cluster: Cluster, owner: Claims): Promise<string> => {
  groups += 1;
  const body = { chatName: `모임 ${String(groups)}`, maxParticipants: 100, productCategoryId: [] };
  const call = { body, idempotencyKey: `group-${String(groups)}` };
  return (await callAs<{ roomId: string }>(cluster, owner, 'POST', '/api/chat/group', call)).roomId;
};

/** The first 200 entries of a room. */
export const historyOf = async (cluster: Cluster, who: Claims, room: string): Promise<readonly EntryBody[]> => {
  const path = `/api/chat/messages/${room}?after=0&limit=200`;
  return (await callAs<{ items: EntryBody[] }>(cluster, who, 'GET', path)).items;
};

/** The texts of a room's messages, of its first 200 entries. */
export const contentsIn = async (cluster: Cluster, who: Claims, room: string): Promise<readonly unknown[]> =>
  (await historyOf(cluster, who, room)).filter(({ kind }) => kind === 'message').map(({ content }) => content);

/** What a process shows of itself; 0 where it does not show it. @param name with its labels, if it has any */
export const metricOf = async ({ ready }: ClusterMember, name: string): Promise<number> => {
  const lines = (await (await fetch(`${ready.http}/metrics`)).text()).split('\n');
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
};

/** Of a process's log, the lines with these words. */
export const linesOf = ({ log }: ClusterMember, words: string): readonly Record<string, unknown>[] =>
  log
    .split('\n')
    .filter((line) => line.includes(words))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The key of a shard's stream in Redis. */
export const streamKeyOf = async (cluster: Cluster, shard: number): Promise<string> => {
  const { data } = await clusterOf(cluster, cluster.member('edge-1').ready.http);
  return shardKeys(asGeneration(data.generation), asShardId(shard)).in;
};

/** What the cluster stores, past the product. `client` is the caller's to close. */
export const databaseOf = async (cluster: Cluster): Promise<{ client: MongoClient; db: Db }> => {
  const url = cluster.env['MUNOVA_MONGO_URL'] ?? '';
  const client = await new MongoClient(url).connect();
  return { client, db: client.db(new URL(url).pathname.slice(1)) };
};

/** Connected to an edge over TCP, and hearing refusals. */
export const personAt = async (cluster: Cluster, who: Claims, edge = 'edge-1'): Promise<WireClient> => {
  const client = await WireClient.tcp(cluster.member(edge).target);
  const connected = await client.connect(tokenFor(cluster.secret, who));
  const heard = await client.ask('SUBSCRIBE', { destination: '/user/queue/errors', id: 'err' });
  if (connected.command !== 'CONNECTED' || heard.command !== 'RECEIPT') throw new Error(JSON.stringify(heard));
  return client;
};
