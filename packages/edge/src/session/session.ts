/**
 * One connection's life: drives the transition table, and gives the inbound and outbound sides what
 * they need of it. Deadlines are judged by `sweep`, so that an idle session owns no timer.
 *
 * Invariants
 * 1. Every event goes through TRANSITIONS; nothing is read or written in `ended`.
 * 2. What a session holds elsewhere (lanes, watches, its place among the user's sessions) is given back
 *    when it ends, whoever ended it, once.
 * 3. From the first finishing state on nothing the client sends is looked at: it can harm no answer that is owed.
 * 4. Frames are handled in order and one at a time; the socket is paused while the next one may not be (I10).
 */
import {
  ChatError,
  CONNECT_DEADLINE_MS,
  DISCONNECT_FINISH_MS,
  errorSpec,
  MAX_QUEUED_SENDS_PER_SESSION,
} from '@munova/contracts';
import type { Actor, SessionId } from '@munova/contracts';
import { HEARTBEAT } from '@munova/contracts/stomp';
import type { OutgoingHeaders, StompFrame, StompVersion } from '@munova/contracts/stomp';
import type { Identity } from '../auth/identity.js';
import { roomOfSend } from '../inbound/destinations.js';
import { heldBytesOfFrame } from '../inbound/inbound-budget.js';
import type { InboundBudget } from '../inbound/inbound-budget.js';
import { Intake } from '../inbound/intake.js';
import type { Admission } from '../inbound/intake.js';
import { RateGates } from '../inbound/rate-gates.js';
import { SendDesk } from '../inbound/send-desk.js';
import { Outbox } from '../outbound/outbox.js';
import { SubscriptionDesk } from '../outbound/subscription-desk.js';
import { subjectOf } from './answers.js';
import type { Subject } from './answers.js';
import type { SessionContext } from './context.js';
import { endingOf, failure } from './endings.js';
import type { Ending } from './endings.js';
import { negotiate } from './handshake.js';
import { HeartbeatMonitor } from './heartbeat.js';
import type { SessionDeps } from './session-deps.js';
import { eventOfFrame, TRANSITIONS } from './states.js';
import type { EndAction, ServeAction, SessionEvent, SessionState } from './states.js';
import type { Framing, Transport } from './transport.js';
import { Voice } from './voice.js';

interface Cause {
  readonly frame?: StompFrame;
  readonly error?: ChatError;
}

export class Session implements SessionContext {
  readonly id: SessionId;
  readonly #transport: Transport;
  readonly #deps: SessionDeps;
  readonly #upgrade: Identity | null;
  readonly #openedAt: number;
  readonly #intake: Intake;
  readonly #outbox: Outbox;
  readonly #voice: Voice;
  readonly #sends: SendDesk;
  readonly #subscriptions: SubscriptionDesk;
  readonly #servers: Readonly<Record<Exclude<ServeAction, 'finish'>, (frame: StompFrame) => void>>;
  readonly #rates: RateGates;
  readonly #budget: InboundBudget;
  readonly #goOn = (): void => this.#intake.poke();
  #state: SessionState = 'opening';
  /** Null until CONNECT. */
  #heartbeat: HeartbeatMonitor | null = null;
  /** Null until CONNECT: the upgrade's counts only where CONNECT brings none. */
  #identity: Identity | null = null;
  #pending = 0;
  #finishingSince: number | null = null;
  /** The DISCONNECT that is owed a receipt. */
  #goodbye: StompFrame | null = null;

