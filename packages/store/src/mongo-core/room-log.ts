/**
 * The room logs on MongoDB. Invariants:
 * 1. A document is inserted at seq s only where s is 1 or another document was durably seen to end at
 *    s - 1. What is on a majority stays, so that seeing it once is enough.
 * 2. Of documents that follow the same one exactly one is inserted: unique (room, seq of the first entry).
 *    With 1 the documents of a room are a chain, and its entries 1..n (ADR 20).
 * 3. A refused document that has expired is deleted before its place is taken; nothing else is ever deleted.
 */
import { AppendError, COMMIT_MAX_DOCUMENTS } from '@munova/contracts';
import type {
  Clock,
  Entry,
  GroupCommit,
  OutcomeKey,
  PageBounds,
  RoomHead,
  RoomId,
  RoomLog,
  Seq,
  StoredOutcome,
} from '@munova/contracts';
import { AppendLines } from './append-lines.js';
import { MongoFailure, type Document, type WriteLine } from './commands.js';
import { inGroups } from './in-groups.js';
import { COMMAND_MAX_ENTRIES, HEADS_AT_ONCE, READS_AT_ONCE } from './limits.js';
import {
  HEAD_FIELDS,
  byCommand,
  documentOf,
  entriesOf,
  headOf,
  intentDocument,
  isOutcome,
  outcomesOf,
  possibleIds,
  type Written,
} from './log-documents.js';
import { LogEnds } from './log-ends.js';
import type { Majority } from './majority.js';
import { BY_ID } from './schema.js';

const NEWEST_FIRST = { seq: -1 } as const;
const OLDEST_FIRST = { seq: 1 } as const;

/** A document and what of a commit it holds; null of an intent. */
interface Planned {
  readonly document: Document;
  readonly written: Written | null;
}

export class MongoRoomLog implements RoomLog {
  readonly #store: Majority;
  readonly #clock: Clock;
  readonly #lines: AppendLines;
  readonly #ends = new LogEnds();
  readonly #underWay = new Set<Promise<void>>();
  #fencing: Promise<void> | null = null;
  #queuedFence: Promise<void> | null = null;

  constructor(store: Majority, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#lines = new AppendLines(store);
  }

  async append(commit: GroupCommit): Promise<void> {
    if (commit.documents.length < 1 || commit.documents.length > COMMIT_MAX_DOCUMENTS) {
      throw new RangeError(`a group commit has 1 to ${String(COMMIT_MAX_DOCUMENTS)} documents`);
    }
    const appending = this.#append(commit);
    this.#underWay.add(appending);
    try {
      await appending;
    } finally {
      this.#underWay.delete(appending);
    }
  }

  /** Calls that come while one is under way share the next. */
  barrier(): Promise<void> {
    this.#queuedFence ??= this.#fenceAfter(this.#fencing);
    return this.#queuedFence;
  }

  async readAfter(room: RoomId, after: Seq, limit: number): Promise<readonly Entry[]> {
    // A document that begins before the bound may end behind it, by the entries of one command.
    const margin = COMMAND_MAX_ENTRIES - 1;
    const filter = { room, seq: { $gt: Math.max(after - margin, 0) } };
    const documents = await this.#store.find('messages', filter, { sort: OLDEST_FIRST, limit: limit + margin });
    this.#sawEnd(room, documents.at(-1));
    return documents
      .flatMap(entriesOf)
      .filter(({ seq }) => seq > after)
      .slice(0, limit);
  }

  async readPage(room: RoomId, bounds: PageBounds, limit: number): Promise<readonly Entry[]> {
    if ('after' in bounds) return this.readAfter(room, bounds.after, limit);
    const before = 'before' in bounds ? bounds.before : Infinity;
    const range = before === Infinity ? { $gt: 0 } : { $gt: 0, $lt: before };
    const documents = await this.#store.find('messages', { room, seq: range }, { sort: NEWEST_FIRST, limit });
    return documents
      .toReversed()
      .flatMap(entriesOf)
      .filter(({ seq }) => seq < before)
      .slice(-limit);
  }

