/**
 * The store as one process reaches it: over a network that loses, delays and repeats, to a server that
 * fails. Invariants:
 * 1. An append that is said to have failed with `applied: no` never lands.
 * 2. A barrier is answered only when everything that this process appended before it was decided.
 * 3. What a call does is done at one moment, between its way there and its way back.
 */
import {
  AppendError,
  asSeq,
  ChatError,
  isRegistered,
  outcomeKeyText,
  type GroupCommit,
  type LogDocument,
  type Membership,
  type Ownership,
  type RoomId,
  type RoomLog,
  type Store,
} from '@munova/contracts';
import type { ActorStore } from '@munova/room-actors';
import type { Faults } from './faults.js';
import type { Mutant } from './mutants.js';
import type { SimProcess } from './process.js';
import type { Tally } from './tally.js';

/** What all processes share of the store. */
export interface StoreServer {
  readonly store: Store;
  /** That store's log, as the world wants it to be. */
  readonly log: RoomLog;
  readonly faults: Faults;
  readonly tally: Tally;
  readonly mutant: Mutant | null;
  /** Simulated ms until which nothing is answered. */
  downUntil: number;
  /** Hears of every append when it leaves its process. @returns ms that it is longer on its way */
  readonly onAppend: (process: SimProcess) => number;
  /** Outcome keys of appends whose answers were lost. */
  readonly inDoubt: Set<string>;
  readonly membership: Membership;
  readonly ownership: Ownership;
}

/** What lands late lands up to so long after it was given up: also behind a take-over. */
export const LATEST_MS = 15_000;
const SLOW_MS = 200; // ms from which a call counts as slow
const PATIENCE_MS = 2_000; // ms that a caller waits for a store that does not answer

export class StoreClient {
  /** Appends that were sent and have neither landed nor failed. */
  readonly undecided = new Set<Promise<unknown>>();
  /** Simulated ms until which this process alone does not reach the store. */
  cutUntil = 0;
  /** The same for its calls to the members. */
  membersCutUntil = 0;
  readonly #server: StoreServer;
  readonly #process: SimProcess;
  /** Rooms that were read from the directory. */
  readonly #met = new Set<RoomId>();

  constructor(server: StoreServer, process: SimProcess) {
    this.#server = server;
    this.#process = process;
  }

