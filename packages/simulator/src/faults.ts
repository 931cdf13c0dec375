import type { FaultKind, Plan } from './plan.js';
import type { SimRandom } from './random.js';
import { ticks } from './schedule.js';
import type { Tally } from './tally.js';

/** What lands late lands up to so long after it was given up: also behind a take-over (ms). */
export const LATEST_MS = 15_000;
/** From so long on a call counts as slow (ms). */
export const SLOW_MS = 200;

/** Decides by the plan and its own random stream which fault strikes when; quiet once they have stopped. */
export class Faults {
  readonly #plan: Plan;
  readonly #random: SimRandom;
  readonly #tally: Tally;
  #over = false;

  constructor(plan: Plan, random: SimRandom, tally: Tally) {
    this.#plan = plan;
    this.#random = random;
    this.#tally = tally;
  }

  end(): void {
    this.#over = true;
  }

  strikes(kind: FaultKind): boolean {
    const chance = this.#plan.faults[kind] ?? 0;
    if (this.#over || chance === 0 || !this.#random.chance(chance)) return false;
    this.#tally.fault(kind);
    return true;
  }

  /** The first of these that strikes. */
  first<K extends FaultKind>(...kinds: readonly K[]): K | null {
    return kinds.find((kind) => this.strikes(kind)) ?? null;
  }

  networkMs(): number {
    return ticks(this.#plan.networkMs * (0.5 + this.#random.next()));
  }

  storeMs(): number {
    const slow = this.strikes('store-slow') ? this.between(SLOW_MS, 3_000) : 0;
    return slow + ticks(this.#plan.storeMs * (0.5 + this.#random.next()));
  }

  between(min: number, max: number): number {
    return this.#random.between(min, max);
  }
}