  constructor(id: SessionId, transport: Transport, upgrade: Identity | null, deps: SessionDeps) {
    this.id = id;
    this.#transport = transport;
    this.#deps = deps;
    this.#upgrade = upgrade;
    const { clock, timers } = deps.runtime;
    this.#openedAt = clock.monotonic();
    this.#rates = new RateGates(deps.rateSends, this.#openedAt);
    this.#outbox = new Outbox(transport, clock, deps.flusher, () => this.#onRoom());
    this.#voice = new Voice(this.#outbox, transport.framing);
    this.#intake = new Intake({
      clock,
      timers,
      admit: (frame) => this.#admit(frame),
      handle: (frame) => this.#handle(frame),
      ended: () => this.#fire('input-ended'),
      broken: (error) => this.#fire('failure', { error }),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
    });
    this.#budget = deps.sends.dispatcher.budget;
    this.#sends = new SendDesk(this, deps.sends);
    this.#subscriptions = new SubscriptionDesk(this, deps.subscriptions);
    this.#servers = {
      open: (frame) => this.#open(frame),
      send: (frame) => this.#sends.handle(frame),
      subscribe: (frame) => this.#subscriptions.subscribe(frame),
      unsubscribe: (frame) => this.#subscriptions.unsubscribe(frame),
      acknowledge: (frame) => this.#subscriptions.acknowledge(frame),
    };
  }

  /** Begins to read. */
  start(): void {
    this.#transport.open({
      onData: (chunk) => {
        this.#heartbeat?.heard(this.#deps.runtime.clock.monotonic());
        this.#intake.push(chunk);
      },
      onEnd: () => this.#intake.end(),
      onDrain: () => this.#outbox.checkRoom(),
      onClose: () => this.#fire('socket-closed'),
    });
  }

  get version(): StompVersion {
    return this.#voice.version;
  }

  get framing(): Framing {
    return this.#transport.framing;
  }

  get actor(): Actor {
    if (this.#identity === null) throw new Error('no identity before CONNECT');
    return this.#identity.actor;
  }

  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  get hasRoomToSpare(): boolean {
    return this.#outbox.hasRoomToSpare;
  }

  get hearsRefusals(): boolean {
    return this.#subscriptions.hearsRefusals;
  }

  put(wrapped: Uint8Array): void {
    if (this.#state !== 'ended') this.#outbox.put(wrapped);
  }

  receipt(frame: StompFrame, more: OutgoingHeaders = {}): void {
    if (this.#state !== 'ended') this.#voice.receipt(frame, more);
  }

  refuse(error: ChatError, about: Subject): void {
    if (this.#state === 'ended') return;
    if (errorSpec(error.code).stomp === 'fatal' || !this.hearsRefusals) {
      this.#end(failure(error, about));
      return;
    }
    this.#deps.onRefused(error.code);
    this.#voice.refusal(error, about, this.#subscriptions.refusalSubscriptions);
  }

  refreshToken(token: string): void {
    const fresh = this.#deps.verifier.verify(token);
    if (fresh.actor.id !== this.actor.id) throw new ChatError('unauthenticated', 'The token is of another user.');
    this.#identity = fresh;
  }

  awaitAnswer(): () => void {
    this.#pending++;
    return () => {
      this.#pending--;
      if (this.#pending === 0) this.#fire('settled');
      this.#intake.poke();
    };
  }

  /** The edge stops: answers what was sent, then closes with "restart". */
  drain(): void {
    this.#fire('drain');
  }

  /** Judges every deadline of this session; called every SESSION_SWEEP_MS. */
  sweep(): void {
    if (this.#state === 'ended') return;
    const now = this.#deps.runtime.clock.monotonic();
    if (this.#state === 'opening' && now - this.#openedAt >= CONNECT_DEADLINE_MS) this.#fire('connect-deadline');
    else if (this.#isExpired()) this.#fire('token-expired');
    if (this.#intake.isOverdue(now)) this.#fail(new ChatError('protocol-error', 'A frame did not end in time.'));
    if (this.#outbox.isStuckForGood(now)) this.#fail(new ChatError('slow-consumer'));
    if (this.#finishingSince !== null && now - this.#finishingSince >= DISCONNECT_FINISH_MS) this.#fire('grace-over');
    this.#beat(now);
  }

  #beat(now: number): void {
    const heartbeat = this.#heartbeat;
    if (heartbeat === null || this.#state === 'ended') return;
    if (this.#intake.isPaused) heartbeat.heard(now);
    if (this.#state === 'live' && heartbeat.isSilent(now))
      this.#fail(new ChatError('protocol-error', 'No heart-beat came in time.'));
    else if (heartbeat.isDue(now, this.#outbox.lastWritten)) this.#voice.say(HEARTBEAT);
  }

  #admit(frame: StompFrame): Admission {
    if (this.#state !== 'live') return 'now';
    if (!this.#outbox.hasRoom || this.#pending >= this.#window(frame)) return 'hold';
    if (frame.command === 'SEND' && !this.#budget.admits(heldBytesOfFrame(frame), this.#goOn)) return 'hold';
    return this.#rates.admit(frame, this.#deps.runtime.clock.monotonic());
  }

  /** Never shut, so that the answers to what is pending bring the next look at a frame that is held. */
  #window(frame: StompFrame): number {
    return frame.command === 'SEND' ? this.#deps.windowFor(roomOfSend(frame)) : MAX_QUEUED_SENDS_PER_SESSION;
  }

  #handle(frame: StompFrame): void {
    if (this.#isExpired()) this.#fire('token-expired');
    this.#fire(eventOfFrame(frame.command, frame.header('transaction') !== undefined), { frame });
  }

  #isExpired(): boolean {
    return this.#identity !== null && this.#hasPassed(this.#identity.expiresAt);
  }

  /** @param at unix ms */
  #hasPassed(at: number): boolean {
    return this.#deps.runtime.clock.now() >= at;
  }

  #onRoom(): void {
    if (this.#state === 'ended') return;
    this.#subscriptions.resume();
    this.#intake.poke();
  }

  #fail(error: ChatError): void {
    this.#fire('failure', { error });
  }

  #fire(event: SessionEvent, cause: Cause = {}): void {
    const transition = TRANSITIONS[this.#state][event];
    if (transition.act === 'ignore') return;
    if (transition.to === 'ended') {
      this.#endBy(transition.act, cause);
      return;
    }
    this.#state = transition.to;
    try {
      this.#serve(transition.act, cause.frame);
    } catch (thrown) {
      const error = this.#deps.asRefusal(thrown);
      const about = subjectOf(cause.frame);
      if (transition.act === 'open') this.#end(failure(error, about));
      else this.refuse(error, about);
    }
  }

  #serve(act: ServeAction, frame: StompFrame | undefined): void {
    if (act === 'finish') {
      this.#finish(frame);
      return;
    }
    if (frame === undefined) throw new Error(`no frame to ${act}`);
    if (this.#rates.refuses(frame)) {
      if (act === 'send') this.#sends.refuseForRate(frame);
      throw new ChatError('rate-limited');
    }
    this.#servers[act](frame);
  }

  #open(frame: StompFrame): void {
    const agreement = negotiate(frame, this.#upgrade, this.#deps.verifier);
    if (this.#hasPassed(agreement.identity.expiresAt)) throw new ChatError('session-expired');
    this.#deps.registry.opened(this, agreement.identity);
    this.#identity = agreement.identity;
    this.#heartbeat = new HeartbeatMonitor(agreement.heartbeat, this.#deps.runtime.clock.monotonic());
    this.#voice.connected(agreement, this.id, this.#deps.server);
    this.receipt(frame);
  }

  #finish(disconnect: StompFrame | undefined): void {
    this.#intake.discard();
    // Answers are owed to the sends of a token that was good; what is said in its rooms since is not.
    if (this.#state === 'expiring') this.#subscriptions.closeRooms();
    this.#goodbye = disconnect ?? null;
    this.#finishingSince = this.#deps.runtime.clock.monotonic();
    if (this.#pending === 0) this.#fire('settled');
  }

  #endBy(act: EndAction, { frame, error }: Cause): void {
    const ending = endingOf(act, subjectOf(frame), error, this.#deps.runtime.random);
    if (ending === null) {
      this.#release(null);
      return;
    }
    if (act === 'end-disconnected' && this.#goodbye !== null) this.receipt(this.#goodbye);
    this.#end(ending);
  }

  #end({ error, about, code, reason }: Ending): void {
    if (this.#state === 'ended') return;
    // First of all, so that nothing which the last write sets off ends it again.
    this.#state = 'ended';
    this.#outbox.flush();
    const frame = error === null ? null : this.#voice.error(error, about);
    this.#release(error);
    this.#transport.end({ frame, code, reason });
  }

  #release(error: ChatError | null): void {
    this.#state = 'ended';
    this.#intake.stop();
    this.#subscriptions.close();
    this.#budget.forget(this.#goOn);
    this.#deps.registry.ended(this, error);
  }
}
