import type { FaultKind, Plan } from './plan.js';
import type { SimRandom } from './random.js';
import { ticks } from './schedule.js';
import type { Tally } from './tally.js';

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
    const slow = this.strikes('store-slow') ? this.between(200, 3_000) : 0;
    return slow + ticks(this.#plan.storeMs * (0.5 + this.#random.next()));
  }

  between(min: number, max: number): number {
    return this.#random.between(min, max);
  }
}