  get log(): RoomLog {
    const { log } = this.#server;
    return {
      append: (commit) => this.#append(commit),
      barrier: () => this.#barrier(),
      readAfter: (room, after, limit) => this.#read('readAfter', () => log.readAfter(room, after, limit)),
      readPage: (room, bounds, limit) => this.#read('readPage', () => log.readPage(room, bounds, limit)),
      heads: (rooms) => this.#read('heads', () => log.heads(rooms)),
      findOutcomes: (keys, now) =>
        this.#read('findOutcomes', async () => {
          const found = await log.findOutcomes(keys, now);
          for (const key of found.keys()) {
            if (this.#server.inDoubt.delete(key)) this.#server.tally.met('duplicate found after a lost reply');
          }
          return found;
        }),
    };
  }

  get ports(): ActorStore {
    const { projection, directory, memberships, names } = this.#server.store;
    return {
      log: this.log,
      projection: {
        project: (updates, settled) =>
          this.#write('project', () =>
            this.#server.mutant === 'projection-lost' ? Promise.resolve() : projection.project(updates, settled),
          ),
        openIntents: () =>
          this.#read('openIntents', async () => {
            const open = await projection.openIntents();
            if (open.length > 0) this.#server.tally.met('intent found open by a successor');
            return open;
          }),
      },
      directory: {
        get: (room) => {
          if (this.#met.has(room)) this.#server.tally.met('room passivated or forgotten and read again');
          this.#met.add(room);
          return this.#read('directory', () => directory.get(room));
        },
        getMany: (rooms) => this.#read('directory', () => directory.getMany(rooms)),
        list: (query) => this.#read('directory', () => directory.list(query)),
      },
      memberships: {
        get: (room, user) => this.#read('memberships', () => memberships.get(room, user)),
        getMany: (room, users) => this.#read('memberships', () => memberships.getMany(room, users)),
        members: (room, cursor, limit) => this.#read('memberships', () => memberships.members(room, cursor, limit)),
        countRooms: (user) => this.#read('memberships', () => memberships.countRooms(user)),
      },
      names: {
        reserve: (name, room, now) => this.#write('reserve', () => names.reserve(name, room, now)),
        release: (name, room) => this.#write('release', () => names.release(name, room)),
        unsettled: (before, limit) => this.#read('unsettled', () => names.unsettled(before, limit)),
      },
    };
  }

  get membership(): Membership {
    const { membership } = this.#server;
    return {
      join: (introduction) => this.#write('join', () => membership.join(introduction)),
      renew: (node) => this.#memberCall('renew', () => membership.renew(node)),
      view: () => this.#memberCall('members', () => membership.view()),
      markDead: (node, beat) => this.#write('mark dead', () => membership.markDead(node, beat)),
      markDraining: (node) => this.#write('mark draining', () => membership.markDraining(node)),
      leave: (node) => this.#write('leave', () => membership.leave(node)),
    };
  }

  get ownership(): Ownership {
    const { ownership } = this.#server;
    return {
      shards: () => this.#read('shards', () => ownership.shards()),
      claim: (seen, owner) => this.#write('claim', () => ownership.claim(seen, owner)),
      release: (shard, owner, epoch) => this.#write('release', () => ownership.release(shard, owner, epoch)),
    };
  }

  get #isDown(): boolean {
    return this.#process.clock.monotonic() < Math.max(this.#server.downUntil, this.cutUntil);
  }

  #travel<T>(name: string, act: () => Promise<T>, backMs = 0): Promise<T> {
    const { faults } = this.#server;
    const [way, answer] = [faults.storeMs(), faults.networkMs()];
    // What is slow is the way there, or the answer to what was done long ago.
    const swaps = way >= SLOW_MS && faults.between(0, 1) === 1;
    const [there, back] = swaps ? [answer, way] : [way, answer];
    return this.#process.travel({ name, there, back: backMs + back, act });
  }

  #travelLate<T>(name: string, lateMs: number, act: () => Promise<T>): Promise<T> {
    const { faults } = this.#server;
    return this.#process.travel({ name, there: faults.storeMs() + lateMs, back: faults.networkMs(), act });
  }

  #read<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (this.#isDown || this.#server.faults.strikes('store-read-fails')) return this.#unanswered(name);
    return this.#travel(name, act);
  }

  async #write<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (this.#isDown || this.#server.faults.strikes('store-read-fails')) return this.#unanswered(name);
    const done = await this.#travel(name, act);
    if (this.#server.faults.strikes('store-write-reply-lost')) throw unavailable(name);
    return done;
  }

  #memberCall<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (this.#process.clock.monotonic() < this.membersCutUntil) return this.#unanswered(name);
    return this.#write(name, act);
  }

  #unanswered<T>(name: string): Promise<T> {
    return this.#travel(name, () => Promise.reject(unavailable(name)), this.#isDown ? PATIENCE_MS : 0);
  }

  async #barrier(): Promise<void> {
    const before = [...this.undecided];
    await this.#read('barrier', async () => {
      await Promise.allSettled(before);
    });
  }

  #append(commit: GroupCommit): Promise<void> {
    const { faults, mutant } = this.#server;
    const delayMs = this.#server.onAppend(this.#process);
    if (mutant === 'early-answer' && faults.between(0, 9) < 3) return this.#answerEarly(commit);
    if (this.#isDown) return this.#appendFails('unknown', PATIENCE_MS);
    const fate = faults.first(
      'append-refused',
      'append-unknown',
      'append-partial',
      'append-reply-lost',
      'append-lands-late',
    );
    switch (fate) {
      case 'append-refused':
        return this.#appendFails('no', 0);
      case 'append-unknown':
        return this.#appendFails('unknown', 0);
      case 'append-partial':
        return this.#appendUnheard(partOf(commit, faults), 0);
      case 'append-reply-lost':
        return this.#appendUnheard(commit, 0);
      case 'append-lands-late':
        return this.#appendUnheard(commit, faults.between(10, LATEST_MS));
      case null:
        return this.#decided(this.#travelLate('append', delayMs, () => this.#apply(commit)));
    }
  }

  #appendFails(applied: 'no' | 'unknown', afterMs: number): Promise<void> {
    const error = new AppendError('unavailable', applied, null, 'the store did not answer');
    return this.#travel('append', () => Promise.reject(error), afterMs);
  }

  /** Lands `lateMs` after its caller was told that nobody knows. */
  #appendUnheard(commit: GroupCommit, lateMs: number): Promise<void> {
    for (const document of commit.documents) this.#server.inDoubt.add(outcomeKeyText(document));
    const landing = this.#travelLate('append (unheard)', lateMs, () => this.#apply(commit));
    void this.#decided(landing).catch(() => undefined);
    return this.#appendFails('unknown', 0);
  }

  #decided(landing: Promise<void>): Promise<void> {
    this.undecided.add(landing);
    const settled = (): void => void this.undecided.delete(landing);
    landing.then(settled, settled);
    return landing;
  }

  async #apply(commit: GroupCommit): Promise<void> {
    if (!this.#process.alive) this.#server.tally.met('append of a dead node lands behind its successor’s take-over');
    try {
      await this.#server.log.append(commit);
    } catch (error) {
      if (error instanceof AppendError && error.reason === 'conflict') {
        this.#server.tally.met('conflict met and planned again');
        if (await this.#isBehindSuccessor(commit)) this.#server.tally.met('stale owner refused by seq');
      }
      throw error;
    }
  }

  async #isBehindSuccessor({ documents }: GroupCommit): Promise<boolean> {
    for (const document of documents) {
      if (isRegistered(document)) continue;
      const [there] = await this.#server.log.readAfter(document.room, asSeq(document.seq - 1), 1);
      if (there !== undefined && there.epoch > document.epoch) return true;
    }
    return false;
  }

  /** The mutant: said to be durable, and lost by a power cut every other time. */
  #answerEarly(commit: GroupCommit): Promise<void> {
    const lost = this.#server.faults.between(0, 1) === 0;
    return this.#travel('append', () => (lost ? Promise.resolve() : this.#apply(commit)));
  }
}

const unavailable = (what: string): ChatError => new ChatError('unavailable', `the store did not answer ${what}`);

/** A first part of a commit, cut between two commands: those of one are all there or none. */
const partOf = ({ documents, intents }: GroupCommit, faults: Faults): GroupCommit => {
  const ends = documents.map((_, i) => i + 1).filter((end) => !isContinued(documents[end]));
  const end = ends[faults.between(0, ends.length - 1)] ?? documents.length;
  return { documents: documents.slice(0, end), intents };
};

/** Whether this one belongs to the command of the one before it. */
const isContinued = (document: LogDocument | undefined): boolean =>
  document !== undefined && !isRegistered(document) && document.cmid.includes('~');
