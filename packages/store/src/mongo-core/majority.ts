import { ChatError } from '@munova/contracts';
import {
  MongoFailure,
  type BulkUpdate,
  type ClusterTime,
  type CollectionName,
  type Document,
  type Filter,
  type FindOptions,
  type MongoCommands,
  type Update,
  type Updated,
  type WriteLine,
  type Written,
} from './commands.js';

const MAJORITY = { durability: 'majority' } as const;

/**
 * How the whole product writes and reads: to a majority and from it, each read behind every write that
 * this process has been told is durable. What fails is `ChatError('unavailable')`, or `busy`, but for `insert`.
 */
export class Majority {
  readonly #commands: MongoCommands;
  #latest: ClusterTime | null = null;

  constructor(commands: MongoCommands) {
    this.#commands = commands;
  }

  openLine(): WriteLine {
    return this.#commands.openLine();
  }

  find(collection: CollectionName, filter: Filter, options: FindOptions = {}): Promise<readonly Document[]> {
    return asked(this.#commands.find(collection, filter, options, { read: 'majority', after: this.#latest }));
  }

  async findOne(collection: CollectionName, filter: Filter, options: FindOptions = {}): Promise<Document | null> {
    const [document] = await this.find(collection, filter, { ...options, limit: 1 });
    return document ?? null;
  }

  /** @throws {MongoFailure} */
  async insert(collection: CollectionName, documents: readonly Document[], line: WriteLine): Promise<void> {
    this.#saw(await this.#commands.insertMany(collection, documents, { ...MAJORITY, line }));
  }

  /** A write that means nothing, as the latest of its line. */
  async fence(line: WriteLine | null): Promise<void> {
    const intent = line === null ? MAJORITY : { ...MAJORITY, line };
    const write = this.#commands.updateOne(
      'deployment',
      { _id: 'barrier' },
      { $inc: { writes: 1 } },
      { upsert: true },
      intent,
    );
    this.#saw(await asked(write));
  }

  /** Null where an upsert found its id taken by a document that is not as the filter wants it. */
  async update(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    options: { readonly upsert: boolean } = { upsert: false },
  ): Promise<Updated | null> {
    const updated = await asked(
      unlessDuplicate(this.#commands.updateOne(collection, filter, update, options, MAJORITY)),
    );
    if (updated !== null) this.#saw(updated);
    return updated;
  }

  /** The document after the update; null as for `update`, and where there was none to update. */
  async changed(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    options: { readonly upsert: boolean } = { upsert: false },
  ): Promise<Document | null> {
    const changed = await asked(
      unlessDuplicate(this.#commands.findOneAndUpdate(collection, filter, update, options, MAJORITY)),
    );
    if (changed !== null) this.#saw(changed);
    return changed?.document ?? null;
  }

  async bulk(collection: CollectionName, updates: readonly BulkUpdate[]): Promise<void> {
    if (updates.length > 0) this.#saw(await asked(this.#commands.bulkUpdate(collection, updates, MAJORITY)));
  }

  /** @returns how many. */
  async remove(collection: CollectionName, filter: Filter): Promise<number> {
    const removed = await asked(this.#commands.deleteMany(collection, filter, MAJORITY));
    this.#saw(removed);
    return removed.deleted;
  }

  term(): Promise<string> {
    return asked(this.#commands.term());
  }

  #saw({ at }: Written): void {
    if (this.#latest === null || at > this.#latest) this.#latest = at;
  }
}

const unlessDuplicate = async <T>(call: Promise<T>): Promise<T | null> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof MongoFailure && error.kind === 'duplicate') return null;
    throw error;
  }
};

/** The detail of a failing store is for the log, not for a client. */
const asked = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof MongoFailure)) throw error;
    throw new ChatError(error.kind === 'busy' ? 'busy' : 'unavailable');
  }
};
