/** The store's thread: it alone touches the database, so that an fsync stalls no socket. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.js';
import type { OpenDatabase } from './database.js';
import { StoreStartError } from '../start-error.js';
import { readsOf, tablesOf, writesOf } from './ops.js';
import type { FromThread, Request, StoreThreadOptions, ToThread } from './protocol.js';
import { RequestLoop } from './request-loop.js';
import { WriteGroup } from './write-group.js';

type Op = (...args: never[]) => unknown;

const performer =
  (ops: ReadonlyMap<string, Op>) =>
  ({ op, args }: Request): unknown => {
    const perform = ops.get(op);
    if (perform === undefined) throw new TypeError(`no such operation: ${op}`);
    // Both sides take their types from `Ops`; here the arguments are only passed on.
    return perform(...(args as never[]));
  };

const serve = ({ db, settings, close }: OpenDatabase, port: NonNullable<typeof parentPort>): void => {
  const post = (message: FromThread): void => port.postMessage(message);
  const tables = tablesOf(db, settings.schema);
  const reads = new Map<string, Op>(Object.entries(readsOf(tables)));
  const writes = writesOf(tables);
  const loop = new RequestLoop({
    isRead: (op) => reads.has(op),
    read: performer(reads),
    group: new WriteGroup(db, performer(new Map<string, Op>(Object.entries(writes))), writes.probe),
    answer: (replies, stats) => post({ type: 'replies', replies, stats }),
    defer: setImmediate,
  });
  port.on('message', (message: ToThread) => {
    if (message.type === 'requests') {
      loop.take(message.requests);
      return;
    }
    // Sent only when everything before it has been answered.
    close();
    port.close();
  });
  post({ type: 'ready', settings });
};

const start = (): void => {
  if (parentPort === null) throw new Error('the store thread was not started as a thread');
  try {
    serve(openDatabase(workerData as StoreThreadOptions), parentPort);
  } catch (error) {
    if (!(error instanceof StoreStartError)) throw error;
    const refused: FromThread = { type: 'refused', code: error.code, message: error.message };
    parentPort.postMessage(refused);
    parentPort.close();
  }
};

start();
