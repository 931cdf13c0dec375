/**
 * A replica set of three in memory, as far as the product's adapters can tell it from a real one. Invariants:
 * 1. A command is done at one moment on the primary, whole, but for an ordered insert that something refuses.
 * 2. A write for a majority is answered once a majority has it; while there is no primary, and after it
 *    lost what it had, it is answered with a failure, never with success.
 * 3. A majority read sees what is committed, but right after an election, where it may lack what was committed last
 *    and has what its caller has been told of; a local one sees whatever the primary has.
 * 4. What was asked for before a restore is not done after it.
 * 5. A write on a line is refused once a newer one on it was tried here, or is among what this primary has.
 */
import type { Random, Timers } from '@munova/contracts';
import { MongoFailure, type CollectionName, type Document } from '@munova/store/mongo-core';
import type { Backup, FakeData, Numbered } from './data.js';
import { CONFIRM_MS, DISCOVERY_MS, ELECTION_MS, HAND_OVER_MS, SELECTION_MS } from './limits.js';
import { Members } from './members.js';

interface Waiter {
  readonly at: bigint;
  readonly done: () => void;
  readonly failed: (error: MongoFailure) => void;
}

export class FakeReplicaSet {
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #members: Members;
  /** On the primary, in memory only. */
  readonly #tried = new Map<string, number>();
  #term = 1;
  #time = 1n;
  #committed = 1n;
  #confirming: Waiter[] = [];
  #selecting: (() => void)[] = [];
  /** Ops that elections have undone. */
  #undone = 0;
  #lines = 0;
  #era = 0;

  constructor({ timers, random }: { readonly timers: Timers; readonly random: Random }) {
    this.#timers = timers;
    this.#random = random;
    this.#members = new Members(timers, random, (at) => this.#onCommitted(at));
  }

  get undone(): number {
    return this.#undone;
  }

  get hasPrimary(): boolean {
    return this.#members.hasPrimary;
  }

  /** Another number after each restore. */
  get era(): number {
    return this.#era;
  }

  newLine(): string {
    this.#lines += 1;
    return `line-${String(this.#lines)}`;
  }

