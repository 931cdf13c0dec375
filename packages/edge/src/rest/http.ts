import type { Actor } from '@munova/contracts';

/** The parts of a Fastify request that are used here. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Who calls; the authentication guard sets it. */
  caller?: Actor;
}

/** The parts of a Fastify reply that are used here. */
export interface HttpReply {
  readonly sent: boolean;
  status(code: number): HttpReply;
  header(name: string, value: string): HttpReply;
  send(payload: unknown): unknown;
}

export const headerOf = (request: Pick<HttpRequest, 'headers'>, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};
