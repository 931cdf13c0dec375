/**
 * The seam over the real driver. Invariants:
 * 1. Every call has a session: of its own, or its line's. So each write is numbered where the driver can
 *    (`retryWrites`), is tried again at most once under the same number, and tells the moment of its write.
 * 2. Every write says its concern and every read its own; nothing rests on defaults of server, driver or URI.
 * 3. At most MAX_CALLS calls are under way; after `close` was called every call is refused.
 */
import { ObjectId } from 'mongodb';
import type { ClientSession, Collection, MongoClient, WriteConcernSettings } from 'mongodb';
import {
  MongoFailure,
  type BulkUpdate,
  type ClusterTime,
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
} from '../mongo-core/index.js';
import { filterToBson, fromBson, fromTimestamp, toBson, toTimestamp, updateToBson } from './bson.js';
import { failureOf, isDuplicatesAlone } from './driver-failures.js';
import { CONFIRM_MS, MAX_CALLS, READ_MS } from './limits.js';

const CONCERNS: Record<WriteIntent['durability'], WriteConcernSettings> = {
  majority: { w: 'majority', journal: true, wtimeoutMS: CONFIRM_MS },
  primary: { w: 1, journal: true },
};

export class DriverCommands implements MongoCommands {
  readonly #client: MongoClient;
  readonly #database: string;
  readonly #maxCalls: number;
  readonly #lines = new Map<WriteLine, ClientSession>();
  #calls = 0;
  #isStopped = false;
  #whenIdle: (() => void) | null = null;

  constructor(client: MongoClient, database: string, maxCalls = MAX_CALLS) {
    this.#client = client;
    this.#database = database;
    this.#maxCalls = maxCalls;
  }

  async insertMany(collection: CollectionName, documents: readonly Document[], intent: WriteIntent): Promise<Written> {
    const at = await this.#write(intent, (options) =>
      this.#collection(collection).insertMany(documents.map(toBson), { ordered: true, ...options }),
    );
    return { at: at.time };
  }

  find(
    collection: CollectionName,
    filter: Filter,
    { sort, limit, fields }: FindOptions,
    { read, after }: ReadIntent,
  ): Promise<readonly Document[]> {
    return this.#call(this.#client.startSession({ causalConsistency: true }), true, async (session) => {
      if (after !== null) session.advanceOperationTime(toTimestamp(after));
      const found = this.#collection(collection).find(filterToBson(filter), {
        session,
        readConcern: { level: read },
        readPreference: 'primary',
        maxTimeMS: READ_MS,
        ...(sort !== undefined && { sort }),
        ...(limit !== undefined && { limit }),
        ...(fields !== undefined && { projection: Object.fromEntries(fields.map((field) => [field, 1])) }),
      });
      return (await found.toArray()).map(fromBson);
    });
  }

  async updateOne(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    { upsert }: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<Updated> {
    const { result, time } = await this.#write(intent, (options) =>
      this.#collection(collection).updateOne(filterToBson(filter), updateToBson(update), { upsert, ...options }),
    );
    return { at: time, matched: result.matchedCount, inserted: result.upsertedCount === 1 };
  }

  async findOneAndUpdate(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    { upsert }: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<{ readonly document: Document | null } & Written> {
    const { result, time } = await this.#write(intent, (options) =>
      this.#collection(collection).findOneAndUpdate(filterToBson(filter), updateToBson(update), {
        upsert,
        returnDocument: 'after',
        ...options,
      }),
    );
    return { at: time, document: result && fromBson(result) };
  }

  async bulkUpdate(collection: CollectionName, updates: readonly BulkUpdate[], intent: WriteIntent): Promise<Written> {
    const operations = updates.map(({ filter, update, upsert = false, many = false }) => {
      const operation = { filter: filterToBson(filter), update: updateToBson(update) };
      return many ? { updateMany: operation } : { updateOne: { ...operation, upsert } };
    });
    const { time } = await this.#write(intent, async (options) => {
      try {
        await this.#collection(collection).bulkWrite(operations, { ordered: false, ...options });
      } catch (error) {
        if (!isDuplicatesAlone(error)) throw error;
      }
    });
    return { at: time };
  }

  async deleteMany(
    collection: CollectionName,
    filter: Filter,
    intent: WriteIntent,
  ): Promise<{ readonly deleted: number } & Written> {
    const { result, time } = await this.#write(intent, (options) =>
      this.#collection(collection).deleteMany(filterToBson(filter), options),
    );
    return { at: time, deleted: result.deletedCount };
  }

  openLine(): WriteLine {
    const session = this.#client.startSession({ causalConsistency: true });
    const line: WriteLine = { name: session.id?.id.toString('hex') ?? '' };
    this.#lines.set(line, session);
    return line;
  }

  term(): Promise<string> {
    return this.#call(this.#client.startSession(), true, async () => {
      const hello = await this.#client.db('admin').command({ hello: 1 }, { readPreference: 'primary' });
      const election: unknown = hello['electionId'];
      if (hello['isWritablePrimary'] !== true || !(election instanceof ObjectId)) {
        throw new MongoFailure('not-primary', 'the member that was asked is no primary');
      }
      return election.toHexString();
    });
  }

  /** Refuses what comes later, and resolves when what was begun is answered. */
  async close(): Promise<void> {
    this.#isStopped = true;
    if (this.#calls > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    for (const session of this.#lines.values()) await session.endSession();
    this.#lines.clear();
  }

  #collection(name: CollectionName): Collection<Document> {
    return this.#client.db(this.#database).collection<Document>(name);
  }

  #write<T>(
    { durability, line }: WriteIntent,
    write: (options: { session: ClientSession; writeConcern: WriteConcernSettings }) => Promise<T>,
  ): Promise<{ readonly result: T; readonly time: ClusterTime }> {
    const ofLine = line && this.#lines.get(line);
    const session = ofLine ?? this.#client.startSession({ causalConsistency: true });
    return this.#call(session, ofLine === undefined, async () => {
      const result = await write({ session, writeConcern: CONCERNS[durability] });
      if (session.operationTime === undefined) throw new MongoFailure('failed', 'the server told no operation time');
      return { result, time: fromTimestamp(session.operationTime) };
    });
  }

  async #call<T>(session: ClientSession, isItsOwn: boolean, act: (session: ClientSession) => Promise<T>): Promise<T> {
    if (this.#isStopped) throw new MongoFailure('stopped', 'the store is closed');
    if (this.#calls >= this.#maxCalls) throw new MongoFailure('busy', 'too many calls wait for the store');
    this.#calls += 1;
    try {
      return await act(session);
    } catch (error) {
      throw failureOf(error);
    } finally {
      if (isItsOwn) await session.endSession();
      this.#calls -= 1;
      if (this.#calls === 0) this.#whenIdle?.();
    }
  }
}
