import { Worker } from 'node:worker_threads';
import { STORE_MAX_DOCUMENTS, STORE_MAX_REQUESTS, asSeq } from '@munova/contracts';
import { commitOf, freshRoom, messageEntry, messages } from '@munova/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { appendErrorOf, chatErrorOf } from '../src/sqlite/failures.js';
import type { Failure } from '../src/sqlite/failures.js';
import { Health } from '../src/sqlite/health.js';
import { CallFailed, ThreadLink } from '../src/sqlite/thread-link.js';
import { recordingLog } from './support/store-place.js';
import type { Line } from './support/store-place.js';

/** Threads that take requests and never answer, or die of them. */
const SILENT = `require('node:worker_threads').parentPort.on('message', () => {})`;
const DYING = `require('node:worker_threads').parentPort.on('message', () => { throw new Error('the disk is gone') })`;

const failureOf = async (call: Promise<unknown>): Promise<Failure> => {
  const error: unknown = await call.then(
    () => 'it was answered',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(CallFailed);
  return (error as CallFailed).failure;
};

describe('the link to the store thread', { timeout: 20_000 }, () => {
  const workers: Worker[] = [];
  const lines: Line[] = [];
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.terminate();
    lines.length = 0;
  });
  const linkTo = (code: string): { readonly link: ThreadLink; readonly health: Health } => {
    const worker = new Worker(code, { eval: true });
    workers.push(worker);
    const health = new Health(recordingLog(lines), '/data');
    return { link: new ThreadLink(worker, health), health };
  };

  it('[S49] fails everything that waits when the thread dies, and everything after', async () => {
    const { link, health } = linkTo(DYING);
    const room = freshRoom();
    const append = failureOf(link.call('append', commitOf(messages(room, 1, 2)), 0));
    const read = failureOf(link.call('readAfter', room, asSeq(0), 10));
    expect(appendErrorOf(await append)).toMatchObject({ reason: 'unavailable', applied: 'unknown' });
    expect(chatErrorOf(await read)).toMatchObject({ code: 'unavailable' });

    const late = await failureOf(link.call('append', commitOf(messages(room, 1, 2)), 0));
    expect(appendErrorOf(late)).toMatchObject({ reason: 'unavailable', applied: 'no' });
    expect(await health.check(link)).toBe(false);
    expect(lines.find((line) => line.level === 'error')?.fields).toMatchObject({ detail: 'the disk is gone' });
    await link.close();
  });

  it('[S50] [I10] bounds the requests that wait: more are busy, and surely not applied', async () => {
    const { link, health } = linkTo(SILENT);
    const waiting = Array.from({ length: STORE_MAX_REQUESTS }, () => failureOf(link.call('allTags')));
    expect(chatErrorOf(await failureOf(link.call('allTags'))).code).toBe('busy');
    const append = await failureOf(link.call('append', commitOf(messages(freshRoom(), 1, 1)), 0));
    expect(appendErrorOf(append)).toMatchObject({ reason: 'unavailable', applied: 'no' });
    expect(await health.check(link)).toBe(false);
    await workers[0]?.terminate();
    expect((await Promise.all(waiting)).every((failure) => failure.kind === 'unavailable')).toBe(true);
  });

  it('[S50] [I10] bounds the documents that wait', async () => {
    const { link } = linkTo(SILENT);
    const size = 256;
    const commit = commitOf(Array.from({ length: size }, (_, i) => messageEntry({ room: freshRoom(), seq: i + 1 })));
    const full = Array.from({ length: STORE_MAX_DOCUMENTS / size }, () => failureOf(link.call('append', commit, 0)));
    const failure = await failureOf(link.call('append', commit, 0));
    expect(failure.kind).toBe('busy');
    await workers[0]?.terminate();
    await Promise.all(full);
  });
});
