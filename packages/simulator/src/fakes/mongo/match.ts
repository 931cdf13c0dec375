/** Filters and sorts as MongoDB understands them, as far as the seam has them. */
import { compareCodePoints } from '@munova/contracts';
import type { Document, Filter, Operators, Scalar, Sort, Value } from '@munova/store/mongo-core';

type Test = (value: Value | undefined) => boolean;

/** One function for a filter, so that its patterns and lists are read once. */
export const matcherOf = (filter: Filter): ((document: Document) => boolean) => {
  const parts = Object.entries(filter).flatMap(([field, condition]) =>
    condition === undefined ? [] : [partOf(field, condition)],
  );
  return (document) => parts.every((part) => part(document));
};

const partOf = (field: string, condition: Exclude<Filter[string], undefined>): ((document: Document) => boolean) => {
  if (isFilters(condition)) {
    const matchers = condition.map(matcherOf);
    if (field === '$and') return (document) => matchers.every((matches) => matches(document));
    if (field === '$or') return (document) => matchers.some((matches) => matches(document));
    throw new TypeError(`no such operator: ${field}`);
  }
  const test = testOf(condition);
  return (document) => test(document[field]);
};

const isFilters = (condition: Filter[string]): condition is readonly Filter[] => Array.isArray(condition);
const isOperators = (condition: Scalar | Operators): condition is Operators =>
  typeof condition === 'object' && condition !== null;

const testOf = (condition: Scalar | Operators): Test => {
  if (!isOperators(condition)) return equals(condition);
  const tests = Object.entries(condition).map(([operator, operand]) => operatorTest(operator, operand as unknown));
  return (value) => tests.every((test) => test(value));
};

const operatorTest = (operator: string, operand: unknown): Test => {
  switch (operator) {
    case '$in':
      return anyOf(operand as readonly Scalar[]);
    case '$all': {
      const tests = (operand as readonly Scalar[]).map(equals);
      return (value) => tests.every((test) => test(value));
    }
    case '$ne': {
      const test = equals(operand as Scalar);
      return (value) => !test(value);
    }
    case '$exists':
      return (value) => (value !== undefined) === operand;
    case '$regex': {
      const pattern = new RegExp(operand as string, 'u');
      return some((value) => typeof value === 'string' && pattern.test(value));
    }
    case '$gt':
      return ordered(operand, (order) => order > 0);
    case '$gte':
      return ordered(operand, (order) => order >= 0);
    case '$lt':
      return ordered(operand, (order) => order < 0);
    case '$lte':
      return ordered(operand, (order) => order <= 0);
    default:
      throw new TypeError(`no such operator: ${operator}`);
  }
};

/** Of the value itself, or of one of its elements. */
const some =
  (test: Test): Test =>
  (value) =>
    test(value) || (Array.isArray(value) && (value as readonly Value[]).some(test));

const equals = (operand: Scalar): Test =>
  some(operand === null ? (value) => value === undefined || value === null : (value) => value === operand);

const anyOf = (operands: readonly Scalar[]): Test => {
  const set = new Set<unknown>(operands);
  const test: Test = (value) => set.has(value) || (value === undefined && set.has(null));
  return some(test);
};

/** Only values of the operand's own type are compared with it. */
const ordered = (operand: unknown, holds: (order: number) => boolean): Test =>
  some((value) => {
    if (typeof value === 'number' && typeof operand === 'number') return holds(value - operand);
    if (typeof value === 'string' && typeof operand === 'string') return holds(compareCodePoints(value, operand));
    return false;
  });

const RANKS: Readonly<Record<string, number>> = { number: 1, string: 2, object: 3, boolean: 4 };
const rankOf = (value: Value | undefined): number =>
  value === undefined || value === null ? 0 : (RANKS[typeof value] ?? 0);

const compareValues = (a: Value | undefined, b: Value | undefined): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return rankOf(a) - rankOf(b);
};

export const comparerOf = (sort: Sort): ((a: Document, b: Document) => number) => {
  const fields = Object.entries(sort);
  return (a, b) => {
    for (const [field, direction] of fields) {
      const order = compareValues(a[field], b[field]);
      if (order !== 0) return order * direction;
    }
    return 0;
  };
};
