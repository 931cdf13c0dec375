/**
 * One REST operation as data: what it takes, what it answers, which refusals it knows. Routing,
 * validation, authentication and the OpenAPI document are all made from it, so none can drift.
 */
import { applyDecorators, createParamDecorator, RequestMapping, RequestMethod, SetMetadata } from '@nestjs/common';
import type { ExecutionContext, Type } from '@nestjs/common';
import { ChatError, isClientMessageId, isErrorCode } from '@munova/contracts';
import type { Actor, ClientMessageId, ErrorCode } from '@munova/contracts';
import { z } from 'zod';
import { headerOf } from './http.js';
import type { HttpRequest } from './http.js';

const none = z.object({});

type Access = 'user' | 'public';

export interface Operation<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends Access = Access,
> {
  /** `operationId` of the document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly group: string;
  /** `public`: without a token. */
  readonly access: A;
  readonly params: P;
  readonly query: Q;
  /** Null where no body is read. */
  readonly body: B | null;
  /** `data` of the successful answers by status; a string names the content type of a raw one. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Besides those that every operation knows. */
  readonly errors: readonly ErrorCode[];
  /** Takes an `Idempotency-Key`. */
  readonly idempotent: boolean;
}

type Spec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Pick<
  Operation<P, Q, B>,
  'id' | 'method' | 'path' | 'summary' | 'group' | 'answers'
> &
  Partial<Omit<Operation<P, Q, B>, 'access'>>;

type None = typeof none;

const complete = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends Access>(
  spec: Spec<P, Q, B>,
  access: A,
): Operation<P, Q, B, A> => ({
  // A schema that is not given leaves its type at `None`, the default it is inferred with.
  params: none as z.ZodType as P,
  query: none as z.ZodType as Q,
  body: null,
  errors: [],
  idempotent: spec.method === 'POST' || spec.method === 'PATCH' || spec.method === 'DELETE',
  ...spec,
  access,
});

/** An operation for whoever has a valid token. */
export const operation = <P extends z.ZodType = None, Q extends z.ZodType = None, B extends z.ZodType = None>(
  spec: Spec<P, Q, B>,
): Operation<P, Q, B, 'user'> => complete(spec, 'user');

/** An operation for everybody. */
export const publicOperation = <P extends z.ZodType = None, Q extends z.ZodType = None, B extends z.ZodType = None>(
  spec: Spec<P, Q, B>,
): Operation<P, Q, B, 'public'> => complete({ idempotent: false, ...spec }, 'public');

/** A validated call of an operation. */
export interface CallOf<O extends Operation> {
  /** Null in a public operation. */
  readonly actor: O['access'] extends 'user' ? Actor : Actor | null;
  readonly params: z.output<O['params']>;
  readonly query: z.output<O['query']>;
  readonly body: z.output<NonNullable<O['body']>>;
  /** The `Idempotency-Key`; null where the caller gave none. */
  readonly key: ClientMessageId | null;
  readonly request: HttpRequest;
}

const OPERATION = Symbol('munova.operation');

/** Makes a controller's method the handler of the operation. */
export const Handles = (op: Operation): MethodDecorator =>
  applyDecorators(RequestMapping({ path: op.path, method: RequestMethod[op.method] }), SetMetadata(OPERATION, op));

/** @throws {Error} for a method that handles none: a bug. */
export const operationOf = (handler: object): Operation => {
  const op = metadataOf(handler);
  if (op === undefined) throw new Error('a route without an operation');
  return op;
};

const metadataOf = (handler: object): Operation | undefined =>
  Reflect.getMetadata(OPERATION, handler) as Operation | undefined;

/** Every operation that these controllers handle. */
export const operationsOf = (controllers: readonly Type[]): readonly Operation[] =>
  controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const op = typeof handler === 'function' ? metadataOf(handler) : undefined;
      return op === undefined ? [] : [op];
    });
  });

/** The one parameter of a handler: the call, validated by the operation it handles. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readCall(operationOf(context.getHandler()), context.switchToHttp().getRequest<HttpRequest>()),
);

const readCall = (op: Operation, request: HttpRequest): CallOf<Operation> => ({
  actor: request.caller ?? null,
  params: parse(op.params, request.params, ''),
  query: parse(op.query, request.query, ''),
  body: op.body === null ? {} : parse(op.body, request.body ?? {}, 'body'),
  key: op.idempotent ? keyOf(request) : null,
  request,
});

const keyOf = (request: HttpRequest): ClientMessageId | null => {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined) return null;
  if (!isClientMessageId(key)) throw new ChatError('bad-request', 'Idempotency-Key: 1–64 of A-Za-z0-9._:-');
  return key;
};

/** @throws {ChatError} `bad-request` naming the first field that is wrong, or the code which its rule names. */
const parse = <S extends z.ZodType>(schema: S, value: unknown, whole: string): z.output<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.map(String).join('.') || whole;
  const code: unknown = issue?.code === 'custom' ? issue.params?.['code'] : undefined;
  if (typeof code === 'string' && isErrorCode(code)) throw new ChatError(code);
  throw new ChatError('bad-request', `${field === '' ? 'request' : field}: ${issue?.message ?? 'not valid'}`);
};
