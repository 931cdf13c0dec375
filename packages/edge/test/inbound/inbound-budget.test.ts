import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundBudget } from '../../src/inbound/inbound-budget.js';

/** Wants to send commands of these sizes, one after the other, each held until `answer` is called. */
class Sender {
  readonly held: (() => void)[] = [];
  isWaiting = false;
  /** Commands of others that were admitted while this one waited. */
  passedBy = 0;
  readonly #budget: InboundBudget;
  readonly #wanted: number[];
  readonly #onAdmitted: (sender: Sender) => void;
  readonly #goOn = (): void => this.go();

  constructor(budget: InboundBudget, wanted: readonly number[], onAdmitted: (sender: Sender) => void) {
    this.#budget = budget;
    this.#wanted = [...wanted];
    this.#onAdmitted = onAdmitted;
  }

  get isDone(): boolean {
    return this.#wanted.length === 0;
  }

  go(): void {
    for (let bytes = this.#wanted[0]; bytes !== undefined; bytes = this.#wanted[0]) {
      if (!this.#budget.admits(bytes, this.#goOn)) {
        this.isWaiting = true;
        return;
      }
      this.isWaiting = false;
      this.passedBy = 0;
      this.#wanted.shift();
      this.held.push(this.#budget.take(bytes));
      this.#onAdmitted(this);
    }
  }

  answer(): void {
    this.held.shift()?.();
    this.go();
  }

  leave(): void {
    this.#wanted.length = 0;
    this.isWaiting = false;
    this.#budget.forget(this.#goOn);
    for (const release of this.held.splice(0)) release();
  }
}

describe('[E30] the inbound budget', () => {
  it('[I10] is kept, wakes everybody who waits in turn, and loses no wake-up', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(5), fc.constantFrom('answer', 'answer', 'answer', 'leave')), { maxLength: 60 }),
        (wanted, steps) => {
          let most = 0;
          const budget = new InboundBudget(50, (held) => (most = Math.max(most, held)));
          const senders: Sender[] = wanted.map(
            (sizes) =>
              new Sender(budget, sizes, (admitted) => {
                for (const other of senders) if (other !== admitted && other.isWaiting) other.passedBy++;
                for (const { passedBy } of senders) expect(passedBy).toBeLessThan(senders.length);
              }),
          );
          for (const sender of senders) sender.go();
          for (const [at, step] of steps) senders[at]?.[step]();
          // Whoever is left gets through by answers alone.
          for (let i = 0; i < 500; i++) senders[i % senders.length]?.answer();
          expect(senders.every((sender) => sender.isDone && sender.held.length === 0)).toBe(true);
          expect(most).toBeLessThanOrEqual(50);
          expect(budget.admits(50, null)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('always lets a first one in, however large', () => {
    const budget = new InboundBudget(10);
    expect(budget.admits(11, null)).toBe(true);
    const release = budget.take(11);
    expect(budget.admits(1, null)).toBe(false);
    release();
    expect(budget.admits(1, null)).toBe(true);
  });

  it('calls who fits once somebody before it waits no more', () => {
    const budget = new InboundBudget(100);
    budget.take(90);
    const called: string[] = [];
    const [large, small] = [(): unknown => called.push('large'), (): unknown => called.push('small')] as const;
    expect([budget.admits(50, large), budget.admits(5, small)]).toEqual([false, false]);
    budget.forget(large);
    expect(called).toEqual(['small']);
  });
});