  /** As by kill -9. The member comes back after `downMs` with what a majority has. */
  crashPrimary(downMs: number): void {
    if (!this.hasPrimary) return;
    const restart = this.#members.crashPrimary();
    this.#lostPrimary(new MongoFailure('network', 'the connection was closed'));
    this.#electAfter(ELECTION_MS);
    this.#timers.after(downMs, () => {
      restart();
      if (!this.hasPrimary) this.#electAfter(ELECTION_MS);
    });
  }

  /** `handedOver`: the others get all it has first. Otherwise what none of them has is lost. */
  stepDown({ handedOver }: { readonly handedOver: boolean }): void {
    if (!this.hasPrimary) return;
    this.#members.stepDown(handedOver);
    this.#lostPrimary(new MongoFailure('not-primary', 'the primary stepped down'));
    this.#electAfter(handedOver ? HAND_OVER_MS : ELECTION_MS);
  }

  /** The others fall behind: writes are done, and no majority has them. */
  holdReplication(): void {
    this.#members.hold(true);
  }

  releaseReplication(): void {
    this.#members.hold(false);
  }

  /** As the server does once a minute: what has expired at `now` (epoch ms) is gone. */
  sweepExpired(now: number): void {
    if (!this.hasPrimary) return;
    for (const document of this.#members.local.of('messages').matching({ expires: { $lte: now } })) {
      this.change('messages', document, undefined, null);
    }
  }

  /** Every document is as it was then, or gone. No process is connected meanwhile. @throws {MongoFailure} */
  async restore(backup: Backup): Promise<void> {
    this.#era += 1;
    const { local } = this;
    for (const [name, documents] of backup) {
      for (const document of local.of(name).matching({})) this.change(name, document, undefined, null);
      for (const document of documents) this.change(name, undefined, document, null);
    }
    await this.confirmed(this.#time);
  }

  /** Resolves when there is a primary. @throws {MongoFailure} `network` after SELECTION_MS. */
  async select(): Promise<void> {
    if (this.hasPrimary) return;
    await new Promise<void>((resolve, reject) => {
      const timer = this.#timers.after(SELECTION_MS, () => {
        this.#selecting = this.#selecting.filter((waiting) => waiting !== selected);
        reject(new MongoFailure('network', 'no primary was found'));
      });
      const selected = (): void => {
        timer.cancel();
        resolve();
      };
      this.#selecting.push(selected);
    });
  }

  /** What the primary has. @throws {MongoFailure} `not-primary` */
  get local(): FakeData {
    if (!this.hasPrimary) throw new MongoFailure('not-primary', 'no member is primary');
    return this.#members.local;
  }

  /** What the primary knows a majority to have, no earlier than at `after`. @throws {MongoFailure} */
  async durable(after: bigint | null): Promise<FakeData> {
    if (after !== null && (after > this.#committed || this.#members.isUnknown(after)))
      await this.#until(after, 'time-out');
    if (!this.hasPrimary) throw new MongoFailure('not-primary', 'no member is primary');
    return this.#members.known;
  }

  /** What a majority has, whoever is primary: for those who judge. */
  get committed(): FakeData {
    return this.#members.durable;
  }

  get term(): string {
    if (!this.hasPrimary) throw new MongoFailure('not-primary', 'no member is primary');
    return `election-${String(this.#term)}`;
  }

  /** Another number than any before it on its line. @throws {MongoFailure} `superseded` */
  admit({ line, number }: Numbered): void {
    const newest = Math.max(this.#tried.get(line) ?? 0, this.local.numbers.get(line) ?? 0);
    if (number < newest)
      throw new MongoFailure('superseded', `write ${String(number)} of a line is behind ${String(newest)}`);
    this.#tried.set(line, number);
  }

  /** One document becomes another. There is a primary. */
  change(
    collection: CollectionName,
    before: Document | undefined,
    after: Document | undefined,
    numbered: Numbered | null,
  ): void {
    const id = before?._id ?? after?._id;
    if (id === undefined) return;
    this.#tick({ collection, id, before, after }, numbered);
  }

  /** When the last change was made. */
  get time(): bigint {
    return this.#time;
  }

  /** Resolves when a majority has all up to `at`. @throws {MongoFailure} `write-concern` after CONFIRM_MS. */
  async confirmed(at: bigint): Promise<void> {
    if (at > this.#committed) await this.#until(at, 'write-concern');
  }

  #tick(change: Parameters<Members['write']>[0]['change'], numbered: Numbered | null): void {
    this.#time += 1n;
    const before = numbered === null ? 0 : (this.#members.local.numbers.get(numbered.line) ?? 0);
    this.#members.write({ at: this.#time, change, numbered: numbered && { ...numbered, before } });
  }

  #until(at: bigint, otherwise: 'write-concern' | 'time-out'): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.after(CONFIRM_MS, () => {
        this.#confirming = this.#confirming.filter((waiting) => waiting !== waiter);
        reject(new MongoFailure(otherwise, 'no majority got so far in time'));
      });
      const waiter: Waiter = {
        at,
        done: () => {
          timer.cancel();
          resolve();
        },
        failed: (error) => {
          timer.cancel();
          reject(error);
        },
      };
      this.#confirming.push(waiter);
    });
  }

  #onCommitted(at: bigint): void {
    this.#committed = at;
    const done = this.#confirming.filter((waiter) => waiter.at <= at);
    this.#confirming = this.#confirming.filter((waiter) => waiter.at > at);
    for (const waiter of done) waiter.done();
  }

  #lostPrimary(error: MongoFailure): void {
    const waiting = this.#confirming;
    this.#confirming = [];
    for (const waiter of waiting) waiter.failed(error);
  }

  #electAfter(ms: number): void {
    this.#timers.after(ms, () => {
      if (this.hasPrimary || !this.#members.canElect) return;
      this.#undone += this.#members.elect();
      this.#term += 1;
      this.#tried.clear();
      // What it has of its predecessor's is committed with the first op of its own.
      this.#tick(null, null);
      const selecting = this.#selecting;
      this.#selecting = [];
      // Each finds out when it looks next.
      for (const selected of selecting) this.#timers.after(this.#random.next() * DISCOVERY_MS, selected);
    });
  }
}
