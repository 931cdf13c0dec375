import { FRAME_ARRIVAL_MS } from '@munova/contracts';
import type { ChatError } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import type { StompFrame } from '@munova/contracts/stomp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Intake } from '../../src/inbound/intake.js';
import type { Admission } from '../../src/inbound/intake.js';

class Bench {
  readonly runtime = new ManualRuntime();
  readonly handled: string[] = [];
  broken: ChatError | null = null;
  paused = false;
  admit: (frame: StompFrame) => Admission = () => 'now';
  onHandle: (frame: StompFrame) => void = () => undefined;
  readonly intake = new Intake({
    clock: this.runtime.clock,
    timers: this.runtime.timers,
    admit: (frame) => this.admit(frame),
    handle: (frame) => {
      this.handled.push(frame.header('n') ?? frame.command);
      this.onHandle(frame);
    },
    ended: () => this.handled.push('the end'),
    broken: (error) => {
      this.broken = error;
      this.intake.stop();
    },
    pause: () => (this.paused = true),
    resume: () => (this.paused = false),
  });
}

const frames = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `SEND\nn:${String(from + i)}\n\n\0`).join('');
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('the intake', () => {
  it('[E16] handles frames in order, however they are cut and whenever they are admitted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 })),
        fc.array(fc.boolean(), { maxLength: 60 }),
        (cuts, luck) => {
          const bench = new Bench();
          let asked = 0;
          bench.admit = () => (luck[asked++] === false ? 'hold' : 'now');
          let rest = frames(1, 100);
          for (const cut of [...cuts, rest.length]) {
            bench.intake.push(Buffer.from(rest.slice(0, cut)));
            rest = rest.slice(cut);
            if (bench.intake.isPaused) bench.intake.poke();
          }
          for (let i = 0; i <= luck.length; i++) bench.intake.poke();
          expect(bench.handled).toEqual(numbers(1, 100));
          expect([bench.paused, bench.intake.isPaused]).toEqual([false, false]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[E16] is paused exactly while a frame waits, and asks again after the wait', async () => {
    const bench = new Bench();
    let tokens = 1;
    bench.admit = () => (tokens-- > 0 ? 'now' : { wait: 20 });
    bench.intake.push(Buffer.from(frames(1, 2)));
    expect([bench.handled, bench.paused]).toEqual([['1'], true]);
    tokens = 1;
    await bench.runtime.advance(19);
    expect(bench.handled).toEqual(['1']);
    await bench.runtime.advance(1);
    expect([bench.handled, bench.paused]).toEqual([['1', '2'], false]);
  });

  it('[E16] goes on behind a frame that could not be handled', () => {
    const bench = new Bench();
    bench.onHandle = (frame) => {
      if (frame.header('n') === '1') throw new Error('a bug');
    };
    expect(() => bench.intake.push(Buffer.from(frames(1, 2)))).toThrow('a bug');
    bench.intake.push(Buffer.from(frames(3, 3)));
    expect(bench.handled).toEqual(['1', '2', '3']);
  });

  it('[I10] [E16] decodes no more than a slice ahead', () => {
    const bench = new Bench();
    bench.admit = () => 'hold';
    bench.intake.push(Buffer.from(`${frames(1, 5_000)}no STOMP at all`));
    // Had all of it been decoded, the end would have been found broken.
    bench.admit = (frame) => (frame.header('n') === '4900' ? 'hold' : 'now');
    bench.intake.poke();
    expect(bench.broken).toBe(null);
    bench.admit = () => 'now';
    bench.intake.poke();
    expect(bench.handled).toEqual(numbers(1, 5_000));
    expect(bench.broken?.code).toBe('protocol-error');
  });

  it('[E8] ends behind the last frame', () => {
    const bench = new Bench();
    bench.admit = () => 'hold';
    bench.intake.push(Buffer.from(frames(1, 2)));
    bench.intake.end();
    expect(bench.handled).toEqual([]);
    bench.admit = () => 'now';
    bench.intake.poke();
    expect(bench.handled).toEqual(['1', '2', 'the end']);
  });

  it('[E13] says what is broken behind the frames before it, and nothing after it', () => {
    const bench = new Bench();
    let open = false;
    bench.admit = () => (open ? 'now' : 'hold');
    bench.intake.push(Buffer.from(`${frames(1, 2)}SEND\nbroken\n\n\0${frames(3, 4)}`));
    expect([bench.handled, bench.broken]).toEqual([[], null]);
    open = true;
    bench.intake.poke();
    bench.intake.push(Buffer.from(frames(5, 6)));
    expect(bench.handled).toEqual(['1', '2']);
    expect(bench.broken?.code).toBe('protocol-error');
  });

  it('[E13] knows a frame that does not end, unless nobody reads', async () => {
    const bench = new Bench();
    const { clock } = bench.runtime;
    bench.intake.push(Buffer.from(`${frames(1, 1)}SEND\nn:2`));
    await bench.runtime.advance(FRAME_ARRIVAL_MS - 1);
    bench.intake.push(Buffer.from('2'));
    expect(bench.intake.isOverdue(clock.monotonic())).toBe(false);
    await bench.runtime.advance(1);
    expect(bench.intake.isOverdue(clock.monotonic())).toBe(true);
    bench.intake.push(Buffer.from('\n\n\0\n\n'));
    expect(bench.intake.isOverdue(clock.monotonic())).toBe(false);

    bench.admit = () => 'hold';
    bench.intake.push(Buffer.from(`${frames(3, 3)}SEND\n`));
    await bench.runtime.advance(FRAME_ARRIVAL_MS);
    expect(bench.intake.isOverdue(clock.monotonic())).toBe(false);
    await bench.runtime.advance(FRAME_ARRIVAL_MS);
    expect(bench.intake.isOverdue(clock.monotonic())).toBe(false);
  });

  it('[E1] reads what is right behind CONNECT in the version it asks for', () => {
    const bench = new Bench();
    bench.intake.push(Buffer.from('CONNECT\naccept-version:1.2\n\n\0SEND\nn:a\\cb\n\n\0'));
    expect(bench.handled).toEqual(['CONNECT', 'a:b']);
  });
});
