/**
 * The three members of a set and what of the oplog each has. Invariants:
 * 1. `#pending` is the primary's oplog behind the majority's commit point; a member has a prefix of it.
 * 2. An op is committed once two members have it, and is never undone after that.
 * 3. A new primary has all that is committed; what it lacks of `#pending` is undone, for good.
 * 4. A new primary does not know how far its predecessor had committed: a majority read may lack the last of it until
 *    the first op of its own term is committed.
 */
import type { Random, Timer, Timers } from '@munova/contracts';
import { FakeData, type Op } from './data.js';
import { COMMITS_UNKNOWN_MAX, REPLICATION_MAX_MS, REPLICATION_MIN_MS } from './limits.js';

interface Member {
  isUp: boolean;
  /** Ops of `#pending` that it has. */
  has: number;
  copying: Timer | null;
}

const MEMBERS = 3;
const MAJORITY = 2;

export class Members {
  /** What a majority has. */
  readonly durable = new FakeData();
  /** What the primary knows a majority to have: what a majority read sees. */
  readonly known = new FakeData();
  /** What the primary has. */
  readonly local = new FakeData();
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #onCommitted: (at: bigint) => void;
  readonly #members: readonly Member[] = Array.from({ length: MEMBERS }, () => ({ isUp: true, has: 0, copying: null }));
  readonly #pending: Op[] = [];
  /** The last that were committed, the newest at the end. */
  readonly #newest: Op[] = [];
  /** Those of them that the primary does not know to be. */
  #unknown: readonly Op[] = [];
  #primary: Member | null;
  #isHeld = false;

  constructor(timers: Timers, random: Random, onCommitted: (at: bigint) => void) {
    this.#timers = timers;
    this.#random = random;
    this.#onCommitted = onCommitted;
    this.#primary = this.#members[0] ?? null;
  }

  get hasPrimary(): boolean {
    return this.#primary !== null;
  }

  /** The primary does not know this moment's write, or a later one, to be on a majority, though it is. */
  isUnknown(at: bigint): boolean {
    const [oldest] = this.#unknown;
    return oldest !== undefined && at >= oldest.at;
  }

  /** Whether enough are up to elect one. */
  get canElect(): boolean {
    return this.#up().length >= MAJORITY;
  }

  write(op: Op): void {
    this.local.apply(op);
    this.#pending.push(op);
    if (this.#primary !== null) this.#primary.has = this.#pending.length;
    this.#copy();
  }

  /** Nothing goes from the primary to the others while it is held. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#copy();
  }

  /** @returns how to bring that member back. */
  crashPrimary(): () => void {
    const crashed = this.#primary;
    this.#primary = null;
    if (crashed !== null) Object.assign(crashed, { isUp: false, has: 0 });
    return () => {
      if (crashed !== null) crashed.isUp = true;
      this.#copy();
    };
  }

  /** With a hand-over the others get all there is; without one, the one that steps down is not elected. */
  stepDown(isHandedOver: boolean): void {
    const former = this.#primary;
    this.#primary = null;
    for (const member of this.#up()) if (isHandedOver) member.has = this.#pending.length;
    if (former !== null && !isHandedOver) former.has = 0;
  }

  /** The one that has most becomes primary. @returns how many ops were undone. */
  elect(): number {
    const [best] = this.#up().toSorted((a, b) => b.has - a.has);
    if (best === undefined) return 0;
    const lost = this.#pending.splice(best.has);
    for (const op of lost.toReversed()) this.local.undo(op);
    this.#primary = best;
    this.#forgetCommits();
    this.#copy();
    return lost.length;
  }

  #forgetCommits(): void {
    const count = Math.floor(this.#random.next() * (COMMITS_UNKNOWN_MAX + 1));
    const end = this.#newest.length - this.#unknown.length;
    const forgotten = this.#newest.slice(Math.max(0, end - count), end);
    for (const op of forgotten.toReversed()) this.known.undo(op);
    this.#unknown = [...forgotten, ...this.#unknown];
  }

  #up(): readonly Member[] {
    return this.#members.filter(({ isUp }) => isUp);
  }

  #copy(): void {
    if (this.#primary === null || this.#isHeld) return;
    for (const member of this.#up()) {
      if (member.has === this.#pending.length || member.copying !== null) continue;
      const ms = REPLICATION_MIN_MS + this.#random.next() * (REPLICATION_MAX_MS - REPLICATION_MIN_MS);
      member.copying = this.#timers.after(ms, () => {
        member.copying = null;
        if (this.#primary === null || this.#isHeld || !member.isUp) return;
        member.has = this.#pending.length;
        this.#commit();
      });
    }
  }

  #commit(): void {
    const count = this.#members.map(({ has }) => has).toSorted((a, b) => b - a)[MAJORITY - 1] ?? 0;
    const committed = this.#pending.splice(0, count);
    for (const op of committed) this.durable.apply(op);
    for (const op of [...this.#unknown, ...committed]) this.known.apply(op);
    this.#unknown = [];
    this.#newest.push(...committed);
    this.#newest.splice(0, Math.max(0, this.#newest.length - COMMITS_UNKNOWN_MAX));
    for (const member of this.#members) member.has = Math.max(member.has - count, 0);
    const last = committed.at(-1);
    if (last !== undefined) this.#onCommitted(last.at);
  }
}
