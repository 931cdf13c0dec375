/**
 * The room logs in memory. Invariants:
 * 1. `#logs.get(room)[i].seq === i + 1`: a log is an array without holes.
 * 2. Every entry of a log is in `#entries` under its (room, sender, cmid), and that key is not in `#registered`.
 * 3. An append changes everything or nothing: it is checked whole before the first change.
 * 4. `#registered` is in the order of registration; what has expired is dropped from its old end by
 *    later appends, so that refusals do not pile up.
 */
import { outcomeKeyText, type OutcomeKey } from '../commands.js';
import { isRegistered, type Entry, type LogDocument, type RegisteredOutcome, type StoredOutcome } from '../entries.js';
import type { RoomId, Seq } from '../ids.js';
import { COMMIT_MAX_DOCUMENTS } from '../limits.js';
import type { Redaction } from '../ports/directory.js';
import {
  AppendError,
  type GroupCommit,
  type Intent,
  type PageBounds,
  type RoomHead,
  type RoomLog,
} from '../ports/room-log.js';
import type { Clock } from '../ports/runtime.js';
import type { Lifecycle } from './lifecycle.js';

const NO_ENTRIES: readonly Entry[] = [];

export class MemoryRoomLog implements RoomLog {
  readonly #clock: Clock;
  readonly #lifecycle: Lifecycle;
  readonly #logs = new Map<RoomId, Entry[]>();
  /** The key of each entry, and where the entry is. */
  readonly #entries = new Map<string, { readonly room: RoomId; readonly seq: Seq }>();
  readonly #registered = new Map<string, RegisteredOutcome>();
  readonly #intents = new Map<Intent['id'], Intent>();

  constructor(clock: Clock, lifecycle: Lifecycle) {
    this.#clock = clock;
    this.#lifecycle = lifecycle;
  }

  async append(commit: GroupCommit): Promise<void> {
    if (!this.#lifecycle.open) throw new AppendError('unavailable', 'no', null, 'the store is closed');
    if (commit.documents.length < 1 || commit.documents.length > COMMIT_MAX_DOCUMENTS) {
      throw new RangeError(`a group commit has 1 to ${String(COMMIT_MAX_DOCUMENTS)} documents`);
    }
    const now = this.#clock.now();
    this.#check(commit.documents, now);
    for (const intent of commit.intents) this.#intents.set(intent.id, intent);
    for (const document of commit.documents) this.#write(document);
    this.#dropExpired(now);
  }

  async barrier(): Promise<void> {
    this.#lifecycle.check();
  }

  async readAfter(room: RoomId, after: Seq, limit: number): Promise<readonly Entry[]> {
    this.#lifecycle.check();
    return this.#log(room).slice(after, after + limit);
  }

  async readPage(room: RoomId, bounds: PageBounds, limit: number): Promise<readonly Entry[]> {
    this.#lifecycle.check();
    const log = this.#log(room);
    if ('after' in bounds) return log.slice(bounds.after, bounds.after + limit);
    const end = 'before' in bounds ? Math.min(Math.max(bounds.before - 1, 0), log.length) : log.length;
    return log.slice(Math.max(end - limit, 0), end);
  }

  async heads(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomHead>> {
    this.#lifecycle.check();
    const heads = new Map<RoomId, RoomHead>();
    for (const room of rooms) {
      const last = this.#log(room).at(-1);
      if (last !== undefined) heads.set(room, { seq: last.seq, n: last.n });
    }
    return heads;
  }

  async findOutcomes(keys: readonly OutcomeKey[], now: number): Promise<ReadonlyMap<string, StoredOutcome>> {
    this.#lifecycle.check();
    const found = new Map<string, StoredOutcome>();
    for (const key of keys.map(outcomeKeyText)) {
      const outcome = this.#loggedOutcome(key) ?? this.#registeredOutcome(key, now);
      if (outcome !== null) found.set(key, outcome);
    }
    return found;
  }

  /** For the projection: bodies are blanked where they stand. */
  redact({ room, targetSeq }: Redaction): void {
    const log = this.#logs.get(room);
    const target = log?.[targetSeq - 1];
    if (log === undefined || target?.kind !== 'message') return;
    log[targetSeq - 1] = { ...target, type: null, content: null, redacted: true };
  }

  /** For the projection. */
  settle(intents: readonly Intent['id'][]): void {
    for (const id of intents) this.#intents.delete(id);
  }

  openIntents(): readonly Intent[] {
    return [...this.#intents.values()];
  }

  #log(room: RoomId): readonly Entry[] {
    return this.#logs.get(room) ?? NO_ENTRIES;
  }

  /** @throws {AppendError} `conflict`, before anything was changed. */
  #check(documents: readonly LogDocument[], now: number): void {
    const heads = new Map<RoomId, number>();
    const keys = new Set<string>();
    for (const document of documents) {
      const key = outcomeKeyText(document);
      if (keys.has(key) || this.#isTaken(key, now)) throw conflict(document.room, 'its id has an outcome');
      keys.add(key);
      if (isRegistered(document)) continue;
      const head = heads.get(document.room) ?? this.#log(document.room).length;
      if (document.seq !== head + 1)
        throw conflict(document.room, `seq ${String(document.seq)} at head ${String(head)}`);
      heads.set(document.room, document.seq);
    }
  }

  #isTaken(key: string, now: number): boolean {
    const registered = this.#registered.get(key);
    return this.#entries.has(key) || (registered !== undefined && registered.expires > now);
  }

  #write(document: LogDocument): void {
    const key = outcomeKeyText(document);
    // Deleted first, so that what replaces an expired outcome stands at the young end.
    this.#registered.delete(key);
    if (isRegistered(document)) {
      this.#registered.set(key, document);
      return;
    }
    this.#entries.set(key, { room: document.room, seq: document.seq });
    const log = this.#logs.get(document.room);
    if (log === undefined) this.#logs.set(document.room, [document]);
    else log.push(document);
  }

  #dropExpired(now: number): void {
    for (const [key, outcome] of this.#registered) {
      if (outcome.expires > now) return;
      this.#registered.delete(key);
    }
  }

  #loggedOutcome(key: string): StoredOutcome | null {
    const place = this.#entries.get(key);
    const entry = place && this.#logs.get(place.room)?.[place.seq - 1];
    if (entry === undefined) return null;
    return { outcome: { status: 'logged', seq: entry.seq, kind: entry.kind }, bodyHash: entry.bodyHash };
  }

  #registeredOutcome(key: string, now: number): StoredOutcome | null {
    const registered = this.#registered.get(key);
    if (registered === undefined || registered.expires <= now) return null;
    const { code, bodyHash } = registered;
    return { outcome: code === null ? { status: 'noop' } : { status: 'refused', code }, bodyHash };
  }
}

const conflict = (room: RoomId, why: string): AppendError =>
  new AppendError('conflict', 'no', room, `room ${room}: ${why}`);
