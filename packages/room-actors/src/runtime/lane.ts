/**
 * Gathers the rooms that have something to write into group commits. Invariants:
 * 1. At most `commitsInFlight` appends are under way; what becomes ready meanwhile gathers, and is
 *    planned when a slot frees, so that a batch is as large as what has gathered.
 * 2. What would not fill an append waits until `commitSpacingMs` after the last ones began: each has a price
 *    of its own, and the first one behind a rest goes at once.
 * 3. Every room in `#ready` is in phase `ready` and stands there once.
 * 4. No commit is begun without authority.
 * 5. A suspect room is alone in its commit: nobody pays twice for its conflict.
 */
import type { Runtime, Timer } from '@munova/contracts';
import type { Authority } from './authority.js';
import type { ActorLimits } from './limits.js';
import { isPrepared, type Budget, type RoomPlan } from './planner.js';
import type { RoomActor } from './room-actor.js';

export interface LaneWork {
  /** Plans one room within the budget; its phase is the caller's from then on. */
  plan(room: RoomActor, budget: Budget): RoomPlan;
  /** A plan without documents, or without steps: nothing to append. */
  done(plan: RoomPlan): void;
  /** Appends and goes on from there; resolves when the append was decided. */
  commit(plans: readonly RoomPlan[]): Promise<void>;
}

export interface LaneParts {
  readonly runtime: Runtime;
  readonly authority: Authority;
  readonly limits: ActorLimits;
}

export class Lane {
  readonly #runtime: Runtime;
  readonly #authority: Authority;
  readonly #limits: ActorLimits;
  readonly #work: LaneWork;
  #ready: RoomActor[] = [];
  #inFlight = 0;
  #scheduled = false;
  /** Monotonic ms. */
  #begunAt = -Infinity;
  #timer: Timer | null = null;

  constructor({ runtime, authority, limits }: LaneParts, work: LaneWork) {
    this.#runtime = runtime;
    this.#authority = authority;
    this.#limits = limits;
    this.#work = work;
  }

  /** The room's oldest command can be planned. */
  offer(room: RoomActor): void {
    room.phase = 'ready';
    this.#ready.push(room);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#ready.length === 0 || this.#inFlight >= this.#limits.commitsInFlight) return;
    // Each of these rooms has at least one command.
    const isFull = this.#ready.length >= this.#limits.commitDocuments;
    const waitMs = isFull ? 0 : this.#begunAt + this.#limits.commitSpacingMs - this.#runtime.clock.monotonic();
    if (waitMs > 0) this.#timer ??= this.#runtime.timers.after(waitMs, this.#beginSoon);
    else this.#beginSoon();
  }

  readonly #beginSoon = (): void => {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#runtime.spawn.defer(() => {
      this.#scheduled = false;
      this.#begin();
    });
  };

  #begin(): void {
    // Where it is lost, every room that stands here is gone by the end of the question.
    this.#authority.holds();
    while (this.#inFlight < this.#limits.commitsInFlight && this.#ready.length > 0) {
      const plans = this.#gather();
      if (plans.length === 0) continue;
      this.#inFlight += 1;
      this.#begunAt = this.#runtime.clock.monotonic();
      this.#runtime.spawn.background('group commit', async () => {
        try {
          await this.#work.commit(plans);
        } finally {
          this.#inFlight -= 1;
          this.#schedule();
        }
      });
    }
  }

  /** Plans the rooms that fit into one commit; each call takes at least one room out of `#ready`. */
  #gather(): RoomPlan[] {
    const plans: RoomPlan[] = [];
    const left: RoomActor[] = [];
    const budget: Budget = { documents: this.#limits.commitDocuments, bytes: this.#limits.commitBytes };
    let taken = 0;
    let alone = false;
    for (const room of this.#ready) {
      if (alone || budget.documents <= 0 || budget.bytes <= 0) break;
      taken += 1;
      if (room.phase !== 'ready') continue;
      if (room.suspect && plans.length > 0) {
        left.push(room);
        continue;
      }
      const plan = this.#work.plan(room, budget);
      if (plan.documents.length === 0) {
        if (plan.steps.length === 0 && this.#wantsMore(room, plans)) {
          room.phase = 'ready';
          left.push(room);
        } else this.#work.done(plan);
        continue;
      }
      alone = room.suspect;
      budget.documents -= plan.documents.length;
      budget.bytes -= plan.bytes;
      plans.push(plan);
    }
    this.#ready = [...left, ...this.#ready.slice(taken)];
    return plans;
  }

  /** Its oldest command is prepared and only did not fit behind what others have in this commit. */
  #wantsMore(room: RoomActor, plans: readonly RoomPlan[]): boolean {
    return plans.length > 0 && room.mailbox.length > 0 && room.state !== null && isPrepared(room, room.state);
  }
}
