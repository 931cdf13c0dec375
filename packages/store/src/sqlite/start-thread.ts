import { Worker } from 'node:worker_threads';
import { detailOf } from './failures.js';
import type { DatabaseSettings } from './database.js';
import type { FromThread, StoreThreadOptions } from './protocol.js';
import { StoreStartError } from '../start-error.js';

/**
 * The built file, from `src` and `dist` alike: threads load plain JavaScript only, so whoever runs
 * this package from its sources builds it first (`npm test` does).
 */
const THREAD_FILE = new URL('../../dist/sqlite/worker.js', import.meta.url);

/** Resolves when the database is open. @throws {StoreStartError} */
export const startThread = async (
  options: StoreThreadOptions,
): Promise<{ readonly worker: Worker; readonly settings: DatabaseSettings }> => {
  const worker = new Worker(THREAD_FILE, { name: 'store', workerData: options, execArgv: [] });
  try {
    return { worker, settings: await settingsFrom(worker, options.folder) };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
};

const settingsFrom = (worker: Worker, folder: string): Promise<DatabaseSettings> =>
  new Promise((resolve, reject) => {
    const fail = (detail: string): void =>
      reject(new StoreStartError('failed', `The store in ${folder} did not open: ${detail}.`));
    const onError = (error: unknown): void => fail(detailOf(error));
    const onExit = (): void => fail('its thread ended');
    worker.once('error', onError);
    worker.once('exit', onExit);
    worker.once('message', (message: FromThread) => {
      worker.off('error', onError);
      worker.off('exit', onExit);
      if (message.type === 'ready') resolve(message.settings);
      else if (message.type === 'refused') reject(new StoreStartError(message.code, message.message));
      else fail('its thread answered before it was ready');
    });
  });
