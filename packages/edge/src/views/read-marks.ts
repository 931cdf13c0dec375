/**
 * How far each user has read, kept off the message path: sending moves one's own mark, but no SEND
 * waits for that write.
 *
 * 1. A mark only ever moves forward; the port promises that, so writes may be late, lost or repeated.
 * 2. At most MAX_PENDING_READ_MARKS wait; one that does not fit is dropped, and the next message or reading moves it.
 * 3. What is pending is written READ_MARKS_AT_ONCE at a time, those first that wait longest: one by one they would
 *    cost more than the messages.
 * 4. A write comes READ_MARK_FLUSH_MS behind the first mark that waits, and READ_MARK_REST_MS behind the one before;
 *    sooner where more wait than one write takes, but so that writing takes a tenth of the time: a store that is slow
 *    is busy with what somebody waits for.
 * 5. Whoever reads a user's marks through here sees what this process was told of them before.
 * 6. A listener hears of every mark that sending moves before it is written, and of every mark that was written.
 */
import {
  asSeq,
  BEFORE_FIRST,
  ChatError,
  MAX_PENDING_READ_MARKS,
  READ_MARK_FLUSH_MS,
  READ_MARK_REST_MS,
  READ_MARKS_AT_ONCE,
} from '@munova/contracts';
import type {
  Log,
  ReadMark,
  ReadMarks,
  ReadMove,
  RoomId,
  RoomLog,
  Runtime,
  Seq,
  Timer,
  UserId,
} from '@munova/contracts';

/** What the side that sends messages needs of this. */
export interface SentMarks {
  /**
   * `user` sent the message at `seq`, and so has read up to it. Never waits, never throws.
   * @param n of that message, where it is known: otherwise it is read from the log
   */
  sent(room: RoomId, user: UserId, seq: Seq, n: number | null): void;
  /** One listener; the last one given counts. */
  listen(listener: MarkListener): void;
}

/** Hears how far users have read, as far as this process is told. Never throws. */
export interface MarkListener {
  /** `user` sent the message at `seq`; `n` where it is known. Nothing is written yet. */
  onSent(room: RoomId, user: UserId, seq: Seq, n: number | null): void;
  /** These marks are in the store, unless there were greater ones. */
  onWritten(moves: readonly ReadMove[]): void;
}

/** Without `n`, until that was read. */
interface Position {
  readonly seq: Seq;
  readonly n: number | null;
}

/** So writing takes a tenth of the time. */
const RESTS_PER_WRITE = 9;

const UNREAD: ReadMark = { seq: BEFORE_FIRST, n: 0 };

export class ReadMarkKeeper implements SentMarks {
  readonly #marks: ReadMarks;
  readonly #roomLog: RoomLog;
  readonly #runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>;
  readonly #log: Log;
  readonly #pending = new Map<RoomId, Map<UserId, Position>>();
  #waiting = 0;
  #flushing: Promise<void> | null = null;
  #timer: Timer | null = null;
  /** A write is under way, or the timer stands for the end of the rest behind one. */
  #resting = false;
  #listener: MarkListener | null = null;

  constructor(marks: ReadMarks, roomLog: RoomLog, runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>, log: Log) {
    this.#marks = marks;
    this.#roomLog = roomLog;
    this.#runtime = runtime;
    this.#log = log;
  }

  listen(listener: MarkListener): void {
    this.#listener = listener;
  }

  sent(room: RoomId, user: UserId, seq: Seq, n: number | null): void {
    this.#listener?.onSent(room, user, seq, n);
    const users = this.#pending.get(room) ?? new Map<UserId, Position>();
    const known = users.get(user);
    if (known === undefined) {
      if (this.#waiting >= MAX_PENDING_READ_MARKS) return;
      this.#waiting += 1;
    }
    if (known === undefined || known.seq < seq) users.set(user, { seq, n });
    this.#pending.set(room, users);
    if (!this.#resting) this.#arm(READ_MARK_FLUSH_MS);
  }

  #arm(delayMs: number): void {
    this.#timer ??= this.#runtime.timers.after(delayMs, () => {
      this.#timer = null;
      this.#resting = this.#pending.size > 0;
      if (this.#resting) this.#runtime.spawn.background('read-marks', () => this.#writeAndRest());
    });
  }

