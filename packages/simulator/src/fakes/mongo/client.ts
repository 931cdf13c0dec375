/**
 * The seam as one process has it: its way to the set, and what goes wrong on it. Invariants:
 * 1. A call settles once: with the answer, or as `network` once ANSWER_MS have passed.
 * 2. What a call carries is copied on the way there and on the way back.
 * 3. Writes of a line are numbered in the order of their calls.
 */
import type { Timers } from '@munova/contracts';
import {
  MongoFailure,
  type BulkUpdate,
  type CollectionName,
  type Document,
  type Filter,
  type FindOptions,
  type MongoCommands,
  type ReadIntent,
  type Update,
  type Updated,
  type WriteIntent,
  type WriteLine,
  type Written,
} from '@munova/store/mongo-core';
import type { Numbered } from './data.js';
import { ANSWER_MS } from './limits.js';
import type { FakeReplicaSet } from './replica-set.js';
import { find, insert, remove, update, updateEach } from './server.js';

/** A call about to be made. */
export interface FakeCall {
  readonly what: 'insertMany' | 'find' | 'updateOne' | 'findOneAndUpdate' | 'bulkUpdate' | 'deleteMany' | 'term';
  readonly collection: CollectionName | null;
  /** How many documents it inserts. */
  readonly documents: number;
}

/**
 * `request-lost`: it never arrives, and nobody notices before ANSWER_MS. `reply-lost`: it is done, and nobody hears of
 * it. `broken`: it never arrives, and its caller is told at once that nobody knows. `late`: the same, and it arrives
 * so much later all the same. `slow`: it takes so much longer. `unconfirmed`: done, and answered as not confirmed.
 * `refused`: a member that is no primary answers. `busy`: the driver does not send it, for want of a connection. `half`: an ordered insert ends behind so many documents.
 */
export type FakeFault =
  | { readonly kind: 'request-lost' | 'reply-lost' | 'broken' | 'unconfirmed' | 'refused' | 'busy' }
  | { readonly kind: 'late' | 'slow'; readonly ms: number }
  | { readonly kind: 'half'; readonly documents: number };

export interface FakeTrip {
  readonly what: FakeCall['what'];
  /** ms beyond what a way there takes. */
  readonly slowMs: number;
}

export interface FakeClientOptions {
  readonly set: FakeReplicaSet;
  /** The process's: an answer that it waits for is given up by them. */
  readonly timers: Timers;
  /** Does `act` on its way there and brings back what came of it; never settles for a process that is gone. */
  readonly travel: <T>(trip: FakeTrip, act: () => Promise<T>) => Promise<T>;
  /** What goes wrong with this call. */
  readonly fault?: (call: FakeCall) => FakeFault | null;
}

const doneOrRefused = <T extends object>(act: () => T): readonly [T, null] | readonly [null, MongoFailure] => {
  try {
    return [act(), null];
  } catch (error) {
    if (error instanceof MongoFailure) return [null, error];
    throw error;
  }
};

export class FakeMongoClient implements MongoCommands {
  readonly #options: FakeClientOptions;
  readonly #numbers = new Map<string, number>();

  constructor(options: FakeClientOptions) {
    this.#options = options;
  }

