/**
 * The commands of one session to one room: stop and wait.
 *
 * Invariants
 * 1. At most one batch is unanswered; commands enter batches in the order in which they were submitted,
 *    and a batch is repeated with the same id and references, its unanswered commands only (I6).
 * 2. A repeat is not appended while the appending of the copy before it is undecided.
 * 3. A command that was answered `later`, and all behind it, are answered `later` in that order, and no
 *    other enters before them for as long as they are owed (I6).
 * 4. A lane that gave up with `outcome-unknown` has appended nothing that was queued behind the batch.
 * 5. Every submitted command is settled exactly once.
 */
import {
  backoffMs,
  BUSY_BACKOFF_MAX_MS,
  BUSY_BACKOFF_MS,
  ChatError,
  encodeBatch,
  errorSpec,
  MAX_BATCH_BYTES,
  MAX_BATCH_FRAMES,
  OUTCOME_PATIENCE_MS,
  RATE_PATIENCE_MS,
  REPLY_TIMEOUT_MAX_MS,
  REPLY_TIMEOUT_MS,
  WIRE_VERSION,
} from '@munova/contracts';
import type {
  AppendRequest,
  BatchId,
  ClientMessageId,
  Command,
  CommandFrame,
  EdgeId,
  ReplyItem,
  RoomId,
  Runtime,
  SessionId,
  Timer,
} from '@munova/contracts';
import type { AppendResult } from './batch-appender.js';
import type { CommandReply } from './command-dispatcher.js';
import { OwedIds } from './owed-ids.js';
import type { OwedTally } from './owed-ids.js';

export interface PendingCommand {
  readonly ref: number;
  readonly command: Command;
  /** Upper bound of what it adds to a batch. */
  readonly bytes: number;
  readonly holdLater: () => boolean;
  /** After `later` the client is expected to send this id again. */
  readonly comesBack: boolean;
  readonly resolve: (reply: CommandReply) => void;
  readonly reject: (error: ChatError) => void;
}

type LaterOutcome = Extract<ReplyItem['outcome'], { readonly status: 'later' }>;

/** What a lane needs of the dispatcher around it. */
export interface LaneHost {
  readonly edge: EdgeId;
  readonly runtime: Runtime;
  readonly owed: OwedTally;
  append(request: AppendRequest, settle: (result: AppendResult) => void): void;
  /** The command is settled: its reference means nothing any more. */
  settled(ref: number): void;
  /** Nothing is left in the lane, and nothing is owed. */
  idle(): void;
  repeated(): void;
  /** The first copy of a batch was in the inbox so long after the batch was begun. */
  appended(ms: number): void;
  /** The last answer to a batch came so long after that. */
  answered(ms: number): void;
}

interface Batch {
  readonly id: BatchId;
  unanswered: PendingCommand[];
  /** Copies that may have reached the stream. */
  attempts: number;
  /** Appends in a row that were refused for want of room. */
  refusals: number;
  appending: boolean;
  /** When its first copy was surely in the inbox; null until then. */
  appendedAt: number | null;
  /** When its outcome began to be unknown. */
  startedAt: number;
  /** When the first `later` that is held back came; null when the last answer was none. */
  heldSince: number | null;
  /** True between a held `later` and the copy appended after it. */
  resting: boolean;
}

