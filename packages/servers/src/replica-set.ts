import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { Document } from 'mongodb';
import { placesOfThisProcess } from './config.js';
import type { Places } from './config.js';
import { ServerStartError } from './errors.js';
import type { Binary } from './find/find.js';
import { find } from './find/find.js';
import { mongodRecipe } from './find/mongod.js';
import type { Guard } from './guarded.js';
import { FORM_TIMEOUT_MS, PROBE_TIMEOUT_MS } from './limits.js';
import { freePorts } from './ports.js';
import { ServerProcess, underGuard } from './server-process.js';
import { until } from './wait.js';

/** The name of every replica set: each has its own ports, so that none is taken for another. */
const SET_NAME = 'rs0';

export interface ReplicaSetOptions {
  /** 1 starts fastest and has majorities too; 3 can lose one. Default: 3. */
  readonly members?: 1 | 3;
  /** How long members wait for a silent primary before they elect another (milliseconds). Default: MongoDB's, 10,000. */
  readonly electionTimeoutMs?: number;
  /** Lets in nobody but users, of whom there is one, `root`, with this password; `uri` names it. Default: lets in all. */
  readonly rootPassword?: string;
  /** Further arguments of every `mongod`. */
  readonly args?: readonly string[];
}

/** A running replica set, with test commands (`configureFailPoint`) enabled. */
export interface StartedReplicaSet {
  /** For a driver: all members and the set's name, no database. */
  readonly uri: string;
  readonly members: readonly ServerProcess[];
  /** The member that serves as primary just now; waits for one. (One that was suspended holds itself for primary until it hears.) */
  readonly primary: () => Promise<ServerProcess>;
  /** Makes the primary step down for so long (seconds, default 10), and returns when it is not primary any more. */
  readonly stepDown: (seconds?: number) => Promise<void>;
  /** Sends a command to one member, by a connection of its own to it alone. @param database default: `admin` */
  readonly command: (member: ServerProcess, command: Document, database?: string) => Promise<Document>;
  /** Kills all of it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Finds `mongod` 6 or newer on this machine, or fetches it. @throws {ServerNotFound} */
export const findMongod = (places: Places = placesOfThisProcess()): Promise<Binary> => find(mongodRecipe, places);

interface CommandOptions {
  /** As it stands in a URI; without it only what everybody may. */
  readonly root?: string;
  readonly database?: string | undefined;
}

const commandOf = async (
  port: number,
  command: Document,
  { root = '', database = 'admin' }: CommandOptions = {},
): Promise<Document> => {
  const client = new MongoClient(`mongodb://${root}127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: PROBE_TIMEOUT_MS,
    connectTimeoutMS: PROBE_TIMEOUT_MS,
    maxPoolSize: 1,
  });
  try {
    return await client.db(database).command(command);
  } finally {
    await client.close();
  }
};

const answersPing = async (port: number): Promise<boolean> => (await commandOf(port, { ping: 1 }))['ok'] === 1;

const isPrimary = async (port: number): Promise<boolean> =>
  (await commandOf(port, { hello: 1 }))['isWritablePrimary'] === true;

const memberProcess = (guard: Guard, binary: Binary, name: string, port: number, more: readonly string[]) => {
  const args = [
    ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', '.', '--nounixsocket'],
    ...['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '256'],
    ...['--setParameter', 'enableTestCommands=1', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...more,
  ];
  return new ServerProcess(guard, { name, port, binary, args, answers: answersPing });
};

/** The first to say that it is primary: one that does not answer is not waited for. */
const waitForPrimary = async (members: readonly ServerProcess[]): Promise<ServerProcess> => {
  let primary: ServerProcess | undefined;
  await until('a primary of the replica set', FORM_TIMEOUT_MS, async () => {
    const looks = members.map(async (member) => {
      if (member.pid === undefined || !(await isPrimary(member.port))) throw new Error(`${member.name} is not primary`);
      return member;
    });
    primary = await Promise.any(looks);
    return true;
  });
  if (primary === undefined) throw new ServerStartError('the replica set has no primary');
  return primary;
};

const stepDownPrimary = async (members: readonly ServerProcess[], seconds: number, root: string): Promise<void> => {
  const { port } = await waitForPrimary(members);
  const isAlone = members.length === 1;
  // Unforced, it hands over to a member that has all it has, and that one need not wait for its election time-out.
  const secondaryCatchUpPeriodSecs = isAlone ? 0 : Math.ceil(seconds / 2);
  await commandOf(port, { replSetStepDown: seconds, secondaryCatchUpPeriodSecs, force: isAlone }, { root });
  await until('a primary that has stepped down', FORM_TIMEOUT_MS, async () => !(await isPrimary(port)));
};

const rootIn = ({ rootPassword }: ReplicaSetOptions): string =>
  rootPassword === undefined ? '' : `root:${encodeURIComponent(rootPassword)}@`;

/** Arguments that make members ask for users, and know one another. */
const withUsers = (folder: string): readonly string[] => {
  const file = join(folder, 'set.key');
  writeFileSync(file, randomBytes(96).toString('base64'), { mode: 0o600 });
  return ['--auth', '--keyFile', file];
};

const form = async (members: readonly ServerProcess[], options: ReplicaSetOptions): Promise<void> => {
  const { electionTimeoutMs, rootPassword } = options;
  const [first] = members;
  if (first === undefined) throw new ServerStartError('a replica set needs a member');
  await commandOf(first.port, {
    replSetInitiate: {
      _id: SET_NAME,
      members: members.map(({ port }, index) => ({ _id: index, host: `127.0.0.1:${port}` })),
      ...(electionTimeoutMs !== undefined && { settings: { electionTimeoutMillis: electionTimeoutMs } }),
    },
  });
  // Nobody has to wait for a primary that was never there.
  await until('the first election of the replica set', FORM_TIMEOUT_MS, async () => {
    if (await isPrimary(first.port)) return true;
    // Nobody may ask for it where there are no users yet: a set of one elects itself at once.
    if (rootPassword === undefined) await commandOf(first.port, { replSetStepUp: 1 });
    return isPrimary(first.port);
  });
  if (rootPassword !== undefined)
    await commandOf(first.port, { createUser: 'root', pwd: rootPassword, roles: ['root'] });
  await until('all members of the replica set in step', FORM_TIMEOUT_MS, async () => {
    const { members: states } = (await commandOf(first.port, { replSetGetStatus: 1 }, { root: rootIn(options) })) as {
      members: { state: number }[];
    };
    return states.every(({ state }) => state === 1 || state === 2);
  });
};

/**
 * Starts a MongoDB replica set of its own on free ports of the loopback interface. It ends with the process that
 * started it.
 *
 * @throws {ServerNotFound} where there is no `mongod` and none can be fetched
 * @throws {ServerStartError} where it does not come up
 */
export const startReplicaSet = async (options: ReplicaSetOptions = {}): Promise<StartedReplicaSet> => {
  const binary = await findMongod();
  return underGuard(async (guard) => {
    const ports = await freePorts(options.members ?? 3);
    const root = rootIn(options);
    const users = options.rootPassword === undefined ? [] : withUsers(guard.folder);
    const args = ['--replSet', SET_NAME, ...users, ...(options.args ?? [])];
    const members = ports.map((port, index) => memberProcess(guard, binary, `mongod-${index}`, port, args));
    await Promise.all(members.map((member) => member.start()));
    await form(members, options);
    return {
      uri: `mongodb://${root}${ports.map((port) => `127.0.0.1:${port}`).join(',')}/?replicaSet=${SET_NAME}`,
      members,
      primary: () => waitForPrimary(members),
      stepDown: (seconds = 10) => stepDownPrimary(members, seconds, root),
      command: (member, command, database) => commandOf(member.port, command, { root, database }),
      stop: () => guard.close(),
    };
  });
};

/** A `mongod` that is no member of a set, as nobody should run it. */
export interface StartedMongod {
  /** For a driver, without a database. */
  readonly uri: string;
  readonly stop: () => Promise<void>;
}

/** Starts one as `startReplicaSet` does. @throws as that */
export const startLoneMongod = async (): Promise<StartedMongod> => {
  const binary = await findMongod();
  return underGuard(async (guard) => {
    const [port = 0] = await freePorts(1);
    await memberProcess(guard, binary, 'mongod', port, []).start();
    return { uri: `mongodb://127.0.0.1:${port}/`, stop: () => guard.close() };
  });
};