  async heads(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomHead>> {
    const heads = new Map<RoomId, RoomHead>();
    const [only] = rooms;
    if (rooms.length > 1) await this.#headsBehindRecords(rooms, heads);
    // What has no record, or is asked for alone.
    const left = rooms.length === 1 && only !== undefined ? [only] : rooms.filter((room) => !heads.has(room));
    for (const document of await inGroups(left, READS_AT_ONCE, (room) => this.#newest(room))) {
      if (document !== null) heads.set(document['room'] as RoomId, headOf(document));
    }
    for (const [room, { seq }] of heads) this.#ends.saw(room, seq);
    return heads;
  }

  async findOutcomes(keys: readonly OutcomeKey[], now: number): Promise<ReadonlyMap<string, StoredOutcome>> {
    if (keys.length === 0) return new Map();
    const documents = await this.#store.find('messages', { _id: { $in: keys.flatMap(possibleIds) } });
    return new Map(documents.flatMap((document) => outcomesOf(document, now)));
  }

  async #append(commit: GroupCommit): Promise<void> {
    const commands = byCommand(commit.documents);
    const planned: Planned[] = [
      ...commit.intents.map((intent) => ({ document: intentDocument(intent), written: null })),
      ...commands.map((written) => ({ document: documentOf(written), written })),
    ];
    await this.#expectPlaces(commands, 'no');
    await this.#insert(planned, 'no');
    for (const written of commands) {
      const last = isOutcome(written) ? undefined : written.at(-1);
      if (last !== undefined) this.#ends.saw(last.room, last.seq);
    }
  }

  async #fenceAfter(current: Promise<void> | null): Promise<void> {
    await Promise.allSettled([current]);
    this.#fencing = this.#queuedFence;
    this.#queuedFence = null;
    await Promise.allSettled(this.#underWay);
    await this.#lines.fence();
  }

  /** Records are PROJECT_MESSAGES_MS behind, or little more: what stands there and behind is few documents, of many rooms in one read. */
  async #headsBehindRecords(rooms: readonly RoomId[], heads: Map<RoomId, RoomHead>): Promise<void> {
    const records = await this.#store.find('rooms', { _id: { $in: rooms } }, { fields: ['stateSeq'] });
    const tails = records.map(({ _id, stateSeq }) => ({
      room: String(_id),
      seq: { $gt: Math.max(Number(stateSeq) - COMMAND_MAX_ENTRIES, 0) },
    }));
    for (let i = 0; i < tails.length; i += HEADS_AT_ONCE) {
      const filter = { $or: tails.slice(i, i + HEADS_AT_ONCE) };
      for (const document of await this.#store.find('messages', filter, { fields: HEAD_FIELDS })) {
        const [room, head] = [document['room'] as RoomId, headOf(document)];
        if ((heads.get(room)?.seq ?? 0) < head.seq) heads.set(room, head);
      }
    }
  }

  #newest(room: RoomId, upTo: number | null = null): Promise<Document | null> {
    const seq = upTo === null ? { $gt: 0 } : { $gt: 0, $lte: upTo };
    return this.#store.findOne('messages', { room, seq }, { sort: NEWEST_FIRST, fields: HEAD_FIELDS });
  }

  #sawEnd(room: RoomId, document: Document | undefined): void {
    if (document !== undefined) this.#ends.saw(room, headOf(document).seq);
  }

  /** Invariant 1, for each run of entries. @throws {AppendError} */
  async #expectPlaces(commands: readonly Written[], applied: AppendError['applied']): Promise<void> {
    const runs: Entry[] = [];
    let last: Entry | undefined;
    for (const written of commands) {
      if (isOutcome(written)) continue;
      const [first] = written;
      if (last?.room !== first.room) runs.push(first);
      else if (first.seq !== last.seq + 1) throw conflict(first.room, applied, `a gap behind ${String(last.seq)}`);
      last = written.at(-1);
    }
    await inGroups(runs, READS_AT_ONCE, ({ room, seq }) => this.#expectEnd(room, seq - 1, applied));
  }

  async #expectEnd(room: RoomId, end: number, applied: AppendError['applied']): Promise<void> {
    const known = this.#ends.get(room) ?? 0;
    if (known === end) return;
    const found = known > end ? known : await this.#endUpTo(room, end, applied);
    if (found !== end) throw conflict(room, applied, `seq ${String(end + 1)} does not follow ${String(found)}`);
  }

  async #endUpTo(room: RoomId, end: number, applied: AppendError['applied']): Promise<number> {
    try {
      const document = await this.#newest(room, end);
      return document === null ? 0 : headOf(document).seq;
    } catch {
      throw new AppendError('unavailable', applied, null, `the head of room ${room} could not be read`);
    }
  }

  /** `before`: what is known of the part of the commit that stood before these. @throws {AppendError} */
  async #insert(planned: readonly Planned[], before: AppendError['applied']): Promise<void> {
    try {
      await this.#lines.write((line: WriteLine) =>
        this.#store.insert(
          'messages',
          planned.map(({ document }) => document),
          line,
        ),
      );
    } catch (error) {
      if (!(error instanceof MongoFailure)) throw error;
      const applied = error.isUnapplied ? before : 'unknown';
      if (error.duplicate === null) throw new AppendError('unavailable', applied, null, error.message);
      const rest = planned.slice(error.duplicate.position);
      if (error.duplicate.index === BY_ID && (await this.#dropExpired(rest, applied)))
        return this.#resume(rest, applied);
      const [culprit] = rest;
      const room = culprit?.document['room'];
      throw conflict(typeof room === 'string' ? (room as RoomId) : null, applied, error.message);
    }
  }

  /** Goes on behind what was inserted, which an election may have undone meanwhile: places are looked at again. */
  async #resume(rest: readonly Planned[], applied: AppendError['applied']): Promise<void> {
    await this.#expectPlaces(
      rest.map(({ written }) => written).filter((written) => written !== null),
      applied,
    );
    await this.#insert(rest, applied);
  }

  /** @returns whether anything that stood in the way is gone. */
  async #dropExpired(planned: readonly Planned[], applied: AppendError['applied']): Promise<boolean> {
    const ids = planned.map(({ document }) => document._id);
    try {
      const expired = { _id: { $in: ids }, expires: { $lte: this.#clock.now() } };
      return (await this.#store.remove('messages', expired)) > 0;
    } catch {
      throw new AppendError('unavailable', applied, null, 'an expired outcome could not be removed');
    }
  }
}

const conflict = (room: RoomId | null, applied: AppendError['applied'], why: string): AppendError =>
  new AppendError('conflict', applied, room, why);
