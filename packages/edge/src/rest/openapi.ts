/** The OpenAPI 3.1 document, made from the operations and their zod schemas alone. */
import { errorSpec } from '@munova/contracts';
import type { ErrorCode } from '@munova/contracts';
import { z } from 'zod';
import type { Operation } from './operation.js';

type Json = Record<string, unknown>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
}

export const openApiDocument = (operations: readonly Operation[], version: string): OpenApiDocument => {
  const schemas: Json = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const op of operations) {
    const path = documentPath(op.path);
    paths[path] = { ...paths[path], [op.method.toLowerCase()]: describe(op, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Munova Chat', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
};

/** `/a/:b` as `/a/{b}`. */
export const documentPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

const describe = (op: Operation, schemas: Json): Json => ({
  operationId: op.id,
  summary: op.summary,
  tags: [op.group],
  security: op.access === 'public' ? [] : [{ token: [] }],
  parameters: [
    ...parameters(op.params, 'path', schemas),
    ...parameters(op.query, 'query', schemas),
    ...(op.idempotent ? [IDEMPOTENCY_KEY] : []),
  ],
  ...(op.body === null ? {} : { requestBody: { required: true, content: json(toSchema(op.body, 'input', schemas)) } }),
  responses: { ...successes(op, schemas), ...failures(op, schemas) },
});

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a retry harmless: the same key with the same request gets the same outcome.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' },
};

const json = (schema: Json): Json => ({ 'application/json': { schema } });

const parameters = (schema: z.ZodType, place: 'path' | 'query', schemas: Json): readonly Json[] => {
  const { properties = {}, required = [] } = toSchema(schema, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
};

const successes = (op: Operation, schemas: Json): Json =>
  Object.fromEntries(
    Object.entries(op.answers).map(([status, answer]) => [
      status,
      {
        description: status === '201' ? 'Made' : 'Done',
        content:
          typeof answer === 'string'
            ? { [answer]: { schema: { type: answer === 'application/json' ? 'object' : 'string' } } }
            : json(toSchema(wrapped(Number(status), answer), 'output', schemas)),
      },
    ]),
  );

const wrapped = (status: number, data: z.ZodType): z.ZodType =>
  z.strictObject({ statusCode: z.literal(status), code: z.literal('success'), message: z.string(), data });

/** Every code that the operation may answer: its own, and those of its kind. */
export const codesOf = (op: Operation): readonly ErrorCode[] => {
  const codes: ErrorCode[] = [...op.errors, 'bad-request', 'unavailable', 'internal'];
  if (op.access === 'user') codes.push('unauthenticated', 'rate-limited');
  if (op.body !== null) codes.push('too-large');
  if (op.idempotent) codes.push('busy', 'outcome-unknown');
  return codes;
};

const failures = (op: Operation, schemas: Json): Json => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(op)) {
    const status = errorSpec(code).http;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const schema = z.strictObject({
        statusCode: z.literal(status),
        code: z.enum(codes),
        message: z.string(),
        data: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
      });
      const description = codes.map((code) => `\`${code}\`: ${errorSpec(code).en}`).join(' ');
      return [status, { description, content: json(toSchema(schema, 'output', schemas)) }];
    }),
  );
};

/** JSON Schema of `schema`; the named ones in it move to `components`. */
const toSchema = (schema: z.ZodType, io: 'input' | 'output', components: Json): Json => {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  const { $defs, ...rest } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
    components[name] = withoutMarks(definition);
  }
  return withoutMarks(rest);
};

/** `id` names a schema for zod and `$schema` says what OpenAPI 3.1 implies. */
const withoutMarks = ({ id: _id, $schema: _schema, ...schema }: Json): Json => schema;