  insertMany(collection: CollectionName, documents: readonly Document[], intent: WriteIntent): Promise<Written> {
    const call: FakeCall = { what: 'insertMany', collection, documents: documents.length };
    return this.#write(call, intent, (numbered, most) => {
      insert(this.#options.set, collection, documents, numbered, most);
      return {};
    });
  }

  find(
    collection: CollectionName,
    filter: Filter,
    options: FindOptions,
    { read, after }: ReadIntent,
  ): Promise<readonly Document[]> {
    const { set } = this.#options;
    return this.#call({ what: 'find', collection, documents: 0 }, async () => {
      await set.select();
      return find(read === 'local' ? set.local : await set.durable(after), collection, filter, options);
    });
  }

  async updateOne(
    collection: CollectionName,
    filter: Filter,
    change: Update,
    { upsert }: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<Updated> {
    const { set } = this.#options;
    const { at, matched, inserted } = await this.#write(
      { what: 'updateOne', collection, documents: 0 },
      intent,
      (numbered) => update(set, collection, filter, change, upsert, numbered),
    );
    return { at, matched, inserted };
  }

  async findOneAndUpdate(
    collection: CollectionName,
    filter: Filter,
    change: Update,
    { upsert }: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<{ readonly document: Document | null } & Written> {
    const { set } = this.#options;
    const call: FakeCall = { what: 'findOneAndUpdate', collection, documents: 0 };
    const { at, after } = await this.#write(call, intent, (numbered) =>
      update(set, collection, filter, change, upsert, numbered),
    );
    return { at, document: after };
  }

  bulkUpdate(collection: CollectionName, updates: readonly BulkUpdate[], intent: WriteIntent): Promise<Written> {
    return this.#write({ what: 'bulkUpdate', collection, documents: 0 }, intent, () => {
      updateEach(this.#options.set, collection, updates);
      return {};
    });
  }

  deleteMany(
    collection: CollectionName,
    filter: Filter,
    intent: WriteIntent,
  ): Promise<{ readonly deleted: number } & Written> {
    return this.#write({ what: 'deleteMany', collection, documents: 0 }, intent, (numbered) => ({
      deleted: remove(this.#options.set, collection, filter, numbered),
    }));
  }

  openLine(): WriteLine {
    return { name: this.#options.set.newLine() };
  }

  term(): Promise<string> {
    const { set } = this.#options;
    return this.#call({ what: 'term', collection: null, documents: 0 }, async () => {
      await set.select();
      return set.term;
    });
  }

  #write<T extends object>(
    call: FakeCall,
    { durability, line }: WriteIntent,
    act: (numbered: Numbered | null, most?: number) => T,
  ): Promise<T & Written> {
    const { set } = this.#options;
    const numbered = line === undefined ? null : { line: line.name, number: this.#nextNumber(line) };
    const { era } = set;
    return this.#call(call, async (fault) => {
      await set.select();
      if (set.era !== era) throw new MongoFailure('network', 'the connection is of before a restore');
      if (fault?.kind === 'refused') throw new MongoFailure('not-primary', 'this member is no primary');
      if (numbered !== null) set.admit(numbered);
      const [result, refusal] = doneOrRefused(() =>
        act(numbered, fault?.kind === 'half' ? fault.documents : undefined),
      );
      const at = set.time;
      // Also what stood before a refused document is waited for.
      if (durability === 'majority') await set.confirmed(at);
      if (refusal !== null) throw refusal;
      if (fault?.kind === 'unconfirmed') throw new MongoFailure('write-concern', 'it was not confirmed');
      return { ...result, at };
    });
  }

  #nextNumber({ name }: WriteLine): number {
    const number = (this.#numbers.get(name) ?? 0) + 1;
    this.#numbers.set(name, number);
    return number;
  }

  #call<T>(call: FakeCall, act: (fault: FakeFault | null) => Promise<T>): Promise<T> {
    const { timers, travel, fault: faultOf } = this.#options;
    const fault = faultOf?.(call) ?? null;
    const perform = (): Promise<T> => act(fault);
    const trip = { what: call.what, slowMs: fault?.kind === 'late' || fault?.kind === 'slow' ? fault.ms : 0 };
    return new Promise((resolve, reject) => {
      if (fault?.kind === 'busy') {
        reject(new MongoFailure('busy', 'too many calls wait'));
        return;
      }
      if (fault?.kind === 'broken' || fault?.kind === 'late') {
        timers.after(0, () => reject(new MongoFailure('network', 'the connection broke')));
        if (fault.kind === 'late') void travel(trip, perform).catch(() => undefined);
        return;
      }
      const timer = timers.after(ANSWER_MS, () => reject(new MongoFailure('network', 'there was no answer')));
      if (fault?.kind === 'request-lost') return;
      const settle = (settled: () => void): void => {
        timer.cancel();
        settled();
      };
      travel(trip, perform).then(
        (value) => (fault?.kind === 'reply-lost' ? undefined : settle(() => resolve(value))),
        (error: unknown) => (fault?.kind === 'reply-lost' ? undefined : settle(() => reject(error))),
      );
    });
  }
}
