/**
 * What happens to a room's commands when the store fails them. Invariants:
 * 1. `later` is answered only to a command of which nothing was applied, and never to one in doubt.
 * 2. With a command that is not applied here, everything behind it of the same batch is not applied either,
 *    so that its session may send all of it again in order (I6).
 * 3. A command in doubt is kept until it was looked up, until its edge has given up on it
 *    (OUTCOME_PATIENCE_MS), or until it leaves by 2, its edge having been told so by the `later` of what
 *    stood before it; then its stream entry is removed without an answer, which claims nothing.
 */
import { AppendError, COMMIT_ATTEMPTS, OUTCOME_PATIENCE_MS, type ErrorCode, type Intent } from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import type { RoomPlan } from './planner.js';
import { giveNameBack } from './name-sweeper.js';
import type { OnWork, OpenIntent, RoomActor } from './room-actor.js';
import type { Pending } from './ticket.js';

export class Failures {
  readonly #env: Environment;
  readonly #onWork: OnWork;

  constructor(env: Environment, onWork: OnWork) {
    this.#env = env;
    this.#onWork = onWork;
  }

  /** Nothing of what the plans hold is taken for done. Puts back or answers every command of them. */
  appendFailed(plans: readonly RoomPlan[], intents: readonly Intent[], error: unknown): void {
    const failure = asAppendError(error);
    const { reason, applied, room, message } = failure;
    if (reason === 'conflict') this.#env.metrics.conflict();
    else this.#env.metrics.storeFailure('append');
    this.#env.log.warn({ reason, applied, room, rooms: plans.length, error: message }, 'a group commit failed');
    const open = plans.filter((plan) => !plan.room.gone);
    for (const plan of open) plan.room.planned = 0;
    if (reason === 'unavailable' && applied === 'no') {
      for (const plan of open) this.#giveUp(plan);
      return;
    }
    const openIntents = applied === 'no' ? [] : intents.map((intent) => [intent, openIntentOf(intent, open)] as const);
    for (const plan of open) {
      planAgain(plan, failure);
      const own = openIntents.find(([{ rooms }]) => rooms.includes(plan.room.id));
      if (own) plan.room.openIntents.push(own[1]);
    }
  }

  /** The store could not be read for the room. True when something is kept that needs it read again. */
  notPrepared(room: RoomActor, error: unknown): boolean {
    room.failures += 1;
    this.#env.metrics.storeFailure('prepare');
    this.#env.log.error({ room: room.id, failures: room.failures, error: messageOf(error) }, 'a room was not read');
    for (const watch of room.watching) watch.ticket.answerWatch(watch, { status: 'refused', code: 'unavailable' });
    room.watching = [];
    const given = this.#env.runtime.clock.monotonic() - OUTCOME_PATIENCE_MS;
    const leaving = room.mailbox.extract((p) => !mayBeApplied(p) || p.ticket.since < given);
    // Only the oldest of a long mailbox were looked up: what is still in doubt may stand behind what leaves.
    this.turnAway(room, leaving, 'unavailable');
    const kept = room.mailbox.length + room.errands.length + room.openIntents.length + room.unpublished.length;
    return kept > 0;
  }

  /** After COMMIT_ATTEMPTS failed commits in a row, what look-ups showed not to be applied is answered `later`. */
  prepared(room: RoomActor): void {
    if (room.failures < COMMIT_ATTEMPTS) return;
    this.turnAway(
      room,
      room.mailbox.extract((p) => !mayBeApplied(p)),
      'unavailable',
    );
    room.failures = 0;
  }

  /** A command for which there is no place. */
  refuse(pending: Pending, code: ErrorCode): void {
    this.#send([pending], code);
  }

  /** These, which are in the mailbox no more, and all behind them of the same batches. */
  turnAway(room: RoomActor, pendings: readonly Pending[], code: ErrorCode): void {
    const tickets = new Set(pendings.map((p) => p.ticket));
    const leaving = [...pendings, ...room.mailbox.extractOf(tickets)];
    this.#send(leaving, code);
    for (const name of new Set(leaving.flatMap(reservedBy))) giveNameBack(this.#env, room, name, this.#onWork);
  }

  /** Surely nothing of the plan was written, nor will be. */
  #giveUp({ room, steps }: RoomPlan): void {
    const unwritten = steps.filter((s) => s.decision.documents.length > 0).map((s) => s.pending);
    // A repeat may have met a copy in this very plan: it is judged again, unless it stands behind what failed.
    room.mailbox.putBack(steps.filter((s) => s.decision.documents.length === 0).map((s) => s.pending));
    this.turnAway(room, unwritten, 'unavailable');
  }

  #send(pendings: readonly Pending[], code: ErrorCode): void {
    for (const pending of pendings) {
      if (mayBeApplied(pending)) {
        this.#env.metrics.unanswered();
        pending.ticket.resolved();
      } else {
        this.#env.metrics.later(code);
        pending.ticket.later(pending, code);
      }
    }
  }
}

/** What is in doubt keeps its name: it may be in the log. */
const reservedBy = (pending: Pending): readonly string[] =>
  pending.name === null || pending.name.taken || mayBeApplied(pending) ? [] : [pending.name.key];

const mayBeApplied = (pending: Pending): boolean => pending.inDoubt || Boolean(pending.known);

const planAgain = ({ room, steps }: RoomPlan, { reason, applied, room: culprit }: AppendError): void => {
  for (const { pending } of steps) {
    pending.lookUp = true;
    pending.known = undefined;
    pending.inDoubt ||= applied !== 'no';
  }
  room.mailbox.putBack(steps.map((s) => s.pending));
  room.stale = true;
  room.undecided ||= applied !== 'no';
  if (reason === 'unavailable') room.failures += 1;
  else if (culprit === null || culprit === room.id) {
    if (room.suspect) room.failures += 1;
    room.suspect = true;
  }
};

const openIntentOf = ({ id, rooms }: Intent, plans: readonly RoomPlan[]): OpenIntent => ({
  id,
  left: plans.filter((plan) => rooms.includes(plan.room.id)).length,
});

const asAppendError = (error: unknown): AppendError =>
  error instanceof AppendError ? error : new AppendError('unavailable', 'unknown', null, messageOf(error));