export class RoomLane {
  readonly session: SessionId;
  readonly #host: LaneHost;
  readonly #queue: PendingCommand[] = [];
  readonly #owed: OwedIds;
  /** What was last answered to a command that has to wait; the same goes for those that wait for it. */
  #latest: LaterOutcome = BUSY;
  #batch: Batch | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor(
    readonly room: RoomId,
    session: SessionId,
    host: LaneHost,
  ) {
    this.session = session;
    this.#host = host;
    this.#owed = new OwedIds(host.owed);
  }

  submit(pending: PendingCommand): void {
    const { cmid } = pending.command;
    const verdict = this.#owed.judge(cmid, this.#host.runtime.clock.monotonic());
    if (verdict === 'pass') this.#enter(pending);
    else if (verdict === 'overtaken') this.#settle(pending, () => pending.reject(new ChatError('outcome-unknown')));
    else {
      this.#owed.join({ cmid, awaited: pending.comesBack });
      this.#tellLater(pending, this.#latest);
    }
  }

  /**
   * A SEND that was refused before it came here, and may come again.
   * @throws {ChatError} `outcome-unknown` where the session must end
   */
  putOff(cmid: ClientMessageId): void {
    this.#owed.join({ cmid, awaited: false });
    if (this.#owed.isLetGo(cmid) || !this.#owed.fits) throw new ChatError('outcome-unknown');
  }

  #enter(pending: PendingCommand): void {
    this.#queue.push(pending);
    // The first one waits for the end of the turn, so that a burst becomes one batch.
    if (this.#batch === null && this.#queue.length === 1) this.#host.runtime.spawn.defer(() => this.#begin());
  }

  onReply(ref: number, reply: CommandReply): void {
    const batch = this.#batch;
    const at = batch?.unanswered.findIndex((p) => p.ref === ref) ?? -1;
    const pending = batch?.unanswered[at];
    if (batch === null || pending === undefined) return;
    if (reply.outcome.status === 'later') {
      this.#onLater(batch, at, reply.outcome);
      return;
    }
    batch.unanswered.splice(at, 1);
    batch.heldSince = null;
    this.#owed.forget(pending.command.cmid);
    this.#settle(pending, () => pending.resolve(reply));
    if (batch.unanswered.length > 0) return;
    if (batch.appendedAt !== null) this.#host.answered(this.#host.runtime.clock.monotonic() - batch.appendedAt);
    this.#finish();
  }

  /** Drops everything; nothing is appended afterwards. */
  close(error: ChatError): void {
    this.#closed = true;
    this.#dropAll((p) => p.reject(error));
  }

  #begin(): void {
    if (this.#closed || this.#batch !== null || this.#queue.length === 0) return;
    let bytes = 0;
    let count = 0;
    for (const p of this.#queue) {
      if (count > 0 && (count === MAX_BATCH_FRAMES || bytes + p.bytes > MAX_BATCH_BYTES)) break;
      bytes += p.bytes;
      count++;
    }
    const { clock, random } = this.#host.runtime;
    this.#batch = {
      id: random.id() as BatchId,
      unanswered: this.#queue.splice(0, count),
      attempts: 0,
      refusals: 0,
      appending: false,
      appendedAt: null,
      startedAt: clock.monotonic(),
      heldSince: null,
      resting: false,
    };
    this.#append(this.#batch);
  }

  #append(batch: Batch): void {
    const frames = batch.unanswered.map(({ ref, command }): CommandFrame => ({ frame: 'command', ref, command }));
    const text = encodeBatch({
      v: WIRE_VERSION,
      id: batch.id,
      edge: this.#host.edge,
      session: this.session,
      attempt: batch.attempts + 1,
      frames,
    });
    if (batch.attempts > 0) this.#host.repeated();
    batch.appending = true;
    this.#arm(backoffMs(this.#host.runtime.random, REPLY_TIMEOUT_MS, REPLY_TIMEOUT_MAX_MS, batch.attempts));
    this.#host.append({ id: batch.id, batch: text }, (result) => this.#onAppended(batch, result));
  }

  #onAppended(batch: Batch, result: AppendResult): void {
    batch.appending = false;
    if (result === 'accepted' && batch.attempts === 0) {
      batch.appendedAt = this.#host.runtime.clock.monotonic();
      this.#host.appended(batch.appendedAt - batch.startedAt);
    }
    if (result !== 'busy') {
      batch.attempts++;
      batch.refusals = 0;
    }
    if (this.#batch !== batch || (result !== 'busy' && result !== 'lost')) return;
    this.#arm(backoffMs(this.#host.runtime.random, BUSY_BACKOFF_MS, BUSY_BACKOFF_MAX_MS, batch.refusals));
    batch.refusals++;
  }

  #onTimer(): void {
    const batch = this.#batch;
    if (batch === null) return;
    const now = this.#host.runtime.clock.monotonic();
    if (batch.resting && now - (batch.heldSince ?? now) >= RATE_PATIENCE_MS) this.#answerLater(0, BUSY);
    else if (!batch.resting && now - batch.startedAt >= OUTCOME_PATIENCE_MS) this.#giveUp(batch);
    else if (batch.appending) this.#arm(REPLY_TIMEOUT_MS);
    else {
      if (batch.resting) batch.startedAt = now;
      batch.resting = false;
      this.#append(batch);
    }
  }

  /** Never appended for certain: nothing happened, and the client may try again. Else nobody knows. */
  #giveUp(batch: Batch): void {
    if (batch.attempts === 0 && !batch.appending) this.#answerLater(0, BUSY);
    else this.#dropAll((p) => p.reject(new ChatError('outcome-unknown')));
  }

  #onLater(batch: Batch, at: number, outcome: LaterOutcome): void {
    const mayHold = errorSpec(outcome.code).stomp === 'pause' && batch.unanswered[at]?.holdLater() === true;
    if (!mayHold) {
      this.#answerLater(at, outcome);
      return;
    }
    batch.resting = true;
    batch.heldSince ??= this.#host.runtime.clock.monotonic();
    this.#arm(Math.max(outcome.retryAfterMs, BUSY_BACKOFF_MS) * (1 + this.#host.runtime.random.next() / 4));
  }

  /** Answers `later` to the unanswered commands from `at` on, and to everything queued behind them. */
  #answerLater(at: number, outcome: LaterOutcome): void {
    const behind = [...(this.#batch?.unanswered.splice(at) ?? []), ...this.#queue.splice(0)];
    const owed = behind.map((p) => ({ cmid: p.command.cmid, awaited: p.comesBack }));
    this.#owed.putBack(owed, this.#host.runtime.clock.monotonic());
    this.#latest = outcome;
    for (const p of behind) this.#tellLater(p, outcome);
    if (this.#batch?.unanswered.length === 0) this.#finish();
  }

  #finish(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#batch = null;
    if (this.#queue.length > 0) this.#begin();
    else if (this.#owed.isEmpty) this.#host.idle();
  }

  #dropAll(tell: (p: PendingCommand) => void): void {
    const all = [...(this.#batch?.unanswered ?? []), ...this.#queue.splice(0)];
    for (const p of all) this.#settle(p, () => tell(p));
    this.#finish();
  }

  #tellLater(p: PendingCommand, outcome: LaterOutcome): void {
    this.#settle(p, () => {
      if (this.#owed.fits) p.resolve({ outcome, repeated: false });
      else p.reject(new ChatError('outcome-unknown'));
    });
  }

  #settle(p: PendingCommand, tell: () => void): void {
    this.#host.settled(p.ref);
    tell();
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#host.runtime.timers.after(delayMs, () => this.#onTimer());
  }
}

const BUSY: LaterOutcome = { status: 'later', code: 'busy', retryAfterMs: BUSY_BACKOFF_MAX_MS };
