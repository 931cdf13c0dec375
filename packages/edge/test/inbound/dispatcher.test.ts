import {
  asRoomId,
  asSeq,
  asGeneration,
  MAX_BATCH_BYTES,
  MAX_BATCH_FRAMES,
  OUTCOME_PATIENCE_MS,
  RATE_PATIENCE_MS,
  REPLY_TIMEOUT_MAX_MS,
  REST_REPLY_DEADLINE_MS,
} from '@munova/contracts';
import type { SessionId } from '@munova/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { cmidsOf, commandsOf, DispatcherBench, later, logged, message, ROOM, SESSION } from './fake-shard.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${String(i + 1)}`);

describe('the dispatcher', () => {
  let bench: DispatcherBench;
  const { actor } = message('m0');
  beforeEach(() => {
    bench = new DispatcherBench();
  });
  const settle = () => bench.runtime.settle();
  const last = () => bench.shard.batches.at(-1);

  it('[E21] sends what one turn submitted as one batch, and the rest when that is answered', async () => {
    const first = bench.submit(['m1', 'm2']);
    await settle();
    const second = bench.submit(['m3', 'm4']);
    await settle();
    expect(bench.shard.batches.map(cmidsOf)).toEqual([['m1', 'm2']]);
    bench.replyAll(last());
    await settle();
    expect(first.of).toEqual({ m1: 'logged 1', m2: 'logged 2' });
    expect(bench.shard.batches.map(cmidsOf)).toEqual([
      ['m1', 'm2'],
      ['m3', 'm4'],
    ]);
    bench.replyAll(last(), 3);
    await settle();
    expect(second.of).toEqual({ m3: 'logged 3', m4: 'logged 4' });
    expect(bench.runtime.pendingTimers).toBe(0);
    expect(bench.dispatcher.pending).toBe(0);
  });

  it('[E21] keeps rooms and sessions apart', async () => {
    bench.submit(['m1']);
    bench.submit(['m2'], {}, 's2' as SessionId);
    bench.submit(['m3'], {}, SESSION, asRoomId('room-2'));
    await settle();
    expect(bench.shard.batches.map(cmidsOf)).toEqual([['m1'], ['m2'], ['m3']]);
  });

  it('[P15] tells of each batch how long it took into the inbox, and from there to its last answer', async () => {
    bench.submit(['m1', 'm2']);
    await settle();
    const [first, second] = commandsOf(last());
    await bench.runtime.advance(30);
    if (first) bench.reply(first, logged(1));
    await bench.runtime.advance(5);
    expect([bench.appendedAfter, bench.answeredAfter]).toEqual([[0], []]);
    if (second) bench.reply(second, logged(2));
    expect([bench.appendedAfter, bench.answeredAfter]).toEqual([[0], [35]]);
  });

  it('[E25] appends what one turn has for a shard by one call', async () => {
    for (let i = 0; i < 10; i++) bench.submit(['m1'], {}, `s${String(i)}` as SessionId);
    await settle();
    expect(bench.shard.calls).toEqual([10]);
  });

  it('[I10] [E21] bounds a batch in commands and in bytes', async () => {
    bench.submit(numbered(MAX_BATCH_FRAMES + 1));
    await settle();
    expect(cmidsOf(last())).toHaveLength(MAX_BATCH_FRAMES);
    const big = new DispatcherBench();
    for (const cmid of numbered(12)) void big.dispatcher.submit(SESSION, message(cmid, ROOM, '"'.repeat(8_000)));
    await big.runtime.settle();
    const sent = big.shard.batches.at(-1);
    expect(cmidsOf(sent).length).toBeGreaterThan(1);
    expect(JSON.stringify(sent).length).toBeLessThanOrEqual(MAX_BATCH_BYTES);
  });

  it('[E21] repeats the unanswered commands with the same id and references', async () => {
    const outcomes = bench.submit(['m1', 'm2', 'm3']);
    await settle();
    const [original] = bench.shard.batches;
    bench.reply(commandsOf(original)[1]!, logged(2));
    await bench.runtime.advance(3_000);
    const repeat = last();
    expect([repeat?.id, repeat?.attempt]).toEqual([original?.id, 2]);
    expect(commandsOf(repeat).map((f) => [f.ref, f.command.cmid])).toEqual([
      [commandsOf(original)[0]?.ref, 'm1'],
      [commandsOf(original)[2]?.ref, 'm3'],
    ]);
    expect(bench.repeats).toBe(1);
    bench.replyAll(repeat);
    bench.replyAll(repeat, 7);
    await settle();
    expect(outcomes.of).toEqual({ m1: 'logged 1', m2: 'logged 2', m3: 'logged 2' });
  });

  it('[E21] backs off between repeats, never beyond the cap', async () => {
    bench.submit(['m1']);
    await settle();
    const at: number[] = [];
    bench.shard.onAppend = () => {
      at.push(bench.runtime.clock.monotonic());
      return 'accepted';
    };
    await bench.runtime.advance(OUTCOME_PATIENCE_MS);
    const gaps = at.map((t, i) => t - (at[i - 1] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(REPLY_TIMEOUT_MAX_MS * 1.25);
    expect(gaps[1]).toBeGreaterThan(gaps[0]!);
  });

  it('[E21] does not append a repeat while the copy before it is undecided', async () => {
    bench.shard.onAppend = () => 'hang';
    const outcomes = bench.submit(['m1']);
    await bench.runtime.advance(OUTCOME_PATIENCE_MS - 5_000);
    expect(bench.shard.batches).toHaveLength(1);
    await bench.runtime.advance(15_000);
    expect(outcomes.of).toEqual({ m1: '! outcome-unknown' });
  });

  it('[E21] takes a failed append for one that may have happened', async () => {
    bench.shard.onAppend = (batch) => (batch.attempt === 1 ? 'throw' : 'accepted');
    const outcomes = bench.submit(['m1']);
    await bench.runtime.advance(500);
    expect(bench.shard.batches.map((b) => b.attempt)).toEqual([1, 2]);
    expect(bench.faults).toHaveLength(1);
    bench.replyAll(last());
    await settle();
    expect(outcomes.of).toEqual({ m1: 'logged 1' });
  });

  it('[E22] tries again what was refused for want of room, as the first copy it still is', async () => {
    bench.shard.onAppend = () => (bench.shard.batches.length < 4 ? 'busy' : 'accepted');
    const outcomes = bench.submit(['m1']);
    await bench.runtime.advance(3_000);
    expect(bench.shard.batches.slice(0, 4).map((b) => b.attempt)).toEqual([1, 1, 1, 1]);
    bench.replyAll(last());
    await settle();
    expect(outcomes.of).toEqual({ m1: 'logged 1' });
  });

  it('[E22] answers `busy` when nothing was ever appended, queue and all', async () => {
    bench.shard.onAppend = () => 'busy';
    const first = bench.submit(['m1']);
    await settle();
    const behind = bench.submit(['m2']);
    await bench.runtime.advance(OUTCOME_PATIENCE_MS + 3_000);
    expect({ ...first.of, ...behind.of }).toEqual({ m1: 'later busy', m2: 'later busy' });
    expect(bench.runtime.pendingTimers).toBe(0);
  });

  it('[E23] gives up after its patience, and appends nothing that was queued behind', async () => {
    const first = bench.submit(['m1', 'm2']);
    await settle();
    const behind = bench.submit(['m3']);
    await bench.runtime.advance(OUTCOME_PATIENCE_MS + REPLY_TIMEOUT_MAX_MS * 2);
    expect({ ...first.of, ...behind.of }).toEqual({
      m1: '! outcome-unknown',
      m2: '! outcome-unknown',
      m3: '! outcome-unknown',
    });
    expect(bench.shard.batches.flatMap(cmidsOf)).not.toContain('m3');
    expect(bench.runtime.pendingTimers).toBe(0);
  });

  it('[E24] answers `later` to all behind the one that was answered so, and to nothing before it', async () => {
    const first = bench.submit(['m1', 'm2', 'm3']);
    await settle();
    const behind = bench.submit(['m4']);
    const [f1, f2] = commandsOf(last());
    bench.reply(f2!, later());
    await settle();
    expect({ ...first.of, ...behind.of }).toEqual({ m2: 'later busy', m3: 'later busy', m4: 'later busy' });
    bench.reply(f1!, logged(1));
    await settle();
    expect(first.of['m1']).toBe('logged 1');
    expect(bench.shard.batches).toHaveLength(1);
  });

  it('[E24] holds `busy` back for who hears no refusals, and tries again in order', async () => {
    const outcomes = bench.submit(['m1', 'm2'], { holdLater: () => true });
    await settle();
    for (const frame of commandsOf(last())) bench.reply(frame, later(1_000));
    const behind = bench.submit(['m3'], { holdLater: () => true });
    await settle();
    expect(outcomes.of).toEqual({});
    await bench.runtime.advance(2_000);
    expect(bench.shard.batches.map(cmidsOf)).toEqual([
      ['m1', 'm2'],
      ['m1', 'm2'],
    ]);
    bench.replyAll(last());
    await settle();
    bench.replyAll(last(), 3);
    await settle();
    expect({ ...outcomes.of, ...behind.of }).toEqual({ m1: 'logged 1', m2: 'logged 2', m3: 'logged 3' });
  });

  it('[E21] [E24] does not try again what is held back while its appending is undecided', async () => {
    bench.shard.onAppend = () => 'hang';
    bench.submit(['m1'], { holdLater: () => true });
    await settle();
    bench.reply(commandsOf(last())[0]!, later(500));
    await bench.runtime.advance(20_000);
    expect(bench.shard.batches).toHaveLength(1);
  });

  it('[E24] holds nothing back for longer than its patience', async () => {
    bench.shard.onAppend = (batch) => {
      bench.runtime.timers.after(10, () => commandsOf(batch).forEach((f) => bench.reply(f, later(1_000))));
      return 'accepted';
    };
    const outcomes = bench.submit(['m1'], { holdLater: () => true });
    await bench.runtime.advance(RATE_PATIENCE_MS - 1_000);
    expect(outcomes.of).toEqual({});
    await bench.runtime.advance(4_000);
    expect(outcomes.of).toEqual({ m1: 'later busy' });
  });

  it('[E24] hands `unavailable` on at once', async () => {
    const outcomes = bench.submit(['m1'], { holdLater: () => true });
    await settle();
    bench.reply(commandsOf(last())[0]!, { status: 'later', code: 'unavailable', retryAfterMs: 1 });
    await settle();
    expect(outcomes.of).toEqual({ m1: 'later unavailable' });
  });

  it('[E23] appends nothing more of a session that ended', async () => {
    const outcomes = bench.submit(['m1']);
    await settle();
    bench.submit(['m2']);
    bench.dispatcher.endSession(SESSION);
    bench.replyAll(last());
    await bench.runtime.advance(60_000);
    expect(bench.shard.batches).toHaveLength(1);
    expect(outcomes.of).toEqual({ m1: '! outcome-unknown' });
    expect([bench.runtime.pendingTimers, bench.dispatcher.pending]).toEqual([0, 0]);
  });

  it("[E21] does not take another session's answer for its own", async () => {
    const outcomes = bench.submit(['m1']);
    await settle();
    bench.reply(commandsOf(last())[0]!, logged(1), 's2' as SessionId);
    await settle();
    expect(outcomes.of).toEqual({});
  });

  it('[D1] repeats a watch until it is answered', async () => {
    let head = -1;
    void bench.dispatcher.watch(SESSION, ROOM, actor).then((v) => (head = v.status === 'admitted' ? v.head : -2));
    await bench.runtime.advance(3_000);
    const [first, second] = bench.shard.batches;
    expect([first?.attempt, second?.attempt, second?.id]).toEqual([1, 2, first?.id]);
    const frame = second?.frames[0];
    if (frame?.frame !== 'watch') throw new Error('no watch');
    const verdict = { status: 'admitted', head: asSeq(7), generation: asGeneration('g1') } as const;
    bench.dispatcher.onWatchReply({ item: 'watching', session: SESSION, ref: frame.ref, room: ROOM, verdict });
    await settle();
    expect(head).toBe(7);
    expect(bench.runtime.pendingTimers).toBe(0);
  });

  it('[D2] a watch without an answer in time is `unavailable`', async () => {
    let failure: unknown;
    bench.dispatcher.watch(SESSION, ROOM, actor).catch((error: unknown) => (failure = error));
    await bench.runtime.advance(REST_REPLY_DEADLINE_MS + REPLY_TIMEOUT_MAX_MS * 2);
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(bench.runtime.pendingTimers).toBe(0);
  });

  it('[D15] holds a watch that is `busy` for who hears no refusals, for no longer than its patience', async () => {
    const verdicts: unknown[] = [];
    const watch = (held: boolean): void =>
      void bench.dispatcher.watch(SESSION, ROOM, actor, { holdLater: () => held }).then((v) => verdicts.push(v));
    const busy = { status: 'refused', code: 'busy' } as const;
    bench.shard.onAppend = (batch) => {
      const [frame] = batch.frames;
      if (frame?.frame !== 'watch') throw new Error('no watch');
      const reply = { item: 'watching', session: SESSION, ref: frame.ref, room: ROOM, verdict: busy } as const;
      bench.runtime.timers.after(10, () => bench.dispatcher.onWatchReply(reply));
      return 'accepted';
    };
    watch(false);
    await bench.runtime.advance(100);
    expect(verdicts).toEqual([busy]);
    watch(true);
    await bench.runtime.advance(RATE_PATIENCE_MS - 1_000);
    expect(verdicts).toHaveLength(1);
    await bench.runtime.advance(5_000);
    expect(verdicts).toEqual([busy, busy]);
    expect(bench.runtime.pendingTimers).toBe(0);
  });
});
