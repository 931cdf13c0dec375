import { MongoServerError } from 'mongodb';
import mongoose, { type Connection } from 'mongoose';
import { StoreStartError } from '../start-error.js';
import { HEARTBEAT_MS, POOL_CONNECTIONS, SELECTION_MS, SOCKET_MS } from './limits.js';

/** Where the store is. */
export interface MongoPlace {
  /** `mongodb://…`, with every member of the set or with a DNS seed list. Never logged: it may hold a password. */
  readonly uri: string;
  readonly database: string;
}

/**
 * A connection to the primary of a replica set that has one.
 * @throws {StoreStartError} `unreachable`, `no-replica-set`, `failed`.
 */
export const connect = async ({ uri, database }: MongoPlace): Promise<Connection> => {
  const connection = mongoose.createConnection(uri, {
    dbName: database,
    // As operators tell the processes of a cluster apart on the server, where their URLs name them.
    ...(/[?&]appname=/i.test(uri) ? {} : { appName: 'munova' }),
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    retryReads: true,
    // What numbers writes, so that a second try is the same write and a late one can be fenced off (ADR 21).
    retryWrites: true,
    maxPoolSize: POOL_CONNECTIONS,
    serverSelectionTimeoutMS: SELECTION_MS,
    waitQueueTimeoutMS: SELECTION_MS,
    connectTimeoutMS: SELECTION_MS,
    socketTimeoutMS: SOCKET_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    ignoreUndefined: true,
  });
  try {
    await connection.asPromise();
    await expectReplicaSet(connection, database);
    return connection;
  } catch (error) {
    await connection.close();
    throw startErrorOf(error, database);
  }
};

const expectReplicaSet = async (connection: Connection, database: string): Promise<void> => {
  const hello = await connection.getClient().db('admin').command({ hello: 1 });
  if (typeof hello['setName'] === 'string') return;
  throw new StoreStartError(
    'no-replica-set',
    `The MongoDB server of database ${database} is no member of a replica set, and one that stands alone cannot ` +
      'promise that a receipt is durable. Start it with --replSet and initiate the set; one member is enough to try things out.',
  );
};

/** Names of the driver's errors where nobody answered, or who answered has gone. */
const AWAY = /ServerSelection|Network|Timeout|PoolCleared/;

/** https://github.com/mongodb/mongo/blob/r6.0.5/src/mongo/base/error_codes.yml */
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;

/** Nothing of the server's own words, which hold the whole command. */
export const forbidden = (database: string): StoreStartError =>
  new StoreStartError(
    'failed',
    `The user may not read and write the MongoDB database ${database}. Give it the role readWrite there.`,
  );

export const startErrorOf = (error: unknown, database: string): StoreStartError => {
  if (error instanceof StoreStartError) return error;
  if (error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED) {
    return new StoreStartError('failed', `MongoDB does not accept the user or password for database ${database}.`);
  }
  if (error instanceof MongoServerError && error.code === UNAUTHORIZED) return forbidden(database);
  const detail = error instanceof Error ? error.message.replace(/\.+$/, '') : String(error);
  const code = error instanceof Error && AWAY.test(error.name) ? 'unreachable' : 'failed';
  return new StoreStartError(code, `The MongoDB database ${database} did not open: ${detail}.`);
};
