/** Holds answers against the operation that the document shows for them. */
import { expect } from 'vitest';
import type { z } from 'zod';
import { codesOf } from '../../src/rest/openapi.js';
import type { Operation } from '../../src/rest/operation.js';
import * as catalogue from '../../src/rest/schemas/catalogue.js';
import * as messages from '../../src/rest/schemas/messages.js';
import * as rooms from '../../src/rest/schemas/rooms.js';
import * as service from '../../src/rest/schemas/service.js';

const operations = [rooms, messages, catalogue, service].flatMap((all) => Object.values<Operation>(all));

/** The most literal one that fits, as the router has it. */
const operationFor = (method: string, path: string): Operation | undefined => {
  const plain = path.split('?')[0]?.replace(/\/$/, '') ?? '';
  const fits = (op: Operation): boolean => plain.match(`^${op.path.replace(/:\w+/g, '[^/]+')}$`) !== null;
  const parameters = (op: Operation): number => op.path.split(':').length;
  return operations.filter((op) => op.method === method && fits(op)).sort((a, b) => parameters(a) - parameters(b))[0];
};

export const expectDocumented = (
  method: string,
  path: string,
  answer: { readonly status: number; readonly code: string; readonly data: unknown },
): void => {
  const op = operationFor(method, path);
  if (op === undefined || answer.code === 'not-found') return;
  const where = `${method} ${path}`;
  if (answer.status >= 400) {
    expect(codesOf(op), where).toContain(answer.code);
    return;
  }
  const schema = op.answers[answer.status];
  expect(typeof schema, `${where} answered ${String(answer.status)}`).toBe('object');
  (schema as z.ZodType).parse(answer.data);
};
