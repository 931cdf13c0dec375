/**
 * The inboxes of all users who have one open at this edge.
 *
 * Invariants
 * 1. An inbox is there from its first subscription to its last, once a user, however many sessions share it.
 * 2. At most INBOX_LOOKS_AT_ONCE of them read the directory at a time.
 * 3. What is lost of notices, heads and marks is found by a look: every inbox has one in each round, INBOX_SWEEP_MS apart,
 *    and one when something is known to be lost; one after the other, with pauses. One that fails is tried again.
 * 4. With MAX_INBOX_PLACES rooms in them no other inbox is opened (I10).
 */
import {
  backoffMs,
  ChatError,
  INBOX_LOOK_PAUSE_MS,
  INBOX_LOOKS_AT_ONCE,
  INBOX_SWEEP_MS,
  MAX_INBOX_PLACES,
  pause,
  Slots,
  SUFFIX_RETRY_MAX_MS,
  SUFFIX_RETRY_MS,
} from '@munova/contracts';
import type {
  Entry,
  Heartbeat,
  NoticeWhisper,
  ReadMove,
  ReadWhisper,
  RoomId,
  RoomLog,
  Runtime,
  Seq,
  ShardId,
  Timer,
  UserId,
} from '@munova/contracts';
import type { MarkListener } from '../../views/read-marks.js';
import { roomBody } from './inbox-bodies.js';
import { RoomCounts } from './room-counts.js';
import { UserInbox } from './user-inbox.js';
import type { InboxSource } from './user-inbox.js';

export interface InboxesDeps {
  readonly source: InboxSource;
  readonly log: Pick<RoomLog, 'heads'>;
  readonly runtime: Runtime;
  readonly shardOf: (room: RoomId) => ShardId;
  /** Says it to every edge, or to nobody. */
  readonly whisper: (whisper: ReadWhisper) => void;
  /** A user's inbox is compared with the directory. */
  readonly onLook: () => void;
  readonly onFault: (cause: unknown) => void;
  /** Rooms in all inboxes; MAX_INBOX_PLACES when absent. */
  readonly maxPlaces?: number;
}

interface Open {
  readonly inbox: UserInbox;
  subscriptions: number;
}

export class Inboxes implements MarkListener {
  readonly #deps: InboxesDeps;
  readonly #open = new Map<UserId, Open>();
  readonly #counts: RoomCounts<UserInbox>;
  readonly #slots = new Slots(INBOX_LOOKS_AT_ONCE);
  /** To be compared with the directory, in turn. */
  readonly #due = new Set<UserInbox>();
  /** Closed or opened, and not said yet. */
  readonly #turned = new Map<RoomId, 'closed' | 'opened'>();
  #comparing = false;
  #telling = false;
  #sweep: Timer | null = null;
  #closed = false;

  constructor(deps: InboxesDeps) {
    this.#deps = deps;
    this.#counts = new RoomCounts(deps);
  }

  /** To be given back with `release`. @throws {ChatError} `busy` */
  acquire(user: UserId): UserInbox {
    const known = this.#open.get(user);
    if (known !== undefined) {
      known.subscriptions += 1;
      return known.inbox;
    }
    if (this.#counts.places >= (this.#deps.maxPlaces ?? MAX_INBOX_PLACES)) {
      throw new ChatError('busy', 'Too many inboxes; try again later.');
    }
    const inbox = new UserInbox(user, {
      source: this.#deps.source,
      counts: this.#counts,
      spawn: this.#deps.runtime.spawn,
      inTurn: (task) => this.#slots.run(task),
      onLook: this.#deps.onLook,
      onMissed: (one) => this.#compare([one]),
      onFault: this.#deps.onFault,
    });
    this.#open.set(user, { inbox, subscriptions: 1 });
    this.#startSweep();
    return inbox;
  }

  release(user: UserId): void {
    const open = this.#open.get(user);
    if (open === undefined) return;
    open.subscriptions -= 1;
    if (open.subscriptions > 0) return;
    this.#open.delete(user);
    this.#due.delete(open.inbox);
    open.inbox.close();
  }

  onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // Whoever sends a message has read up to it: the mark follows, wherever it was sent.
      if (entry.kind === 'message') {
        this.#open.get(entry.sender)?.inbox.heardRead(entry.room, { seq: entry.seq, n: entry.n }, false);
      }
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#counts.counted(last.room, { seq: last.seq, n: last.n });
  }

  onHeartbeat({ heads }: Heartbeat): void {
    for (const [room, seq] of heads) this.#counts.reached(room, seq);
  }

  /** Of what the former owner committed it may have said nothing. */
  onTakenOver(shard: ShardId): void {
    this.#counts.recheck(new Set([shard]));
  }

  /** What was said of these shards may be lost; of all of them where none is named. */
  onLoss(shards: readonly ShardId[] | null = null): void {
    this.#counts.recheck(shards === null ? null : new Set(shards));
    this.#compareAll();
  }

  onSent(room: RoomId, user: UserId, seq: Seq, n: number | null): void {
    this.#open.get(user)?.inbox.heardRead(room, { seq, n }, false);
    this.#counts.reached(room, seq);
  }

  onWritten(moves: readonly ReadMove[]): void {
    for (const move of moves) {
      this.onRead(move);
      this.#deps.whisper({ kind: 'read', ...move });
    }
  }

  onRead({ room, user, mark }: ReadMove): void {
    this.#open.get(user)?.inbox.heardRead(room, mark, true);
  }

  /** The directory shows it already. */
  onNotice({ event, room, users }: NoticeWhisper): void {
    if (event === 'closed' || event === 'opened') this.#onTurned(room, event);
    else for (const user of users ?? []) this.#open.get(user)?.inbox.passed(room, event);
  }

  #onTurned(room: RoomId, event: 'closed' | 'opened'): void {
    this.#turned.set(room, event);
    if (this.#telling) return;
    this.#telling = true;
    this.#deps.runtime.spawn.background('tell inboxes', () => this.#tellTurned());
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    this.#due.clear();
    this.#turned.clear();
    for (const { inbox } of this.#open.values()) inbox.close();
    this.#open.clear();
    this.#counts.close();
  }

  async #tellTurned(): Promise<void> {
    try {
      while (this.#turned.size > 0) {
        // Whoever is just finding the room may have read it before.
        await Promise.all(
          [...this.#open.values()].map(({ inbox }) => inbox.reading).filter((reading) => reading !== null),
        );
        const turned = [...this.#turned].filter(([room]) => this.#counts.holders(room).size > 0);
        this.#turned.clear();
        if (turned.length > 0) await this.#slots.run(() => this.#tell(turned));
      }
    } finally {
      this.#telling = false;
    }
  }

  /** Read once, whoever has it. What fails here the next look finds. */
  async #tell(turned: readonly (readonly [RoomId, 'closed' | 'opened'])[]): Promise<void> {
    try {
      const views = await this.#deps.source.show(turned.map(([room]) => room));
      for (const [room, event] of turned) {
        const view = views.get(room);
        if (view === undefined) continue;
        const body = roomBody(event, view);
        for (const inbox of this.#counts.holders(room)) inbox.turned(room, event, body);
      }
    } catch (cause) {
      this.#deps.onFault(cause);
    }
  }

  #startSweep(): void {
    this.#sweep ??= this.#deps.runtime.timers.after(INBOX_SWEEP_MS, () => {
      this.#sweep = null;
      if (this.#open.size === 0) return;
      this.#compareAll();
      this.#startSweep();
    });
  }

  #compareAll(): void {
    this.#compare([...this.#open.values()].map(({ inbox }) => inbox));
  }

  #compare(inboxes: readonly UserInbox[]): void {
    if (this.#closed) return;
    for (const inbox of inboxes) this.#due.add(inbox);
    if (this.#comparing || this.#due.size === 0) return;
    this.#comparing = true;
    this.#deps.runtime.spawn.background('compare inboxes', () => this.#run());
  }

  async #run(): Promise<void> {
    const { random, timers } = this.#deps.runtime;
    let failures = 0;
    try {
      for (const inbox of this.#due) {
        this.#due.delete(inbox);
        if (await this.#look(inbox)) failures = 0;
        else failures += 1;
        const wait =
          failures === 0
            ? INBOX_LOOK_PAUSE_MS * (0.5 + random.next())
            : backoffMs(random, SUFFIX_RETRY_MS, SUFFIX_RETRY_MAX_MS, failures - 1);
        await pause(timers, wait);
      }
    } finally {
      this.#comparing = false;
    }
  }

  async #look(inbox: UserInbox): Promise<boolean> {
    try {
      await inbox.look();
      return true;
    } catch (cause) {
      if (this.#open.get(inbox.user)?.inbox !== inbox) return true;
      this.#deps.onFault(cause);
      this.#due.add(inbox);
      return false;
    }
  }
}
