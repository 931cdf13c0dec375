import {
  asEpoch,
  asRoomId,
  asSeq,
  asUserId,
  HEARTBEAT_MS,
  HEARTBEATS_MISSED,
  MAX_CONCURRENT_SUFFIX_READS,
  SUFFIX_PAGE_ENTRIES,
  WATCH_ANNOUNCE_MS,
  WATCH_LINGER_MS,
} from '@munova/contracts';
import type { Entry } from '@munova/contracts';
import { departureEntry, messageEntry, messages } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { HubBench, Reader, ROOM, SHARD } from './hub-bench.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const departure = (seq: number, userId: string, kind: 'left' | 'kicked' = 'left'): Entry =>
  departureEntry(kind, ROOM, seq, userId);

const redaction = (seq: number, target: number): Entry => ({
  ...messageEntry({ room: ROOM, seq, type: null, content: null }),
  kind: 'redacted',
  data: { targetSeq: asSeq(target) },
});

describe('a watched room', () => {
  let bench: HubBench;
  beforeEach(() => {
    bench = new HubBench();
  });

  it('[I5] [D1] delivers the suffix, then what is live', async () => {
    bench.log.entries = [...messages(ROOM, 1, 10)];
    const reader = new Reader();
    bench.join(reader, 4, 10);
    bench.live(messages(ROOM, 11, 12));
    expect(reader.seqs).toEqual([]);
    await bench.runtime.advance(100);
    expect(reader.seqs).toEqual(range(5, 12));
    bench.live(messages(ROOM, 13, 13));
    expect(reader.seqs).toEqual(range(5, 13));
    expect(bench.log.reads).toEqual([4]);
  });

  it('[D5] serves whoever is a little behind from memory', () => {
    bench.join(new Reader(), 0, 0);
    bench.live(messages(ROOM, 1, 200));
    const reader = new Reader();
    bench.join(reader, 5, 200);
    expect(reader.seqs).toEqual(range(6, 200));
    expect(bench.log.reads).toEqual([]);
  });

  it('[D5] drops repeats, and reads what the fan-out lost', async () => {
    bench.log.entries = [...messages(ROOM, 1, 9)];
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.live(messages(ROOM, 1, 3));
    bench.live(messages(ROOM, 1, 2));
    const late = new Reader();
    bench.join(late, 0, 3);
    expect([late.seqs, bench.log.reads]).toEqual([[1, 2, 3], []]);
    bench.live(messages(ROOM, 7, 8));
    await bench.runtime.advance(100);
    bench.live(messages(ROOM, 9, 9));
    expect(reader.seqs).toEqual(range(1, 9));
  });

  it('[D5] finds a lost tail when heads are compared', async () => {
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.log.entries = [...messages(ROOM, 1, 3)];
    await bench.runtime.advance(WATCH_ANNOUNCE_MS - 1);
    expect(reader.seqs).toEqual([]);
    await bench.runtime.advance(100);
    expect(reader.seqs).toEqual([1, 2, 3]);
  });

  it('[D12] reads each page once for all who wait, one at a time', async () => {
    bench.log.entries = [...messages(ROOM, 1, 1_000)];
    const readers = [0, 0, 0, 100, 300, 900].map((cursor) => {
      const reader = new Reader();
      bench.join(reader, cursor, 1_000);
      return { reader, cursor };
    });
    await bench.runtime.advance(1_000);
    for (const { reader, cursor } of readers) expect(reader.seqs).toEqual(range(cursor + 1, 1_000));
    expect(bench.log.mostOpen).toBe(1);
    expect(bench.log.reads).toHaveLength(Math.ceil(1_000 / SUFFIX_PAGE_ENTRIES));
  });

  it('[D12] reads no more rooms at once than the edge allows', async () => {
    bench.log.delay = () => 50;
    const readers = Array.from({ length: 40 }, (_, i) => {
      const room = asRoomId(`room-${String(i)}`);
      bench.log.entries.push(...messages(room, 1, 3));
      const reader = new Reader({ room });
      bench.join(reader, 0, 3);
      return reader;
    });
    await bench.runtime.advance(1_000);
    expect(bench.log.mostOpen).toBe(MAX_CONCURRENT_SUFFIX_READS);
    for (const reader of readers) expect(reader.seqs).toEqual([1, 2, 3]);
  });

  it('[D12] tries a failed read again', async () => {
    bench.log.entries = [...messages(ROOM, 1, 5)];
    bench.log.delay = () => (bench.log.reads.length < 4 ? -1 : 1);
    const reader = new Reader();
    bench.join(reader, 0, 5);
    await bench.runtime.advance(10_000);
    expect(reader.seqs).toEqual(range(1, 5));
    expect(bench.faults).toBe(3);
  });

  it('[D12] goes on with the others when serving one fails, and reads again for whoever comes', async () => {
    bench.log.entries = [...messages(ROOM, 1, 5)];
    const [bad, good, late] = [new Reader(), new Reader(), new Reader()];
    bad.onDeliver = () => {
      throw new Error('cannot be encoded');
    };
    for (const reader of [bad, good]) bench.join(reader, 0, 5);
    await bench.runtime.advance(100);
    expect([bad.seqs, bad.hasFailed, good.seqs, bench.faults]).toEqual([[1], true, range(1, 5), 1]);
    bench.join(late, 0, 5);
    await bench.runtime.advance(100);
    expect([late.seqs, late.hasFailed, bad.seqs]).toEqual([range(1, 5), false, [1]]);
  });

  it('[D5] goes on with the others when delivering live to one fails', () => {
    const [bad, good] = [new Reader(), new Reader()];
    bad.onDeliver = () => {
      throw new Error('cannot be encoded');
    };
    for (const reader of [bad, good]) bench.join(reader, 0, 0);
    bench.live(messages(ROOM, 1, 3));
    expect([bad.seqs, bad.hasFailed, good.seqs, bench.faults]).toEqual([[1], true, [1, 2, 3], 1]);
  });

  it('[D11] keeps only the cursor of who cannot take more, and goes on from it', async () => {
    bench.log.entries = [...messages(ROOM, 1, 2_000)];
    const [slow, quick] = [new Reader(), new Reader()];
    bench.join(slow, 0, 0);
    bench.join(quick, 0, 0);
    slow.onDeliver = () => (slow.hasRoom = slow.got.length < 10);
    for (let seq = 1; seq <= 2_000; seq += 100) bench.live(messages(ROOM, seq, seq + 99));
    expect(slow.seqs).toEqual(range(1, 10));
    expect(quick.seqs).toEqual(range(1, 2_000));
    slow.onDeliver = () => undefined;
    slow.hasRoom = true;
    bench.hubs.acquire(ROOM).pump(slow.subscription);
    await bench.runtime.advance(1_000);
    expect(slow.seqs).toEqual(range(1, 2_000));
  });

  it('[D6] ends a subscription behind its own departure, and no other', () => {
    const [minji, bob, admin] = [new Reader(), new Reader({ user: asUserId('bob') }), new Reader()];
    admin.readsAlways = true;
    for (const reader of [minji, bob, admin]) bench.join(reader, 0, 0);
    bench.live([departure(1, 'minji', 'kicked'), ...messages(ROOM, 2, 3)]);
    expect(minji.seqs).toEqual([1]);
    expect([minji.hasEnded, bob.hasEnded, admin.hasEnded]).toEqual([true, false, false]);
    expect(bob.seqs).toEqual([1, 2, 3]);
    expect(admin.seqs).toEqual([1, 2, 3]);
  });

  it('[D6] takes a departure from before admission for history', async () => {
    bench.log.entries = [departure(1, 'minji'), ...messages(ROOM, 2, 3)];
    const reader = new Reader();
    bench.join(reader, 0, 3);
    await bench.runtime.advance(100);
    expect(reader.seqs).toEqual([1, 2, 3]);
    expect(reader.hasEnded).toBe(false);
  });

  it('[D7] blanks a redacted entry in the ring', () => {
    bench.join(new Reader(), 0, 0);
    bench.live([...messages(ROOM, 1, 3), redaction(4, 2)]);
    const reader = new Reader();
    bench.join(reader, 0, 4);
    expect(reader.got.map((e) => e.content === null)).toEqual([false, true, false, true]);
  });

  it('[D7] gives no body from the ring once the head shows that a redaction may have been lost', async () => {
    const [first, second, third] = messages(ROOM, 1, 3);
    const blank = { type: null, content: null, redacted: true };
    bench.log.entries = [first!, { ...second!, ...blank }, third!, redaction(4, 2)] as Entry[];
    bench.join(new Reader(), 0, 0);
    bench.live(messages(ROOM, 1, 3));
    const reader = new Reader();
    bench.join(reader, 0, 4);
    await bench.runtime.advance(100);
    expect(reader.got.map((e) => [e.seq, e.content === null])).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, true],
    ]);
  });

  it('[D7] blanks it in a page that was on its way', async () => {
    bench.log.entries = [...messages(ROOM, 1, 3)];
    bench.log.delay = () => 50;
    const reader = new Reader();
    bench.join(reader, 0, 3);
    await bench.runtime.advance(10);
    bench.live([redaction(4, 2)]);
    await bench.runtime.advance(100);
    expect(reader.got.map((e) => [e.seq, e.content === null, e.redacted])).toEqual([
      [1, false, false],
      [2, true, true],
      [3, false, false],
      [4, true, false],
    ]);
  });

  it('[D8] gives the old destination messages only', () => {
    const reader = new Reader({ kind: 'topic' });
    bench.join(reader, 0, 0);
    bench.live([messageEntry({ room: ROOM, seq: 1 }), departure(2, 'bob'), messageEntry({ room: ROOM, seq: 3 })]);
    expect(reader.seqs).toEqual([1, 3]);
  });

  it('[D13] is un-watched a while after the last subscriber left, unless one came back', async () => {
    const { hubs } = bench;
    hubs.acquire(ROOM);
    hubs.acquire(ROOM);
    hubs.release(ROOM);
    await bench.runtime.advance(WATCH_LINGER_MS * 2);
    expect(hubs.size).toBe(1);
    hubs.release(ROOM);
    await bench.runtime.advance(WATCH_LINGER_MS - 1);
    hubs.acquire(ROOM);
    hubs.release(ROOM);
    await bench.runtime.advance(WATCH_LINGER_MS - 1);
    expect([hubs.size, bench.posted.filter((f) => f.frame === 'unwatch')]).toEqual([1, []]);
    await bench.runtime.advance(1);
    expect(hubs.size).toBe(0);
    expect(bench.posted.at(-1)).toEqual({ frame: 'unwatch', rooms: [ROOM] });
  });

  it('[D21] reads what a heartbeat shows to be missing, and takes no notice of other rooms', async () => {
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.log.entries = [...messages(ROOM, 1, 3)];
    bench.beat({
      heads: [
        [asRoomId('elsewhere'), asSeq(9)],
        [ROOM, asSeq(3)],
      ],
    });
    await bench.runtime.advance(10);
    expect(reader.seqs).toEqual([1, 2, 3]);
    bench.log.entries = [...messages(ROOM, 1, 4)];
    bench.beat({ epoch: asEpoch(0), heads: [[ROOM, asSeq(4)]] });
    await bench.runtime.advance(10);
    expect([reader.seqs, bench.log.reads]).toEqual([[1, 2, 3], [0]]);
  });

  it('[D20] takes entries whatever their epoch', () => {
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.hubs.onEpoch(SHARD, asEpoch(7));
    bench.hubs.onEpoch(SHARD, asEpoch(3));
    bench.live(messages(ROOM, 1, 2));
    expect(reader.seqs).toEqual([1, 2]);
  });

  it('[D23] is announced and compared after the fan-out was reconnected', async () => {
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.log.entries = [...messages(ROOM, 1, 3)];
    bench.hubs.onReconnect();
    await bench.runtime.advance(100);
    expect([reader.seqs, bench.posted]).toEqual([[1, 2, 3], [{ frame: 'announce', rooms: [ROOM] }]]);
  });

  it('[D22] is announced and compared once its shard is silent and the subscription renewed', async () => {
    const reader = new Reader();
    bench.join(reader, 0, 0);
    bench.log.entries = [...messages(ROOM, 1, 3)];
    let renewals = 0;
    bench.renew = async () => void renewals++;
    bench.beating = false;
    await bench.runtime.advance((HEARTBEATS_MISSED + 2) * HEARTBEAT_MS);
    expect([renewals, bench.silences, reader.seqs]).toEqual([1, 1, [1, 2, 3]]);
    expect(bench.posted).toEqual([{ frame: 'announce', rooms: [ROOM] }]);
  });

  it('[D13] is announced again every 30 s, and not when nobody is left', async () => {
    bench.hubs.acquire(ROOM);
    await bench.runtime.advance(WATCH_ANNOUNCE_MS * 2);
    expect(bench.posted).toEqual([
      { frame: 'announce', rooms: [ROOM] },
      { frame: 'announce', rooms: [ROOM] },
    ]);
    bench.hubs.release(ROOM);
    await bench.runtime.advance(WATCH_ANNOUNCE_MS * 3);
    expect(bench.posted.filter((f) => f.frame === 'announce')).toHaveLength(2);
    bench.close();
    expect(bench.runtime.pendingTimers).toBe(0);
  });
});
