import { join } from 'node:path';
import { STORE_TURN_MAX_DOCUMENTS, STORE_TURN_MAX_READS, asSeq } from '@munova/contracts';
import { commitOf, freshRoom, messages } from '@munova/contracts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/sqlite/database.js';
import type { OpenDatabase } from '../src/sqlite/database.js';
import { readsOf, tablesOf, writesOf } from '../src/sqlite/ops.js';
import type { Reply, Request } from '../src/sqlite/protocol.js';
import { RequestLoop } from '../src/sqlite/request-loop.js';
import { WriteGroup } from '../src/sqlite/write-group.js';
import { makeFolder, removeFolder } from './support/store-place.js';

describe('[S55] the turns of the store thread', () => {
  let folder = '';
  let database: OpenDatabase;
  beforeEach(() => {
    folder = makeFolder();
    database = openDatabase({ folder: join(folder, 'data'), maxPages: null });
  });
  afterEach(() => {
    database.close();
    removeFolder(folder);
  });

  /** The loop over a real database, its turns run by hand. */
  const makeLoop = (): { readonly loop: RequestLoop; readonly answers: Reply[][]; readonly runAll: () => number } => {
    const tables = tablesOf(database.db, database.settings.schema);
    const [reads, writes] = [readsOf(tables), writesOf(tables)];
    const answers: Reply[][] = [];
    const tasks: (() => void)[] = [];
    const loop = new RequestLoop({
      isRead: (op) => op in reads,
      read: ({ args }) => reads.heads(args[0] as Parameters<typeof reads.heads>[0]),
      group: new WriteGroup(
        database.db,
        ({ args }) => writes.append(args[0] as Parameters<typeof writes.append>[0], 0),
        writes.probe,
      ),
      answer: (replies) => answers.push([...replies]),
      defer: (task) => tasks.push(task),
    });
    const runAll = (): number => {
      let turns = 0;
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        task();
        turns += 1;
      }
      return turns;
    };
    return { loop, answers, runAll };
  };

  const append = (id: number, documents: number): Request => ({
    id,
    op: 'append',
    args: [commitOf(messages(freshRoom(), 1, documents))],
  });

  it('answers writes behind one share of the reads, and reads behind one transaction', () => {
    const { loop, answers, runAll } = makeLoop();
    const reads = Array.from({ length: 3 * STORE_TURN_MAX_READS }, (_, i) => ({
      id: i,
      op: 'heads' as const,
      args: [[]],
    }));
    loop.take([...reads, append(1_000, 1), append(1_001, 1)]);
    expect(runAll()).toBe(3);
    expect(answers.map((replies) => replies.length)).toEqual([
      STORE_TURN_MAX_READS,
      2,
      STORE_TURN_MAX_READS,
      STORE_TURN_MAX_READS,
    ]);
    expect(answers.flat().every((reply) => reply.ok)).toBe(true);
  });

  it('bounds a transaction in documents, and keeps the order of the writes', () => {
    const { loop, answers, runAll } = makeLoop();
    const size = 256;
    const perGroup = STORE_TURN_MAX_DOCUMENTS / size;
    loop.take(Array.from({ length: perGroup + 1 }, (_, i) => append(i, size)));
    expect(runAll()).toBe(2);
    expect(answers.map((replies) => replies.length)).toEqual([perGroup, 1]);
    expect(answers.flat().map((reply) => reply.id)).toEqual(Array.from({ length: perGroup + 1 }, (_, i) => i));
  });

  it('reads see every transaction that was answered before them', () => {
    const { loop, answers, runAll } = makeLoop();
    const room = freshRoom();
    loop.take([{ id: 1, op: 'append', args: [commitOf(messages(room, 1, 2))] }]);
    runAll();
    loop.take([{ id: 2, op: 'heads', args: [[room]] }]);
    runAll();
    expect(answers[1]).toEqual([{ id: 2, ok: true, value: [[room, { seq: asSeq(2), n: 2 }]] }]);
  });
});