  async #writeAndRest(): Promise<void> {
    const begun = this.#runtime.clock.monotonic();
    await this.#flush(READ_MARKS_AT_ONCE);
    const tookMs = this.#runtime.clock.monotonic() - begun;
    const isBehind = this.#waiting >= READ_MARKS_AT_ONCE;
    this.#arm(isBehind ? Math.min(RESTS_PER_WRITE * tookMs, READ_MARK_REST_MS) : READ_MARK_REST_MS);
  }

  /**
   * Moves the mark to `seq`, at once.
   * @throws {ChatError} `bad-request` for a position beyond the head.
   */
  async advance(room: RoomId, user: UserId, seq: Seq): Promise<void> {
    if (seq === BEFORE_FIRST) return;
    await this.#advance([await this.#moveOf(room, user, { seq, n: null })]);
  }

  /** One for each room, in that order; a room never read stands at 0. */
  async get(user: UserId, rooms: readonly RoomId[]): Promise<readonly ReadMark[]> {
    if (this.#flushing !== null || rooms.some((room) => this.#pending.get(room)?.has(user))) await this.flush();
    const marks = await this.#marks.get(user, rooms);
    return rooms.map((room) => marks.get(room) ?? UNREAD);
  }

  /** Writes what is pending; what cannot be written is dropped. */
  flush(): Promise<void> {
    return this.#flush(Infinity);
  }

  async #flush(atMost: number): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    if (this.#pending.size === 0) return;
    this.#flushing = this.#write(this.#take(atMost));
    try {
      await this.#flushing;
    } finally {
      this.#flushing = null;
    }
  }

  #take(atMost: number): ReadonlyMap<RoomId, ReadonlyMap<UserId, Position>> {
    const taken = new Map<RoomId, ReadonlyMap<UserId, Position>>();
    let left = atMost;
    for (const [room, users] of this.#pending) {
      if (left <= 0) break;
      const some = [...users].slice(0, left);
      taken.set(room, new Map(some));
      for (const [user] of some) users.delete(user);
      if (users.size === 0) this.#pending.delete(room);
      left -= some.length;
      this.#waiting -= some.length;
    }
    return taken;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.flush();
  }

  async #write(batch: ReadonlyMap<RoomId, ReadonlyMap<UserId, Position>>): Promise<void> {
    const moves: ReadMove[] = [];
    for (const [room, users] of batch) {
      await this.#unlessFailed({ room }, async () => {
        moves.push(...(await Promise.all([...users].map(([user, at]) => this.#moveOf(room, user, at)))));
      });
    }
    for (let i = 0; i < moves.length; i += READ_MARKS_AT_ONCE) {
      const some = moves.slice(i, i + READ_MARKS_AT_ONCE);
      await this.#unlessFailed({ marks: some.length }, () => this.#advance(some));
    }
  }

  async #advance(moves: readonly ReadMove[]): Promise<void> {
    await this.#marks.advance(moves);
    this.#listener?.onWritten(moves);
  }

  /** @throws {ChatError} `bad-request` for a position beyond the head */
  async #moveOf(room: RoomId, user: UserId, { seq, n }: Position): Promise<ReadMove> {
    if (n !== null) return { room, user, mark: { seq, n } };
    const [entry] = await this.#roomLog.readAfter(room, asSeq(seq - 1), 1);
    if (entry === undefined) throw new ChatError('bad-request', 'seq: beyond the head of the room');
    return { room, user, mark: { seq, n: entry.n } };
  }

  async #unlessFailed(what: Record<string, unknown>, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#log.warn({ ...what, error: String(error) }, 'read marks moved by sending were not written');
    }
  }
}
