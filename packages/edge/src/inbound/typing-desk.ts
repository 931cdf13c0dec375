/**
 * A session's typing: told to every edge, or dropped; nobody hears of its being dropped.
 *
 * Invariants
 * 1. At most one in TYPING_INTERVAL_MS is told of a room, or asked about.
 * 2. Nothing is told before the room's actor admitted this user. Its answer is kept with the watch of the room, so
 *    that it is asked once and not for each frame.
 * 3. At most TYPING_ROOMS_PER_SESSION rooms are remembered (I10), in the order of their last typing.
 */
import { ChatError, errorSpec, TYPING_INTERVAL_MS, TYPING_ROOMS_PER_SESSION } from '@munova/contracts';
import type { Actor, Clock, RoomId, TypingWhisper } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';
import type { RoomHubs } from '../outbound/room-hubs.js';
import type { EphemeralDrop } from '../session/edge-metrics.js';
import { subjectOf } from '../session/answers.js';
import type { AsRefusal, SessionContext } from '../session/context.js';
import type { CommandDispatcher } from './command-dispatcher.js';

export interface TypingDeskDeps {
  readonly dispatcher: CommandDispatcher;
  readonly hubs: Pick<RoomHubs, 'acquire' | 'release' | 'admits'>;
  readonly clock: Clock;
  readonly asRefusal: AsRefusal;
  /** Tells every edge, or drops it. */
  readonly whisper: (whisper: TypingWhisper) => void;
  readonly onDropped: (reason: EphemeralDrop) => void;
}

export class TypingDesk {
  readonly #session: SessionContext;
  readonly #deps: TypingDeskDeps;
  /** Monotonic ms of the last typing that was not over the rate. */
  readonly #last = new Map<RoomId, number>();

  constructor(session: SessionContext, deps: TypingDeskDeps) {
    this.#session = session;
    this.#deps = deps;
  }

  /** What the frame's body says does not matter. */
  handle(frame: StompFrame, room: RoomId): void {
    const { actor } = this.#session;
    if (!this.#isDue(room)) this.#deps.onDropped('rate');
    else if (!this.#deps.hubs.admits(room, actor)) {
      this.#ask(frame, room, actor);
      return;
    } else this.#tell(room, actor);
    this.#session.receipt(frame);
  }

  #isDue(room: RoomId): boolean {
    const now = this.#deps.clock.monotonic();
    for (const [oldest, at] of this.#last) {
      if (now - at < TYPING_INTERVAL_MS) break;
      this.#last.delete(oldest);
    }
    if (this.#last.has(room) || this.#last.size >= TYPING_ROOMS_PER_SESSION) return false;
    this.#last.set(room, now);
    return true;
  }

  #tell(room: RoomId, { id: userId, name }: Actor): void {
    this.#deps.whisper({ kind: 'typing', room, userId, name, session: this.#session.id });
  }

  /** While the room is watched from then on, the answer stands. */
  #ask(frame: StompFrame, room: RoomId, actor: Actor): void {
    const { dispatcher, hubs, asRefusal } = this.#deps;
    const hub = hubs.acquire(room);
    const answered = this.#session.awaitAnswer();
    dispatcher
      .watch(this.#session.id, room, actor)
      .then((verdict) => {
        if (verdict.status === 'refused') throw new ChatError(verdict.code);
        hub.admitted.add(actor, verdict.head);
        this.#tell(room, actor);
        this.#session.receipt(frame);
      })
      .catch((cause: unknown) => this.#onFailure(frame, asRefusal(cause)))
      .finally(() => {
        hubs.release(room);
        answered();
      });
  }

  /** What cannot be judged now is not worth telling later. */
  #onFailure(frame: StompFrame, error: ChatError): void {
    if (errorSpec(error.code).retry === 'later') {
      this.#deps.onDropped('unjudged');
      this.#session.receipt(frame);
    } else this.#session.refuse(error, subjectOf(frame));
  }
}
