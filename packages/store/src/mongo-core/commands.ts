/**
 * What the MongoDB adapters ask of a replica set: a narrow seam between them and a driver, so that the
 * same adapters run over a real set and over a simulated one. Filters, sorts and updates mean what
 * MongoDB's own mean, of which this is a small part. Every call says how durable its write is or how
 * firm its read; there are no defaults.
 */

export type CollectionName =
  | 'messages'
  | 'rooms'
  | 'memberships'
  | 'readMarks'
  | 'names'
  | 'products'
  | 'tags'
  | 'deployment'
  | 'nodes'
  | 'shards';

export type Scalar = string | number | boolean | null;
export type Value = Scalar | readonly Value[] | { readonly [field: string]: Value };
export interface Document {
  readonly _id: string | number;
  readonly [field: string]: Value;
}

export interface Operators {
  readonly $in?: readonly Scalar[];
  /** Of an array: holds each of these. */
  readonly $all?: readonly Scalar[];
  readonly $gt?: string | number;
  readonly $gte?: string | number;
  readonly $lt?: string | number;
  readonly $lte?: string | number;
  readonly $ne?: Scalar;
  readonly $exists?: boolean;
  /** Of a text. Only what means the same to PCRE and to JavaScript: escaped characters and letters. */
  readonly $regex?: string;
}
/** On an array a condition holds where it holds of an element; null is also a field that is not there. */
export interface Filter {
  readonly $or?: readonly Filter[];
  readonly $and?: readonly Filter[];
  readonly [field: string]: Scalar | Operators | readonly Filter[] | undefined;
}

export interface Update {
  readonly $set?: Readonly<Record<string, Value>>;
  readonly $inc?: Readonly<Record<string, number>>;
  /** Where it is greater than what is there. */
  readonly $max?: Readonly<Record<string, number>>;
  readonly $unset?: Readonly<Record<string, ''>>;
  /** Only where an upsert inserts. */
  readonly $setOnInsert?: Readonly<Record<string, Value>>;
}

/** In the order of its fields. Texts compare by code point, a missing field comes before all others. */
export type Sort = Readonly<Record<string, 1 | -1>>;

export interface FindOptions {
  readonly sort?: Sort;
  readonly limit?: number;
  /** The fields to be given; `_id` always is. Absent: all. */
  readonly fields?: readonly string[];
}

/** A moment in the order of all writes of the set; later ones are greater. */
export type ClusterTime = bigint;

/**
 * A line of numbered writes, one at a time. Once a write on it has been answered, no earlier write on it
 * will happen any more: each has happened by then or never will, whatever became of its answer.
 */
export interface WriteLine {
  readonly name: string;
}

export interface WriteIntent {
  /** Answered once it is journaled on a majority, or on the primary alone, where an election may undo it. */
  readonly durability: 'majority' | 'primary';
  readonly line?: WriteLine;
}

export interface ReadIntent {
  /** From the primary: what a majority has, or whatever it has itself, which an election may undo. */
  readonly read: 'majority' | 'local';
  /** Not before the set has got so far. */
  readonly after: ClusterTime | null;
}

export interface Written {
  readonly at: ClusterTime;
}
export interface Updated extends Written {
  /** Documents that the filter found; one that an upsert inserted is not among them. */
  readonly matched: number;
  readonly inserted: boolean;
}

/** One of many updates. `many`: of all documents that the filter finds, and never an upsert. */
export interface BulkUpdate {
  readonly filter: Filter;
  readonly update: Update;
  readonly upsert?: boolean;
  readonly many?: boolean;
}

/**
 * `duplicate`: a unique index refused it. `write-concern`: done, and not confirmed to be durable.
 * `not-primary`: the member ceased to be one, or was none. `network`: nobody knows. `time-out`: nobody
 * knows, and there was an answer that said so. `superseded`: a later write on its line was first.
 * `busy`: too many calls wait. `stopped`: closed. `forbidden`: the user has no right to it. `failed`: any other
 * complaint of the server.
 */
export type MongoFailureKind =
  | 'duplicate'
  | 'write-concern'
  | 'not-primary'
  | 'network'
  | 'time-out'
  | 'superseded'
  | 'busy'
  | 'stopped'
  | 'forbidden'
  | 'failed';

/** Where a unique index refused. */
export interface DuplicateAt {
  /** The index's name; `_id_` of the ids. */
  readonly index: string;
  /** Place in the batch, from 0; what stood before it was written, what stood behind it was not. */
  readonly position: number;
}

/** How every call of the seam fails, but by a fault of its caller's. */
export class MongoFailure extends Error {
  readonly kind: MongoFailureKind;
  /** Of a `duplicate`. */
  readonly duplicate: DuplicateAt | null;

  constructor(kind: MongoFailureKind, message: string, duplicate: DuplicateAt | null = null) {
    super(message);
    this.name = 'MongoFailure';
    this.kind = kind;
    this.duplicate = duplicate;
  }

  /** Surely nothing of it was written, nor will be. */
  get isUnapplied(): boolean {
    return UNAPPLIED.has(this.kind) || this.duplicate?.position === 0;
  }
}

const UNAPPLIED: ReadonlySet<MongoFailureKind> = new Set(['busy', 'stopped']);

/** @throws {MongoFailure} by every method that returns a promise. */
export interface MongoCommands {
  /** In order, up to the first that a unique index refuses. 1 document or more. */
  insertMany(collection: CollectionName, documents: readonly Document[], intent: WriteIntent): Promise<Written>;
  find(
    collection: CollectionName,
    filter: Filter,
    options: FindOptions,
    intent: ReadIntent,
  ): Promise<readonly Document[]>;
  /** An upsert whose document is there, but not as the filter wants it, is a `duplicate`. */
  updateOne(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    options: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<Updated>;
  /** The document after the update; null where the filter found none and nothing was inserted. Upserts as above. */
  findOneAndUpdate(
    collection: CollectionName,
    filter: Filter,
    update: Update,
    options: { readonly upsert: boolean },
    intent: WriteIntent,
  ): Promise<{ readonly document: Document | null } & Written>;
  /** Each by itself, in any order; an upsert that would be a `duplicate` is passed over. 1 update or more. */
  bulkUpdate(collection: CollectionName, updates: readonly BulkUpdate[], intent: WriteIntent): Promise<Written>;
  deleteMany(
    collection: CollectionName,
    filter: Filter,
    intent: WriteIntent,
  ): Promise<{ readonly deleted: number } & Written>;
  openLine(): WriteLine;
  /** Another text after each election, as the primary says now. */
  term(): Promise<string>;
}
