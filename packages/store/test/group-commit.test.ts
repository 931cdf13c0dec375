import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asRoomId, asSeq } from '@munova/contracts';
import type { AppendError } from '@munova/contracts';
import { commitOf, freshRoom, freshUser, messageEntry, messages } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import { useBench } from './support/store-place.js';

const MANY = 500;

describe('group commit', { timeout: 20_000 }, () => {
  const bench = useBench();
  const numbers = Array.from({ length: MANY }, (_, i) => i);

  it('[S45] appends begun in one turn share few transactions', async () => {
    const store = await bench.open();
    const before = store.stats();
    await Promise.all(numbers.map(() => store.log.append(commitOf([messageEntry({ room: freshRoom(), seq: 1 })]))));
    const after = store.stats();
    expect(after.writes - before.writes).toBe(MANY);
    expect(after.transactions - before.transactions).toBeLessThanOrEqual(2);
  });

  it('[S45] all kinds of writes share transactions', async () => {
    const store = await bench.open();
    const before = store.stats();
    const room = freshRoom();
    await Promise.all([
      store.log.append(commitOf(messages(room, 1, 3))),
      store.readMarks.advance([{ room, user: freshUser(), mark: { seq: asSeq(3), n: 3 } }]),
      store.names.reserve('운동화 모임', room, 0),
      store.deployment.nextEpoch(),
      store.log.barrier(),
    ]);
    expect(store.stats().transactions - before.transactions).toBeLessThanOrEqual(2);
  });

  it('[S46] [I1] a conflict refuses its own append and no other of the group', async () => {
    const store = await bench.open();
    const taken = freshRoom();
    await store.log.append(commitOf(messages(taken, 1, 2)));
    const rooms = numbers.map(freshRoom);
    const appends = rooms.map((room, i) =>
      // Every tenth comes too late for its second room; what it brings to the first must go as well.
      store.log.append(commitOf([...messages(room, 1, 2), ...(i % 10 === 0 ? messages(taken, 2, 2) : [])])),
    );
    const results = await Promise.allSettled(appends);
    const heads = await store.log.heads([...rooms, taken]);
    for (const [i, room] of rooms.entries()) {
      expect(results[i]?.status).toBe(i % 10 === 0 ? 'rejected' : 'fulfilled');
      expect(heads.get(room)?.seq).toBe(i % 10 === 0 ? undefined : 2);
    }
    expect(heads.get(taken)?.seq).toBe(2);
    const refusals = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as AppendError] : []));
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ name: 'AppendError', reason: 'conflict', applied: 'no', room: taken });
    }
  });

  it('[S47] [I4] what resolved is committed: another connection reads it', async () => {
    const store = await bench.open();
    const other = new DatabaseSync(join(bench.folder, 'munova.db'), { readOnly: true });
    const head = other.prepare('SELECT max(seq) AS head FROM messages WHERE room = ?');
    const rooms = ['a', 'b', 'c'].map(asRoomId);
    for (let seq = 1; seq <= 20; seq++) {
      await Promise.all(
        rooms.map(async (room) => {
          await store.log.append(commitOf([messageEntry({ room, seq })]));
          expect(head.get(room)?.['head']).toBeGreaterThanOrEqual(seq);
        }),
      );
    }
    other.close();
  });

  it('[S54] closing finishes what was begun, and moves all of it into the database file', async () => {
    const store = await bench.open();
    const rooms = numbers.map(freshRoom);
    const begun = rooms.map((room) => store.log.append(commitOf([messageEntry({ room, seq: 1 })])));
    const closed = store.close();
    await expect(store.log.append(commitOf(messages(freshRoom(), 1, 1)))).rejects.toMatchObject({ applied: 'no' });
    await Promise.all(begun);
    await closed;
    const file = new DatabaseSync(`file:${join(bench.folder, 'munova.db')}?immutable=1`);
    expect(file.prepare('SELECT count(*) AS entries FROM messages').get()).toMatchObject({ entries: MANY });
    file.close();
  });
});
