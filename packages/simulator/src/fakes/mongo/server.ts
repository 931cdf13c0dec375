/** What the commands of the seam do on a primary, each in one go. */
import {
  MongoFailure,
  type BulkUpdate,
  type CollectionName,
  type Document,
  type Filter,
  type FindOptions,
  type Update,
} from '@munova/store/mongo-core';
import type { FakeData, Numbered } from './data.js';
import { comparerOf } from './match.js';
import type { FakeReplicaSet } from './replica-set.js';
import { copyOf, projected, updated, upserted } from './values.js';

export interface Changed {
  readonly matched: number;
  readonly inserted: boolean;
  readonly after: Document | null;
}

/** Up to the first that is refused, or up to `most`. @throws {MongoFailure} `duplicate`, or `not-primary` there. */
export const insert = (
  set: FakeReplicaSet,
  collection: CollectionName,
  documents: readonly Document[],
  numbered: Numbered | null,
  most = Infinity,
): void => {
  for (const [position, document] of documents.entries()) {
    if (position >= most) throw new MongoFailure('not-primary', 'interrupted by a step-down');
    const index = set.local.of(collection).refusalOf(document);
    if (index !== null) throw duplicate(index, position);
    set.change(collection, undefined, copyOf(document), numbered);
  }
};

export const find = (
  data: FakeData,
  collection: CollectionName,
  filter: Filter,
  { sort, limit, fields }: FindOptions,
): readonly Document[] => {
  const found = data.of(collection).matching(filter);
  const sorted = sort === undefined ? found : found.toSorted(comparerOf(sort));
  // No limit and a limit of 0 are one to MongoDB.
  const page = limit === undefined || limit === 0 ? sorted : sorted.slice(0, limit);
  return page.map((document) => copyOf(projected(document, fields)));
};

/** The first that the filter finds, or what an upsert makes. @throws {MongoFailure} `duplicate` */
export const update = (
  set: FakeReplicaSet,
  collection: CollectionName,
  filter: Filter,
  change: Update,
  isUpsert: boolean,
  numbered: Numbered | null,
): Changed => {
  const [found] = set.local.of(collection).matching(filter);
  if (found !== undefined)
    return { matched: 1, inserted: false, after: replace(set, collection, found, change, numbered) };
  if (!isUpsert) return { matched: 0, inserted: false, after: null };
  const made = upserted(filter, change);
  const index = set.local.of(collection).refusalOf(made);
  if (index !== null) throw duplicate(index, 0);
  set.change(collection, undefined, made, numbered);
  return { matched: 0, inserted: true, after: copyOf(made) };
};

export const updateEach = (set: FakeReplicaSet, collection: CollectionName, updates: readonly BulkUpdate[]): void => {
  for (const { filter, update: change, upsert = false, many = false } of updates) {
    if (many) {
      for (const found of set.local.of(collection).matching(filter)) replace(set, collection, found, change, null);
      continue;
    }
    try {
      update(set, collection, filter, change, upsert, null);
    } catch (error) {
      if (!(error instanceof MongoFailure) || error.duplicate === null) throw error;
    }
  }
};

export const remove = (
  set: FakeReplicaSet,
  collection: CollectionName,
  filter: Filter,
  numbered: Numbered | null,
): number => {
  const found = set.local.of(collection).matching(filter);
  for (const document of found) set.change(collection, document, undefined, numbered);
  return found.length;
};

const replace = (
  set: FakeReplicaSet,
  collection: CollectionName,
  found: Document,
  change: Update,
  numbered: Numbered | null,
): Document => {
  const next = updated(found, change);
  if (next === found) return copyOf(found);
  const index = set.local.of(collection).refusalOfChange(next);
  if (index !== null) throw duplicate(index, 0);
  set.change(collection, found, next, numbered);
  return copyOf(next);
};

const duplicate = (index: string, position: number): MongoFailure =>
  new MongoFailure('duplicate', `a ${index} is taken`, { index, position });
