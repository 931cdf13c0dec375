/**
 * An edge: REST, WebSocket and TCP on their listeners, over the ports it is given.
 *
 * Invariants
 * 1. Drained in order: not ready, no new sockets, sessions answered and closed, then HTTP.
 */
import { createServer, type AddressInfo } from 'node:net';
import type {
  CommandInbox,
  DeploymentKey,
  EdgeId,
  FanOut,
  Generation,
  Log,
  RoomId,
  Runtime,
  ShardId,
  Store,
} from '@munova/contracts';
import { createHs256Verifier } from './auth/hs256-verifier.js';
import type { Demo, ServiceDeps } from './rest/deps.js';
import { createHttpApi } from './rest/http-api.js';
import type { HttpApi } from './rest/http-server.js';
import type { RestMetrics } from './rest/metrics.js';
import type { EdgeMetrics } from './session/edge-metrics.js';
import { createStompEdge, type StompEdge } from './stomp-edge.js';
import { sharePort } from './transports/shared-port.js';
import { createViews, type Views } from './views/views.js';

interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface EdgeConfig {
  /** Of the product. */
  readonly version: string;
  readonly host: string;
  /** 0 picks one. */
  readonly httpPort: number;
  /** 0 picks one. */
  readonly tcpPort: number;
  /** Connections that may wait to be accepted, on each listener. */
  readonly backlog: number;
  /** Whether several edges of a host may listen on the same ports. */
  readonly reusePort: boolean;
  readonly maxConnections: number;
  /** Origins of browsers let in; none means pages of the own host. */
  readonly origins: readonly string[];
  /** Hosts that an IMAGE may come from; none means any. */
  readonly imageHosts: readonly string[];
  readonly rateSends: Rate;
  readonly rateRest: Rate;
  readonly demo: Demo | null;
}

export interface EdgeOptions {
  readonly edgeId: EdgeId;
  readonly inbox: CommandInbox;
  readonly fanOut: FanOut;
  readonly store: Pick<Store, 'log' | 'directory' | 'memberships' | 'readMarks' | 'products' | 'tags' | 'healthy'>;
  readonly shardOf: (room: RoomId) => ShardId;
  readonly jwtSecret: Uint8Array;
  readonly deploymentKey: DeploymentKey;
  readonly generation: Generation;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: { readonly stomp: EdgeMetrics; readonly rest: RestMetrics; text(): Promise<string> };
  readonly cluster: ServiceDeps['cluster'];
  readonly config: EdgeConfig;
}

export interface EdgeAddress {
  readonly httpPort: number;
  readonly tcpPort: number;
}

export interface Edge {
  /** Ready from then on. @throws where a port is taken or may not be listened on */
  listen(): Promise<EdgeAddress>;
  /** WebSocket and TCP connections. */
  readonly connections: number;
  /** Not ready any more; takes nobody in, and closes the sessions once what they sent is answered. REST goes on. */
  retire(): Promise<void>;
  /** The same, then closes everything. */
  drain(): Promise<void>;
}

export const createEdge = async (options: EdgeOptions): Promise<Edge> => {
  const { store, runtime, log, config } = options;
  const verifier = createHs256Verifier(options.jwtSecret, runtime.clock);
  const views = await createViews({ store, runtime, log });
  const state = { ready: false };
  const stomp = await createStompEdge({
    ...options,
    log: store.log,
    logger: log,
    verifier,
    views: views.entries,
    marks: views.marks,
    inboxes: views.inboxes,
    metrics: options.metrics.stomp,
    config: { ...config, ownHosts: [] },
  });
  const api = await createHttpApi({
    ...options,
    views,
    dispatcher: stomp.dispatcher,
    verifier,
    metrics: options.metrics.rest,
    metricsText: () => options.metrics.text(),
    health: { alive: () => true, ready: async () => state.ready && (await store.healthy()) },
    config,
  });
  return composed(options, { stomp, api, views, state });
};

interface Parts {
  readonly stomp: StompEdge;
  readonly api: HttpApi;
  readonly views: Views;
  readonly state: { ready: boolean };
}

const composed = ({ config, runtime: { timers } }: EdgeOptions, { stomp, api, views, state }: Parts): Edge => {
  const { host, backlog, reusePort } = config;
  // Half-open, so that a client which ends its side first still gets its answers.
  const tcp = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    stomp.acceptTcp(socket);
  });
  sharePort(api.server, (request, socket, head) => stomp.acceptWebSocket(request, socket, head), timers);
  const retire = async (): Promise<void> => {
    state.ready = false;
    tcp.close();
    await stomp.drain();
  };
  return {
    retire,
    listen: async () => {
      const { port: httpPort } = await api.listen({ host, port: config.httpPort, backlog, reusePort });
      const tcpPort = await new Promise<number>((resolve, reject) => {
        tcp.once('error', reject);
        tcp.listen({ host, port: config.tcpPort, backlog, reusePort }, () => {
          tcp.off('error', reject);
          resolve((tcp.address() as AddressInfo).port);
        });
      });
      state.ready = true;
      return { httpPort, tcpPort };
    },
    get connections() {
      return stomp.sessionCount;
    },
    drain: async () => {
      await retire();
      await stomp.stop();
      await api.close();
      await views.close();
    },
  };
};
