/**
 * The driver's errors as failures of the seam. Whatever is not surely something else is `network`: nobody
 * knows. So is a missing primary: where the driver tries a write a second time and finds none, it
 * throws just as if it had never sent the first (`executeOperationWithRetries`, mongodb 7.8).
 * Server codes: https://github.com/mongodb/mongo/blob/r6.0.5/src/mongo/base/error_codes.yml
 */
import { MongoBulkWriteError, MongoError, MongoServerError, MongoWriteConcernError } from 'mongodb';
import { BY_ID, MongoFailure, type MongoFailureKind } from '../mongo-core/index.js';

const DUPLICATE = 11_000;

const KINDS: ReadonlyMap<unknown, MongoFailureKind> = new Map<unknown, MongoFailureKind>([
  [13, 'forbidden'], // Unauthorized
  [64, 'write-concern'], // WriteConcernFailed
  [100, 'write-concern'], // UnsatisfiableWriteConcern
  [225, 'superseded'], // TransactionTooOld
  [50, 'time-out'], // MaxTimeMSExpired
  [262, 'time-out'], // ExceededTimeLimit
  [91, 'not-primary'], // ShutdownInProgress
  [189, 'not-primary'], // PrimarySteppedDown
  [10_058, 'not-primary'], // LegacyNotPrimary
  [10_107, 'not-primary'], // NotWritablePrimary
  [11_600, 'not-primary'], // InterruptedAtShutdown
  [11_602, 'not-primary'], // InterruptedDueToReplStateChange
  [13_435, 'not-primary'], // NotPrimaryNoSecondaryOk
  [13_436, 'not-primary'], // NotPrimaryOrSecondary
]);

/** A fault of ours, which is no `MongoError`, comes back as it is. */
export const failureOf = (error: unknown): unknown => {
  if (error instanceof MongoBulkWriteError) return bulkFailureOf(error);
  if (!(error instanceof MongoError)) return error;
  if (error.code === DUPLICATE) return duplicateOf(error.message, 0);
  if (error instanceof MongoWriteConcernError) return new MongoFailure('write-concern', error.message);
  return new MongoFailure(KINDS.get(error.code) ?? otherKindOf(error), error.message);
};

const otherKindOf = (error: MongoError): MongoFailureKind =>
  error instanceof MongoServerError && !error.hasErrorLabel('RetryableWriteError') ? 'failed' : 'network';

const bulkFailureOf = (error: MongoBulkWriteError): MongoFailure => {
  // Ordered: the first complaint is the only one.
  const [complaint] = [error.writeErrors].flat();
  if (complaint?.code === DUPLICATE) return duplicateOf(complaint.errmsg ?? error.message, complaint.index);
  if (complaint !== undefined) return new MongoFailure('failed', complaint.errmsg ?? error.message);
  if (error.result.getWriteConcernError() !== undefined) return new MongoFailure('write-concern', error.message);
  const isOfServer = typeof error.code === 'number';
  return new MongoFailure(KINDS.get(error.code) ?? (isOfServer ? 'failed' : 'network'), error.message);
};

/** Whether every complaint of an unordered batch is that of a unique index. */
export const isDuplicatesAlone = (error: unknown): boolean =>
  error instanceof MongoBulkWriteError &&
  error.result.getWriteConcernError() === undefined &&
  [error.writeErrors].flat().length > 0 &&
  [error.writeErrors].flat().every(({ code }) => code === DUPLICATE);

const duplicateOf = (message: string, position: number): MongoFailure => {
  const index = / index: (\S+) dup key/.exec(message)?.[1] ?? BY_ID;
  return new MongoFailure('duplicate', `a ${index} is taken`, { index, position });
};
