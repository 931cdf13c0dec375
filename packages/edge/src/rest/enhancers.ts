/** What stands around every handler: authentication before it, the wrapper behind it, errors beside it. */
import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, CallHandler, CanActivate, ExceptionFilter, ExecutionContext } from '@nestjs/common';
import type { NestInterceptor } from '@nestjs/common';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import { ChatError } from '@munova/contracts';
import type { Log } from '@munova/contracts';
import type { TokenVerifier } from '../auth/identity.js';
import { failure, languageOf, success } from './answer.js';
import type { Answer, RawAnswer, Wrapper } from './answer.js';
import { asChatError, errorHeaders } from './failure.js';
import { headerOf } from './http.js';
import type { HttpReply, HttpRequest } from './http.js';
import type { RestMetrics } from './metrics.js';
import { operationOf } from './operation.js';
import type { RestRateLimit } from './rate-limit.js';

const BEARER = /^Bearer +([^\s]+) *$/i;

export class AuthGuard implements CanActivate {
  readonly #verifier: TokenVerifier;
  readonly #rate: RestRateLimit;
  readonly #metrics: RestMetrics;

  constructor(verifier: TokenVerifier, rate: RestRateLimit, metrics: RestMetrics) {
    this.#verifier = verifier;
    this.#rate = rate;
    this.#metrics = metrics;
  }

  /** @throws {ChatError} `unauthenticated`, `rate-limited` */
  canActivate(context: ExecutionContext): boolean {
    if (operationOf(context.getHandler()).access === 'public') return true;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const token = BEARER.exec(headerOf(request, 'authorization') ?? '')?.[1];
    if (token === undefined) throw new ChatError('unauthenticated', 'Authorization: a bearer token is required');
    const { actor } = this.#verifier.verify(token);
    try {
      this.#rate.take(actor.id);
    } catch (error) {
      this.#metrics.rateLimited();
      throw error;
    }
    request.caller = actor;
    return true;
  }
}

export class WrapperInterceptor implements NestInterceptor<Answer | RawAnswer, Wrapper | string> {
  intercept(context: ExecutionContext, next: CallHandler<Answer | RawAnswer>): Observable<Wrapper | string> {
    const http = context.switchToHttp();
    const reply = http.getResponse<HttpReply>();
    const language = languageOf(headerOf(http.getRequest<HttpRequest>(), 'accept-language'));
    return next.handle().pipe(
      map((answer) => {
        for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
        if ('raw' in answer) {
          reply.status(200).header('Content-Type', answer.contentType);
          return answer.raw;
        }
        reply.status(answer.status);
        return success(answer.status, answer.data, language);
      }),
    );
  }
}

@Catch()
export class FailureFilter implements ExceptionFilter {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<HttpRequest>();
    const reply = host.switchToHttp().getResponse<HttpReply>();
    const known = asChatError(thrown);
    if (known === null) this.#report(thrown, request);
    if (reply.sent) return;
    const error = known ?? new ChatError('internal');
    const body = failure(error, languageOf(headerOf(request, 'accept-language')));
    reply.status(body.statusCode);
    for (const [name, value] of Object.entries(errorHeaders(error))) reply.header(name, value);
    reply.header('Content-Type', 'application/json; charset=utf-8').send(body);
  }

  /** The stack goes to the log and nowhere else; the query may hold what people wrote, and stays out. */
  #report(thrown: unknown, request: HttpRequest): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    const status = thrown instanceof HttpException ? thrown.getStatus() : undefined;
    const path = request.url.split('?', 1)[0];
    this.#log.error({ method: request.method, path, status, error: String(thrown), stack }, 'a REST call failed');
  }
}
