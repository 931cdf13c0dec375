/**
 * A cluster of the product on this machine: edges and actor nodes as processes of their own, over given servers.
 *
 *   const servers = await startClusterServers();
 *   const cluster = await Cluster.start({ redis: servers.redis, mongo: servers.mongo });
 *   await cluster.member('actors-1').kill();      // or suspend, resume, terminate, start
 *   await cluster.stop();
 *   await servers.stop();
 *
 * 1. Every process is under a guard: it ends with whoever started the cluster, also when that one is killed.
 * 2. Each cluster has a database and a generation of its own, so that several can share their servers.
 * 3. A member keeps its ports over its starts.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  freePorts,
  Programs,
  startRedis,
  startRedisCluster,
  startReplicaSet,
  type Exit,
  type Program,
  type StartedRedis,
  type StartedRedisCluster,
  type StartedReplicaSet,
} from '@munova/servers';
import type { LinkTarget } from './link.js';

const MUNOVA = fileURLToPath(import.meta.resolve('munova/bin/munova.mjs'));
const READY = 'munova ready ';

export interface ServerOptions {
  /** Redis as a cluster of six processes. Default: one process. */
  readonly redisCluster?: boolean;
  /** Members of the replica set. Default: 3. */
  readonly members?: 1 | 3;
}

export interface ClusterServers {
  /** For `ClusterOptions`. */
  readonly redis: string;
  readonly mongo: string;
  /** Which of the two there is says which was asked for. */
  readonly redisServer: StartedRedis | null;
  readonly redisCluster: StartedRedisCluster | null;
  readonly replicaSet: StartedReplicaSet;
  stop(): Promise<void>;
}

