/** Documents, filters and updates as the driver takes them: fields of `DATE_FIELDS` are dates to the server. */
import { Timestamp } from 'mongodb';
import type { Filter as DriverFilter, UpdateFilter } from 'mongodb';
import { DATE_FIELDS, type ClusterTime, type Document, type Filter, type Update } from '../mongo-core/index.js';

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const dated = (value: unknown): unknown => {
  if (typeof value === 'number') return new Date(value);
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, dated(v)])) : value;
};

const withDates = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const copy: Record<string, unknown> = { ...fields };
  for (const field of DATE_FIELDS) {
    const value = copy[field];
    // `{$exists: true}` is no moment.
    if (value !== undefined && !(isPlain(value) && '$exists' in value)) copy[field] = dated(value);
  }
  return copy;
};

export const toBson = (document: Document): Document => withDates(document) as unknown as Document;

// The driver types a filter and an update by the document's fields, which are the adapters' own matter.
export const filterToBson = (filter: Filter): DriverFilter<Document> => withDates(filter) as DriverFilter<Document>;

export const updateToBson = (update: Update): UpdateFilter<Document> =>
  Object.fromEntries(
    Object.entries(update).map(([operator, fields]) => [operator, withDates(fields as Record<string, unknown>)]),
  );

export const fromBson = (document: Readonly<Record<string, unknown>>): Document => {
  const copy: Record<string, unknown> = { ...document };
  for (const field of DATE_FIELDS) {
    const value = copy[field];
    if (value instanceof Date) copy[field] = value.getTime();
  }
  return copy as unknown as Document;
};

export const toTimestamp = (time: ClusterTime): Timestamp => new Timestamp(time);
export const fromTimestamp = (time: Timestamp): ClusterTime => time.toBigInt();
