import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemRuntime } from '../../src/memory/index.js';
import { ManualRuntime } from '../../src/testing/index.js';

const DAY_MS = 24 * 3_600_000;

interface Reported {
  readonly name: string;
  readonly error: unknown;
}

const reporting = () => {
  const faults: Reported[] = [];
  return { faults, runtime: systemRuntime((name, error) => void faults.push({ name, error })) };
};

describe('systemRuntime, its timers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([0, 1, 1_000, 2 ** 31 - 1, 2 ** 31, 90 * DAY_MS])(
    '[A50] a timer of %i ms runs once, then and not before',
    (ms) => {
      const task = vi.fn();
      reporting().runtime.timers.after(ms, task);
      if (ms > 0) vi.advanceTimersByTime(ms - 1);
      expect(task).not.toHaveBeenCalled();
      vi.advanceTimersByTime(ms > 0 ? 1 : 0);
      expect(task).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(90 * DAY_MS);
      expect(task).toHaveBeenCalledTimes(1);
    },
  );

  it('[A50] a cancelled timer never runs, in whichever part of a long wait it is', () => {
    const task = vi.fn();
    const { timers } = reporting().runtime;
    const [early, late, never] = [timers.after(5, task), timers.after(60 * DAY_MS, task), timers.after(-1, task)];
    for (const timer of [early, early, never]) timer.cancel();
    vi.advanceTimersByTime(59 * DAY_MS);
    late.cancel();
    late.cancel();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('systemRuntime', () => {
  it('[A50] a timer keeps no process alive', () => {
    const waiting = (): number => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
    const before = waiting();
    const timer = reporting().runtime.timers.after(DAY_MS, () => undefined);
    expect(waiting()).toBe(before);
    timer.cancel();
  });

  it('[A51] what a task throws reaches the fault handler', async () => {
    const { faults, runtime } = reporting();
    const bug = new Error('a bug');
    const fail = (): never => {
      throw bug;
    };
    runtime.spawn.background('rejecting', () => Promise.reject(bug));
    runtime.spawn.background('throwing', fail);
    runtime.spawn.background('fine', async () => undefined);
    runtime.spawn.defer(fail);
    runtime.timers.after(0, fail);
    await vi.waitFor(() => expect(faults).toHaveLength(4));
    expect(faults.map((fault) => fault.name).sort()).toEqual(['deferred task', 'rejecting', 'throwing', 'timer']);
    expect(new Set(faults.map((fault) => fault.error))).toEqual(new Set([bug]));
  });

  it('[A50] its clocks are those of the process, and its ids are long and never the same', () => {
    const { clock, random } = reporting().runtime;
    const [wall, monotonic] = [Date.now(), performance.now()];
    expect(clock.now()).toBeGreaterThanOrEqual(wall);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(monotonic);
    const ids = Array.from({ length: 1_000 }, () => random.id());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const numbers = ids.map(() => random.next());
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
  });
});

describe('ManualRuntime', () => {
  it('[A52] timers run in the order of their times and see them, those that they set as well', async () => {
    const runtime = new ManualRuntime();
    const { clock, timers } = runtime;
    const start = clock.now();
    const ran: [string, number][] = [];
    const note = (what: string) => (): void => void ran.push([what, clock.monotonic()]);
    timers.after(30, note('third'));
    timers.after(10, () => {
      note('first')();
      timers.after(5, note('set by the first'));
    });
    timers.after(20, note('second'));
    timers.after(20, note('second, set later'));
    timers.after(15, note('cancelled')).cancel();
    await runtime.advance(9);
    expect(ran).toEqual([]);
    await runtime.advance(100);
    expect(ran).toEqual([
      ['first', 10],
      ['set by the first', 15],
      ['second', 20],
      ['second, set later', 20],
      ['third', 30],
    ]);
    expect([clock.monotonic(), clock.now() - start, runtime.pendingTimers]).toEqual([109, 109, 0]);
  });

  it('[A52] settling runs all that is deferred, and what that sets off, and lets no time pass', async () => {
    const runtime = new ManualRuntime();
    const ran: string[] = [];
    runtime.spawn.defer(() => {
      ran.push('deferred');
      runtime.spawn.background('work', async () => {
        await Promise.resolve();
        runtime.spawn.defer(() => void ran.push('deferred by it'));
      });
    });
    expect(ran).toEqual([]);
    await runtime.settle();
    expect(ran).toEqual(['deferred', 'deferred by it']);
    expect(runtime.clock.monotonic()).toBe(0);
  });

  it('[A52] the wall clock can jump; the monotonic one does not', () => {
    const runtime = new ManualRuntime();
    const before = runtime.clock.now();
    runtime.jumpWallClock(-5_000);
    expect([runtime.clock.now() - before, runtime.clock.monotonic()]).toEqual([-5_000, 0]);
  });

  it('[A52] the same seed gives the same numbers and ids, another seed others', () => {
    const draw = (seed: number) => {
      const { random } = new ManualRuntime(seed);
      return [random.id(), ...Array.from({ length: 50 }, () => random.next()), random.id()];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)[0]).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('[A51] what background work throws is kept', async () => {
    const runtime = new ManualRuntime();
    const bug = new Error('a bug');
    runtime.spawn.background('work', () => Promise.reject(bug));
    await runtime.settle();
    expect(runtime.faults).toEqual([{ name: 'work', error: bug }]);
  });
});
