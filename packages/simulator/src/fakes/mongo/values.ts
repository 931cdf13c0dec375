import type { Document, Filter, Update, Value } from '@munova/store/mongo-core';

/** As it crosses the wire: shares nothing with what it was made from, and has no field that is undefined. */
export const copyOf = <T extends Value | Document>(value: T): T => copied(value) as T;

const copied = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  const copy: Record<string, unknown> = {};
  for (const [field, part] of Object.entries(value)) if (part !== undefined) copy[field] = copied(part);
  return copy;
};

/** The fields asked for and `_id`; `a.b` is `b` of each element of `a`. */
export const projected = (document: Document, fields: readonly string[] | undefined): Document => {
  if (fields === undefined) return document;
  return picked(document, ['_id', ...fields]) as unknown as Document;
};

const picked = (from: Readonly<Record<string, Value>>, fields: readonly string[]): Record<string, Value> => {
  const heads = new Set(fields.map((field) => field.split('.')[0] ?? ''));
  const picks: Record<string, Value> = {};
  for (const [field, value] of Object.entries(from)) {
    if (!heads.has(field)) continue;
    const below = fields.filter((f) => f.startsWith(`${field}.`)).map((f) => f.slice(field.length + 1));
    picks[field] = below.length === 0 ? value : pickedFrom(value, below);
  }
  return picks;
};

const pickedFrom = (value: Value, fields: readonly string[]): Value =>
  Array.isArray(value)
    ? (value as readonly Value[]).map((element) => pickedFrom(element, fields))
    : picked(value as Readonly<Record<string, Value>>, fields);

/** The document after the update; the very same object where nothing changes. */
export const updated = (document: Document, { $set, $inc, $max, $unset }: Update): Document => {
  const next: Record<string, Value> = { ...document };
  for (const [field, value] of Object.entries($set ?? {})) if (!isSame(next[field], value)) next[field] = copyOf(value);
  for (const [field, by] of Object.entries($inc ?? {})) next[field] = numberOf(next[field]) + by;
  for (const [field, value] of Object.entries($max ?? {})) {
    if (next[field] === undefined || numberOf(next[field]) < value) next[field] = value;
  }
  for (const field of Object.keys($unset ?? {})) delete next[field];
  const names = Object.keys(next);
  const isChanged =
    names.length !== Object.keys(document).length || names.some((field) => next[field] !== document[field]);
  return isChanged ? (next as unknown as Document) : document;
};

const numberOf = (value: Value | undefined): number => (typeof value === 'number' ? value : 0);

const isSame = (a: Value | undefined, b: Value): boolean =>
  a === b ||
  (typeof a === 'object' &&
    a !== null &&
    typeof b === 'object' &&
    b !== null &&
    JSON.stringify(a) === JSON.stringify(b));

/** What an upsert begins with: whatever its filter wants to be equal. */
export const upserted = (filter: Filter, update: Update): Document => {
  const equal: Record<string, Value> = {};
  for (const [field, condition] of Object.entries(filter)) {
    if (condition !== undefined && (typeof condition !== 'object' || condition === null)) equal[field] = condition;
  }
  if (equal['_id'] === undefined) throw new TypeError('an upsert names its id');
  const begun = { ...equal, ...copyOf(update.$setOnInsert ?? {}) } as unknown as Document;
  return updated(begun, update);
};
