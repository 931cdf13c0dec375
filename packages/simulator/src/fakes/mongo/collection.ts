/**
 * One collection as one member has it. Invariants:
 * 1. A document is never changed, only replaced.
 * 2. No two documents that a unique index holds have the same key in it.
 * 3. `#buckets` and `#partial` hold exactly what their indexes would, so that a search reads few documents.
 */
import {
  BY_ID,
  COLLECTIONS,
  type CollectionName,
  type Document,
  type Filter,
  type Value,
} from '@munova/store/mongo-core';
import { matcherOf } from './match.js';

type Id = Document['_id'];

/** An index that only some documents are in. */
interface Partial {
  readonly name: string;
  readonly field: string;
  /** What the field is in all of them; undefined where it may be several things. */
  readonly equal: Value | undefined;
  readonly holds: (document: Document) => boolean;
  readonly ids: Set<Id>;
}

interface Unique {
  readonly name: string;
  readonly keyOf: (document: Document) => string | null;
  readonly ids: Map<string, Id>;
}

/** What holds only of a field that is there. */
const RANGE: ReadonlySet<string> = new Set(['$gt', '$gte', '$lt', '$lte']);

const leadingField = (keys: object): string => Object.keys(keys)[0] ?? '_id';

export class FakeCollection {
  readonly #documents = new Map<Id, Document>();
  readonly #unique: readonly Unique[];
  readonly #partial: readonly Partial[];
  /** By the leading field of each index, and by its value. */
  readonly #buckets: ReadonlyMap<string, Map<Value, Set<Id>>>;

  constructor(name: CollectionName) {
    const indexes = COLLECTIONS[name];
    this.#unique = indexes
      .filter(({ unique }) => unique === true)
      .map(({ name: index, keys, where = {} }) => ({
        name: index,
        keyOf: keyOf(Object.keys(keys), where),
        ids: new Map(),
      }));
    this.#partial = indexes.flatMap(({ name: index, keys, where }) => {
      if (where === undefined) return [];
      const [[field, condition] = [leadingField(keys), undefined]] = Object.entries(where);
      const equal = typeof condition === 'object' ? undefined : condition;
      return [{ name: index, field, equal, holds: matcherOf(where), ids: new Set<Id>() }];
    });
    this.#buckets = new Map(indexes.map(({ keys }) => [leadingField(keys), new Map<Value, Set<Id>>()]));
  }

  get(id: Id): Document | undefined {
    return this.#documents.get(id);
  }

  /** The name of the unique index that refuses it; null when none does. */
  refusalOf(document: Document): string | null {
    if (this.#documents.has(document._id)) return BY_ID;
    return this.refusalOfChange(document);
  }

  refusalOfChange(document: Document): string | null {
    const index = this.#unique.find(({ keyOf: key, ids }) => {
      const text = key(document);
      const holder = text === null ? undefined : ids.get(text);
      return holder !== undefined && holder !== document._id;
    });
    return index?.name ?? null;
  }

  /** In no particular order. */
  matching(filter: Filter): readonly Document[] {
    const matches = matcherOf(filter);
    const found: Document[] = [];
    for (const id of this.#candidates(filter)) {
      const document = this.#documents.get(id);
      if (document !== undefined && matches(document)) found.push(document);
    }
    return found;
  }

  /** Undefined takes it away. */
  put(id: Id, document: Document | undefined): void {
    const before = this.#documents.get(id);
    if (before !== undefined) this.#forget(before);
    if (document === undefined) {
      this.#documents.delete(id);
      return;
    }
    this.#documents.set(id, document);
    for (const { keyOf: key, ids } of this.#unique) {
      const text = key(document);
      if (text !== null) ids.set(text, id);
    }
    for (const { holds, ids } of this.#partial) if (holds(document)) ids.add(id);
    for (const [field, bucket] of this.#buckets) {
      for (const value of elementsOf(document[field])) {
        const ids = bucket.get(value);
        if (ids === undefined) bucket.set(value, new Set([id]));
        else ids.add(id);
      }
    }
  }

  #forget(document: Document): void {
    const { _id: id } = document;
    for (const { keyOf: key, ids } of this.#unique) {
      const text = key(document);
      if (text !== null && ids.get(text) === id) ids.delete(text);
    }
    for (const { ids } of this.#partial) ids.delete(id);
    for (const [field, bucket] of this.#buckets) {
      for (const value of elementsOf(document[field])) {
        const ids = bucket.get(value);
        ids?.delete(id);
        if (ids?.size === 0) bucket.delete(value);
      }
    }
  }

  #candidates(filter: Filter): Iterable<Id> {
    const { _id: id } = filter;
    if (typeof id === 'string' || typeof id === 'number') return [id];
    if (typeof id === 'object' && id !== null && '$in' in id) return new Set(id.$in as readonly Id[]);
    const sets: { readonly size: number; [Symbol.iterator](): Iterator<Id> }[] = [];
    for (const part of [filter, ...(filter.$and ?? [])]) {
      for (const [field, condition] of Object.entries(part)) {
        if (condition === undefined || condition === null) continue;
        if (typeof condition !== 'object') {
          const bucket = this.#buckets.get(field);
          if (bucket !== undefined) sets.push(bucket.get(condition) ?? new Set());
          sets.push(
            ...this.#partial
              .filter((index) => index.field === field && index.equal === condition)
              .map(({ ids }) => ids),
          );
        } else if (Object.keys(condition).some((operator) => RANGE.has(operator))) {
          sets.push(
            ...this.#partial
              .filter((index) => index.field === field && index.equal === undefined)
              .map(({ ids }) => ids),
          );
        }
      }
    }
    const smallest = sets.reduce<(typeof sets)[number] | null>(
      (least, ids) => (least === null || ids.size < least.size ? ids : least),
      null,
    );
    if (smallest !== null) return smallest;
    const { $or } = filter;
    return $or === undefined ? this.#documents.keys() : new Set($or.flatMap((part) => [...this.#candidates(part)]));
  }
}

const elementsOf = (value: Value | undefined): readonly Value[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...new Set(value as readonly Value[])] : [value];
};

const keyOf = (fields: readonly string[], where: Filter): Unique['keyOf'] => {
  const isIn = matcherOf(where);
  return (document) => (isIn(document) ? JSON.stringify(fields.map((field) => document[field] ?? null)) : null);
};
