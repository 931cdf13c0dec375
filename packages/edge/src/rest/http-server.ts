/** The HTTP server beneath every API of this package: our body rules, the guard, the wrapper, the failures. */
import 'reflect-metadata';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastifyStatic from '@fastify/static';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ChatError,
  MAX_FRAME_BODY_BYTES,
  REST_CLOSE_GRACE_MS,
  REST_MAX_PARAM_LENGTH,
  REST_REQUEST_ARRIVAL_MS,
} from '@munova/contracts';
import type { Log, Runtime } from '@munova/contracts';
import type { TokenVerifier } from '../auth/identity.js';
import { failure, languageOf } from './answer.js';
import { DOCS_ASSETS, docsAssetsFolder, DOCS_FILES } from './docs-page.js';
import { AuthGuard, FailureFilter, WrapperInterceptor } from './enhancers.js';
import { headerOf } from './http.js';
import type { HttpRequest } from './http.js';
import type { RestMetrics } from './metrics.js';
import { nestLogger } from './nest-logger.js';
import { RestRateLimit, type Rate } from './rate-limit.js';

export interface ListenOptions {
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  readonly backlog: number;
  /** Whether several processes may listen on this port, each getting its share of the connections. */
  readonly reusePort: boolean;
}

/** The REST API and the operators' pages, on an HTTP server that others may attach `upgrade` to. */
export interface HttpApi {
  readonly server: Server;
  /** What the router holds, as `GET /api/tags/:id`. */
  readonly routes: readonly string[];
  listen(options: ListenOptions): Promise<{ readonly port: number }>;
  /**
   * Answers what is under way, for REST_CLOSE_GRACE_MS at most. Sockets that were upgraded are their
   * owner's to close, and are waited for.
   */
  close(): Promise<void>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export interface HttpServerDeps {
  readonly verifier: TokenVerifier;
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>;
  readonly log: Log;
  readonly metrics: RestMetrics;
  readonly rateRest: Rate;
  /** Makes a transport of ours, started once the HTTP server listens on this port and closed with it. */
  readonly transport?: (port: number) => CustomTransportStrategy;
}

/** Ready to listen when it resolves. */
export const openHttpServer = async (module: DynamicModule, deps: HttpServerDeps): Promise<HttpApi> => {
  const adapter = fastifyAdapter(deps.metrics);
  const fastify = adapter.getInstance();
  const routes: string[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    routes.push(...[method].flat().map((name) => `${name} ${url}`));
  });
  let closing = false;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    // A connection that was busy when closing began is ended by nobody else once it is idle.
    if (closing) void reply.header('Connection', 'close');
    done(null, payload);
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(deps.log),
    abortOnError: false,
    bodyParser: false,
  });
  const rate = new RestRateLimit(deps.rateRest, deps.runtime.clock);
  app.useGlobalGuards(new AuthGuard(deps.verifier, rate, deps.metrics));
  app.useGlobalInterceptors(new WrapperInterceptor());
  app.useGlobalFilters(new FailureFilter(deps.log));
  await app.init();
  await fastify.ready();
  return {
    server: fastify.server,
    routes,
    listen: async (options) => {
      await fastify.listen(options);
      const address = fastify.server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      if (deps.transport !== undefined) {
        app.connectMicroservice({ strategy: deps.transport(port) });
        await app.startAllMicroservices();
      }
      return { port };
    },
    close: async () => {
      closing = true;
      // A client that never reads its answer would hold the process for ever.
      const patience = deps.runtime.timers.after(REST_CLOSE_GRACE_MS, () => {
        fastify.server.closeAllConnections();
      });
      await app.close();
      patience.cancel();
    },
  };
};

/** Fastify with our body rules, and with the wrapper also where a request never reaches a handler. */
const fastifyAdapter = (metrics: RestMetrics): FastifyAdapter => {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_FRAME_BODY_BYTES,
    requestTimeout: REST_REQUEST_ARRIVAL_MS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: REST_MAX_PARAM_LENGTH },
    skipMiddie: true,
    frameworkErrors: (error: Error, request: Pick<HttpRequest, 'headers'>, reply: { readonly raw: ServerResponse }) => {
      const language = languageOf(headerOf(request, 'accept-language'));
      const body = failure(new ChatError('bad-request', error.message), language);
      reply.raw.writeHead(body.statusCode, { 'Content-Type': JSON_TYPE }).end(JSON.stringify(body));
    },
    clientErrorHandler: refuseBrokenRequest,
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseJson(body),
  );
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.answered(
      request.method,
      request.routeOptions.url ?? 'unmatched',
      reply.statusCode,
      reply.elapsedTime / 1e3,
    );
    done();
  });
  void fastify.register(fastifyStatic, {
    root: docsAssetsFolder(),
    prefix: DOCS_ASSETS,
    decorateReply: false,
    index: false,
    allowedPath: (path) => DOCS_FILES.has(path.replace(/^\//, '')),
  });
  return adapter;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * An empty body is none: the predecessor's clients name the type without sending anything.
 * @throws {ChatError} `bad-request`
 */
const parseJson = (body: string | Buffer): unknown => {
  try {
    const text = typeof body === 'string' ? body : utf8.decode(body);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    throw new ChatError('bad-request', 'body: is not JSON in UTF-8');
  }
};

const brokenRequest = (code: string | undefined): ChatError => {
  if (code === 'HPE_HEADER_OVERFLOW') return new ChatError('too-large', 'The headers are too large.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ChatError('bad-request', 'The request did not arrive in time.');
  return new ChatError('bad-request', 'This is no HTTP request.');
};

/** What is no HTTP request has no reply object: the answer is written by hand, then the connection ends. */
const refuseBrokenRequest = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = brokenRequest(error.code);
  const wrapper = failure(refusal, 'en');
  const body = JSON.stringify(wrapper);
  // The sockets of this server may be half-open: without this a peer that says nothing more would keep its own for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${String(wrapper.statusCode)} Refused\r\nContent-Type: ${JSON_TYPE}\r\n` +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
  );
};
