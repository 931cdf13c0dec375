/** A REST API on loopback over a memory store, and calls to it that are held against its own document. */
import { expect } from 'vitest';
import { asGeneration, asUserId, ChatError, isUserId, ROLES } from '@munova/contracts';
import type { Actor, Log, Role } from '@munova/contracts';
import { MemoryStore, systemRuntime } from '@munova/contracts/memory';
import type { TokenVerifier } from '../../src/auth/identity.js';
import type { CommandDispatcher } from '../../src/inbound/command-dispatcher.js';
import { InboundBudget } from '../../src/inbound/inbound-budget.js';
import type { HttpApiConfig, HttpApiDeps } from '../../src/rest/deps.js';
import { createHttpApi } from '../../src/rest/http-api.js';
import type { HttpApi } from '../../src/rest/http-server.js';
import { noRestMetrics } from '../../src/rest/metrics.js';
import type { RestMetrics } from '../../src/rest/metrics.js';
import { sharePort } from '../../src/transports/shared-port.js';
import { createViews } from '../../src/views/views.js';
import type { Views } from '../../src/views/views.js';
import { expectDocumented } from './documented.js';

export const KEY = new Uint8Array(32).fill(7);
export const GENERATION = asGeneration('g1');

/** Tokens of these tests are the actor as JSON: what is tested here is not JWT. */
export const tokenOf = (sub: string, role: Role = 'buyer', more: { name?: string; shop?: string } = {}): string =>
  Buffer.from(JSON.stringify({ sub, role, ...more })).toString('base64url');

const testVerifier: TokenVerifier = {
  verify: (token) => {
    const claims = claimsOf(token);
    if (claims === null) throw new ChatError('unauthenticated', 'the token is not valid');
    return { actor: claims, expiresAt: Number.MAX_SAFE_INTEGER };
  },
};

const claimsOf = (token: string): Actor | null => {
  try {
    const { sub, role, name, shop } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, string>;
    const known = ROLES.find((r) => r === role);
    if (sub === undefined || !isUserId(sub) || known === undefined) return null;
    return { id: sub, role: known, name: name ?? sub, shop: shop === undefined ? null : asUserId(shop) };
  } catch {
    return null;
  }
};

export interface Logged {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export class TestLog implements Log {
  readonly lines: Logged[] = [];
  readonly #add = (level: string) => (fields: Record<string, unknown>, message: string) => {
    this.lines.push({ level, fields, message });
  };
  readonly info = this.#add('info');
  readonly warn = this.#add('warn');
  readonly error = this.#add('error');
}

/** What the API does with the actors, for tests that have none. */
const noActors: CommandDispatcher = {
  budget: new InboundBudget(),
  submit: () => Promise.reject(new ChatError('unavailable')),
  watch: () => Promise.reject(new ChatError('unavailable')),
  putOff: () => undefined,
  endSession: () => undefined,
};

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string;
  readonly message: string;
  /** As the test expects it to be; the wrapper around it was checked. */
  readonly data: never;
  readonly text: string;
}

export interface CallOptions {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Harness {
  readonly api: HttpApi;
  readonly store: MemoryStore;
  readonly views: Views;
  readonly log: TestLog;
  readonly url: string;
  readonly port: number;
  /** `'GET /api/tags'` */
  call(route: string, options?: CallOptions): Promise<Answered>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly dispatcher?: (store: MemoryStore) => CommandDispatcher;
  readonly config?: Partial<HttpApiConfig>;
  readonly metrics?: RestMetrics;
  readonly health?: HttpApiDeps['health'];
  readonly cluster?: HttpApiDeps['cluster'];
  readonly runtime?: HttpApiDeps['runtime'];
  readonly store?: MemoryStore;
}

export const ADMIN = tokenOf('root', 'admin');

export const startHarness = async (options: HarnessOptions = {}): Promise<Harness> => {
  const log = new TestLog();
  const runtime =
    options.runtime ??
    systemRuntime((name, error) => {
      log.error({ error: String(error) }, `background work failed: ${name}`);
    });
  const store = options.store ?? new MemoryStore(runtime);
  const views = await createViews({ store, runtime, log });
  const api = await createHttpApi({
    store,
    views,
    dispatcher: options.dispatcher?.(store) ?? noActors,
    verifier: testVerifier,
    deploymentKey: KEY,
    generation: GENERATION,
    runtime,
    log,
    metrics: options.metrics ?? noRestMetrics,
    health: options.health ?? { alive: () => true, ready: () => store.healthy() },
    metricsText: () => Promise.resolve('# no metrics\n'),
    cluster: options.cluster ?? (() => Promise.resolve({ generation: GENERATION, nodes: [], shards: [] })),
    config: {
      version: '0.0.0',
      imageHosts: [],
      rateRest: { perSecond: 1e6, burst: 1e6 },
      demo: null,
      ...options.config,
    },
  });
  // As in the product, where WebSockets share the port.
  sharePort(api.server, (_request, socket) => socket.destroy(), runtime.timers);
  const { port } = await api.listen({ host: '127.0.0.1', port: 0, backlog: 128, reusePort: false });
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    api,
    store,
    views,
    log,
    url,
    port,
    call: (route, call) => callApi(url, route, call),
    close: async () => {
      await api.close();
      await views.close();
    },
  };
};

const callApi = async (url: string, route: string, options: CallOptions = {}): Promise<Answered> => {
  const [method = 'GET', path = '/'] = route.split(' ');
  const { token = tokenOf('minji'), body, headers = {} } = options;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, text, ...unwrapped(response.status, text) };
  expectDocumented(method, path, answer);
  return answer;
};

/** Every JSON answer is in the wrapper, which agrees with the status line. */
const unwrapped = (status: number, text: string): Pick<Answered, 'code' | 'message' | 'data'> => {
  const wrapper = JSON.parse(text) as { statusCode: number; code: string; message: string; data: never };
  expect(Object.keys(wrapper).sort()).toEqual(['code', 'data', 'message', 'statusCode']);
  expect(wrapper.statusCode).toBe(status);
  expect(wrapper.code === 'success').toBe(status < 400);
  expect(typeof wrapper.message).toBe('string');
  return { code: wrapper.code, message: wrapper.message, data: wrapper.data };
};