/** Redis and MongoDB for clusters, found on this machine or fetched. @throws {ServerNotFound} */
export const startClusterServers = async (options: ServerOptions = {}): Promise<ClusterServers> => {
  const redis = options.redisCluster === true ? startRedisCluster() : startRedis();
  const set = startReplicaSet({ members: options.members ?? 3 });
  const stop = async (): Promise<void> => {
    const started = await Promise.allSettled([redis, set]);
    await Promise.all(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value.stop()] : [])));
  };
  try {
    const [startedRedis, replicaSet] = await Promise.all([redis, set]);
    const single = 'url' in startedRedis ? startedRedis : null;
    const cluster = 'url' in startedRedis ? null : startedRedis;
    return {
      redis: single?.url ?? redisClusterUrl(cluster?.nodes ?? []),
      mongo: replicaSet.uri,
      redisServer: single,
      redisCluster: cluster,
      replicaSet,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** For `ClusterOptions`. */
export const redisClusterUrl = (nodes: StartedRedisCluster['nodes']): string =>
  `redis://${nodes.map(({ host, port }) => `${host}:${String(port)}`).join(',')}`;

type Role = 'edge' | 'actors';

/** What a process printed when it could serve; an actor node takes no clients and has neither `ws` nor `tcp`. */
export interface MemberReady {
  readonly role: Role;
  readonly pid: number;
  readonly node: string;
  readonly http: string;
  readonly ws?: string;
  readonly tcp?: string;
}

export interface ClusterOptions {
  readonly redis: string;
  /** A replica set, without a database: one is made up. */
  readonly mongo: string;
  /** Default: 2. */
  readonly edges?: number;
  /** Default: 2. */
  readonly actors?: number;
  /** Variables of every process, secrets among them; those that are missing are made up. */
  readonly env?: Readonly<Record<string, string>>;
  /** `munova.mjs` of another build; this one's where absent. */
  readonly entry?: string;
  /** The processes log to this one's stderr, instead of into `ClusterMember.log`. */
  readonly inheritStderr?: boolean;
}

/** One process of a cluster, which can be harmed and started again. */
export class ClusterMember {
  readonly name: string;
  readonly role: Role;
  readonly #program: Program;

  constructor(role: Role, program: Program) {
    this.name = program.name;
    this.role = role;
    this.#program = program;
  }

  /** Of its last start. */
  get ready(): MemberReady {
    const line = readyLine(this.#program.output);
    if (line === undefined) throw new Error(`${this.name} was never ready`);
    return JSON.parse(line.slice(READY.length)) as MemberReady;
  }

  /** Of an edge, for a client. */
  get target(): LinkTarget {
    const { ws = '', tcp = '' } = this.ready;
    const { hostname, port } = new URL(`tcp://${tcp}`);
    return { ws, tcpHost: hostname, tcpPort: Number(port) };
  }

  get running(): boolean {
    return this.#program.pid !== undefined;
  }

  /** What it printed and logged so far, over all its starts. Gone with the cluster. */
  get log(): string {
    return this.#program.log;
  }

  /** Starts one that ended, on its former ports, and returns when it is ready. */
  start(): Promise<void> {
    return this.#program.start();
  }

  /** SIGKILL, and returns when it is gone. */
  kill(): Promise<Exit> {
    return this.#program.kill();
  }

  /** SIGTERM, and returns when it has drained. */
  terminate(): Promise<Exit> {
    return this.#program.terminate();
  }

  /** SIGSTOP. */
  suspend(): void {
    this.#program.suspend();
  }

  /** SIGCONT. */
  resume(): void {
    this.#program.resume();
  }

  whenExited(): Promise<Exit> {
    return this.#program.whenExited();
  }
}

export class Cluster {
  /** The variables that `munova` commands need to find this cluster. */
  readonly env: Readonly<Record<string, string>>;
  readonly members: ClusterMember[] = [];
  readonly #programs: Programs;
  readonly #made: Record<Role, number> = { edge: 0, actors: 0 };
  readonly #inheritStderr: boolean;
  readonly #entry: string;

  private constructor(programs: Programs, options: ClusterOptions) {
    const { redis, mongo, env = {}, inheritStderr = false, entry = MUNOVA } = options;
    this.#programs = programs;
    this.#entry = entry;
    this.#inheritStderr = inheritStderr;
    this.env = {
      MUNOVA_REDIS_URL: redis,
      MUNOVA_MONGO_URL: withDatabase(mongo, `munova_${randomBytes(6).toString('hex')}`),
      ...(env['MUNOVA_DATA_DIR'] === undefined && {
        MUNOVA_JWT_SECRET: randomBytes(32).toString('base64url'),
        MUNOVA_DEPLOYMENT_KEY: randomBytes(32).toString('base64url'),
      }),
      ...env,
    };
  }

  /** Migrates, then starts every process at once. @param onReady told of each as it gets ready */
  static async start(
    options: ClusterOptions,
    onReady: (ready: MemberReady) => void = () => undefined,
  ): Promise<Cluster> {
    const cluster = new Cluster(await Programs.open(), options);
    try {
      await cluster.munova('migrate');
      const roles: Role[] = [
        ...Array.from({ length: options.edges ?? 2 }, () => 'edge' as const),
        ...Array.from({ length: options.actors ?? 2 }, () => 'actors' as const),
      ];
      await Promise.all(roles.map(async (role) => onReady((await cluster.add(role)).ready)));
      return cluster;
    } catch (error) {
      await cluster.#programs.close();
      throw error;
    }
  }

  get edges(): readonly ClusterMember[] {
    return this.members.filter(({ role }) => role === 'edge');
  }

  get actors(): readonly ClusterMember[] {
    return this.members.filter(({ role }) => role === 'actors');
  }

  /** Of tokens; in the data folder where the processes share one. */
  get secret(): string {
    return this.env['MUNOVA_JWT_SECRET'] ?? '';
  }

  /** Of MongoDB; its own. */
  get database(): string {
    return /\/(\w+)(?:\?|$)/.exec(this.env['MUNOVA_MONGO_URL'] ?? '')?.[1] ?? '';
  }

  /** By `edge-1`, `actors-2`. */
  member(name: string): ClusterMember {
    const member = this.members.find((each) => each.name === name);
    if (member === undefined) throw new Error(`there is no ${name}`);
    return member;
  }

  /** One more process, ready when this resolves. @param env beside that of the cluster @param nodeId its name, unless it shall have another's */
  async add(role: Role, env: Readonly<Record<string, string>> = {}, nodeId?: string): Promise<ClusterMember> {
    this.#made[role] += 1;
    const name = `${role}-${String(this.#made[role])}`;
    const [http = 0, tcp = 0] = await freePorts(2);
    const program = this.#programs.program({
      name,
      args: [this.#entry, role, '--node-id', nodeId ?? name],
      env: { ...this.env, MUNOVA_HTTP_PORT: String(http), MUNOVA_TCP_PORT: String(tcp), ...env },
      inheritStderr: this.#inheritStderr,
      isReady: (output) => readyLine(output) !== undefined,
    });
    const member = new ClusterMember(role, program);
    this.members.push(member);
    await member.start();
    return member;
  }

  /** Runs a command of the product against this cluster. @returns what it printed */
  async munova(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.env };
    return (await promisify(execFile)(process.execPath, [this.#entry, ...args], { env })).stdout;
  }

  /** Drains everything, edges first: what they finish needs the actors. @returns the greatest exit code */
  async stop(): Promise<number> {
    const codes: number[] = [];
    for (const tier of [this.edges, this.actors]) {
      const exits = await Promise.all(tier.filter(({ running }) => running).map((member) => member.terminate()));
      codes.push(...exits.map(({ code }) => code ?? 1));
    }
    await this.#programs.close();
    return Math.max(0, ...codes);
  }

  /** Kills everything at once. */
  async destroy(): Promise<void> {
    await this.#programs.close();
  }
}

/** Once it is whole. */
const readyLine = (output: string): string | undefined =>
  output
    .split('\n')
    .slice(0, -1)
    .find((line) => line.startsWith(READY));

const withDatabase = (uri: string, database: string): string =>
  uri.replace(/^([^:]+:\/\/[^/?]+)\/?(\?|$)/, `$1/${database}$2`);
