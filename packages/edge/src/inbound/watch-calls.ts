/**
 * Watches under way: asked until answered or REST_REPLY_DEADLINE_MS passed; where the actor has no
 * capacity and the caller wants that held back, asked again until there is some or RATE_PATIENCE_MS passed.
 *
 * Invariants
 * 1. Every call settles once: with the verdict, or `unavailable` at the deadline or the session's end.
 * 2. A repeat has the id and reference of the first; an unneeded watch at the actor expires by itself.
 */
import {
  backoffMs,
  BUSY_BACKOFF_MAX_MS,
  BUSY_BACKOFF_MS,
  ChatError,
  encodeBatch,
  errorSpec,
  RATE_PATIENCE_MS,
  REPLY_TIMEOUT_MAX_MS,
  REPLY_TIMEOUT_MS,
  REST_REPLY_DEADLINE_MS,
  WIRE_VERSION,
} from '@munova/contracts';
import type { Actor, BatchId, EdgeId, RoomId, Runtime, SessionId, Timer, WatchReplyItem } from '@munova/contracts';
import type { AppendResult } from './batch-appender.js';

type Verdict = WatchReplyItem['verdict'];

interface WatchCall {
  readonly ref: number;
  readonly session: SessionId;
  readonly room: RoomId;
  readonly actor: Actor;
  readonly id: BatchId;
  readonly holdLater: () => boolean;
  /** When the answer began to be waited for. */
  startedAt: number;
  attempts: number;
  /** Answers that were held back, the latest while it is, and since when. */
  refusals: number;
  held: Verdict | null;
  heldSince: number;
  appending: boolean;
  timer: Timer | null;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: ChatError) => void;
}

export interface WatchHost {
  readonly edge: EdgeId;
  readonly runtime: Runtime;
  nextRef(): number;
  append(room: RoomId, id: BatchId, batch: string, settle: (result: AppendResult) => void): void;
}

export class WatchCalls {
  readonly #host: WatchHost;
  readonly #calls = new Map<number, WatchCall>();
  readonly #bySession = new Map<SessionId, Set<WatchCall>>();

  constructor(host: WatchHost) {
    this.#host = host;
  }

  watch(session: SessionId, room: RoomId, actor: Actor, holdLater: () => boolean): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      const { clock, random } = this.#host.runtime;
      const call: WatchCall = {
        ref: this.#host.nextRef(),
        session,
        room,
        actor,
        id: random.id() as BatchId,
        holdLater,
        startedAt: clock.monotonic(),
        attempts: 0,
        refusals: 0,
        held: null,
        heldSince: 0,
        appending: false,
        timer: null,
        resolve,
        reject,
      };
      this.#calls.set(call.ref, call);
      const ofSession = this.#bySession.get(session) ?? new Set();
      this.#bySession.set(session, ofSession.add(call));
      this.#append(call);
    });
  }

  onReply(item: WatchReplyItem): void {
    const call = this.#calls.get(item.ref);
    if (call?.session !== item.session || call.room !== item.room) return;
    const { verdict } = item;
    if (verdict.status === 'refused' && errorSpec(verdict.code).stomp === 'pause' && call.holdLater()) {
      this.#hold(call, verdict);
    } else this.#settle(call, verdict);
  }

  endSession(session: SessionId): void {
    for (const call of this.#bySession.get(session) ?? []) this.#fail(call);
  }

  #append(call: WatchCall): void {
    call.attempts++;
    call.appending = true;
    const batch = encodeBatch({
      v: WIRE_VERSION,
      id: call.id,
      edge: this.#host.edge,
      session: call.session,
      attempt: call.attempts,
      frames: [{ frame: 'watch', ref: call.ref, room: call.room, actor: call.actor }],
    });
    const wait = backoffMs(this.#host.runtime.random, REPLY_TIMEOUT_MS, REPLY_TIMEOUT_MAX_MS, call.attempts - 1);
    this.#arm(call, wait);
    this.#host.append(call.room, call.id, batch, () => {
      call.appending = false;
    });
  }

  #hold(call: WatchCall, verdict: Verdict): void {
    const { clock, random } = this.#host.runtime;
    if (call.refusals === 0) call.heldSince = clock.monotonic();
    call.held = verdict;
    this.#arm(call, backoffMs(random, BUSY_BACKOFF_MS, BUSY_BACKOFF_MAX_MS, call.refusals++));
  }

  #onTimer(call: WatchCall): void {
    const now = this.#host.runtime.clock.monotonic();
    const { held } = call;
    if (held !== null && now - call.heldSince >= RATE_PATIENCE_MS) this.#settle(call, held);
    else if (held === null && now - call.startedAt >= REST_REPLY_DEADLINE_MS) this.#fail(call);
    else if (call.appending) this.#arm(call, REPLY_TIMEOUT_MS);
    else {
      if (held !== null) call.startedAt = now;
      call.held = null;
      this.#append(call);
    }
  }

  #arm(call: WatchCall, delayMs: number): void {
    call.timer?.cancel();
    call.timer = this.#host.runtime.timers.after(delayMs, () => this.#onTimer(call));
  }

  #settle(call: WatchCall, verdict: Verdict): void {
    this.#forget(call);
    call.resolve(verdict);
  }

  #fail(call: WatchCall): void {
    this.#forget(call);
    call.reject(new ChatError('unavailable', 'The room did not answer in time.'));
  }

  #forget(call: WatchCall): void {
    this.#calls.delete(call.ref);
    const ofSession = this.#bySession.get(call.session);
    ofSession?.delete(call);
    if (ofSession?.size === 0) this.#bySession.delete(call.session);
    call.timer?.cancel();
  }
}
