import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, Slots } from '../src/index.js';
import { seededRandom } from '../src/testing/manual-runtime.js';

describe('pacing', () => {
  it('[I10] doubles a wait up to its cap, spread by a quarter at most', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1_000), (seed, n) => {
        const nominal = Math.min(2_000, 20 * 2 ** n);
        const wait = backoffMs(seededRandom(seed), 20, 2_000, n);
        expect(wait).toBeGreaterThanOrEqual(nominal * 0.75);
        expect(wait).toBeLessThanOrEqual(nominal * 1.25);
      }),
    );
  });

  it('[I10] lets so many tasks run at a time, in the order they came, failing ones too', async () => {
    const slots = new Slots(2);
    const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
    const begun: number[] = [];
    const tasks = gates.map(({ promise }, i) =>
      slots.run(async () => {
        begun.push(i);
        await promise;
      }),
    );
    const ended = Promise.allSettled(tasks);
    expect(begun).toEqual([0, 1]);
    gates[1]?.reject(new Error('a failing one'));
    await expect(tasks[1]).rejects.toThrow('a failing one');
    const late = slots.run(async () => void begun.push(6));
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    await Promise.all([ended, late]);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await slots.run(async () => void begun.push(7));
    expect(begun.at(-1)).toBe(7);
  });
});
