import { COLLECTION_NAMES, type CollectionName, type Document } from '@munova/store/mongo-core';
import { FakeCollection } from './collection.js';

/** A place on a line of numbered writes. */
export interface Numbered {
  readonly line: string;
  readonly number: number;
}

/** One entry of the oplog: what one document was and became; without a document, only a tick of the clock. */
export interface Op {
  readonly at: bigint;
  readonly change: {
    readonly collection: CollectionName;
    readonly id: Document['_id'];
    readonly before: Document | undefined;
    readonly after: Document | undefined;
  } | null;
  readonly numbered: (Numbered & { readonly before: number }) | null;
}

/** What a backup holds: every document of every collection at one moment. */
export type Backup = ReadonlyMap<CollectionName, readonly Document[]>;

/** All collections as one member has them, and the newest number on each line whose writes it has. */
export class FakeData {
  readonly numbers = new Map<string, number>();
  readonly #collections = new Map(COLLECTION_NAMES.map((name) => [name, new FakeCollection(name)]));

  of(name: CollectionName): FakeCollection {
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new TypeError(`no such collection: ${name}`);
    return collection;
  }

  backup(): Backup {
    return new Map([...this.#collections].map(([name, collection]) => [name, collection.matching({})]));
  }

  apply({ change, numbered }: Op): void {
    if (change !== null) this.of(change.collection).put(change.id, change.after);
    if (numbered !== null) this.numbers.set(numbered.line, numbered.number);
  }

  undo({ change, numbered }: Op): void {
    if (change !== null) this.of(change.collection).put(change.id, change.before);
    if (numbered !== null) this.numbers.set(numbered.line, numbered.before);
  }
}
