/**
 * The STOMP side of an edge: takes sockets in, runs the message path, drains.
 *
 * Invariants
 * 1. A socket is counted from being taken in until it has closed, and never more than `maxConnections` are.
 * 2. No socket is dropped without an answer: an upgrade gets a status, TCP an ERROR.
 */
import type { Socket } from 'node:net';
import {
  ChatError,
  CLOSE_CODES,
  DISCONNECT_FINISH_MS,
  DRAIN_BATCH_PAUSE_MS,
  DRAIN_BATCH_SESSIONS,
  pause,
  SESSION_SWEEP_MS,
} from '@munova/contracts';
import type { Generation, Timer } from '@munova/contracts';
import { judgeUpgrade } from './adapters/upgrade-guard.js';
import type { OriginRules, UpgradeRequest } from './adapters/upgrade-guard.js';
import type { CommandDispatcher } from './inbound/command-dispatcher.js';
import type { SendRate } from './inbound/send-gate.js';
import { MessagePath } from './message-path.js';
import type { MessagePathDeps } from './message-path.js';
import { errorFrame, NOTHING } from './session/answers.js';
import type { Transport } from './session/transport.js';
import type { Identity } from './auth/identity.js';
import { refuseUpgrade } from './transports/refuse-upgrade.js';
import type { UpgradeRefusal } from './transports/refuse-upgrade.js';
import { KEEP_ALIVE_MS, TcpTransport } from './transports/tcp-transport.js';
import { agree } from './transports/websocket-handshake.js';
import { WebSocketTransport } from './transports/websocket-transport.js';

export interface StompEdgeConfig extends OriginRules {
  /** The product's version, for `server: munova/<version>`. */
  readonly version: string;
  readonly maxConnections: number;
  readonly rateSends: SendRate;
  /** Hosts from which an IMAGE may come, lower case; none means any. */
  readonly imageHosts: readonly string[];
}

export interface StompEdgeDeps extends Omit<MessagePathDeps, 'server' | 'rateSends' | 'imageHosts'> {
  readonly generation: Generation;
  readonly config: StompEdgeConfig;
}

export interface StompEdge {
  /**
   * For requests to upgrade: `/ws` and `/ws/websocket`; 404 for any other path.
   * @param head what came behind the request
   */
  acceptWebSocket(request: UpgradeRequest, socket: Socket, head: Buffer): void;
  /** For `connection` events of the TCP server, which allows half-open sockets so that a client's FIN cuts off no answer. */
  acceptTcp(socket: Socket): void;
  readonly dispatcher: CommandDispatcher;
  /** Connections that have sent no CONNECT yet included. */
  readonly sessionCount: number;
  /** Refuses new sockets, answers what was sent, closes with "restart", a batch at a time. Resolves when all are closed. */
  drain(): Promise<void>;
  /** Closes what is left at once, and hears the fan-out no more. */
  stop(): Promise<void>;
}

export const createStompEdge = async (deps: StompEdgeDeps): Promise<StompEdge> => {
  const edge = new Edge(deps);
  await edge.start();
  return edge;
};

class Edge implements StompEdge {
  readonly #deps: StompEdgeDeps;
  readonly #path: MessagePath;
  readonly #transports = new Set<Transport>();
  readonly #whenEmpty: (() => void)[] = [];
  #sweeper: Timer | null = null;
  #closing = false;

  constructor(deps: StompEdgeDeps) {
    this.#deps = deps;
    const { config, generation } = deps;
    this.#path = new MessagePath({
      ...deps,
      server: { version: config.version, generation },
      rateSends: config.rateSends,
      imageHosts: config.imageHosts,
    });
  }

  async start(): Promise<void> {
    await this.#path.start();
    this.#sweep();
  }

  get dispatcher(): CommandDispatcher {
    return this.#path.dispatcher;
  }

  get sessionCount(): number {
    return this.#transports.size;
  }

  acceptWebSocket(request: UpgradeRequest, socket: Socket, head: Buffer): void {
    const { config, verifier, runtime } = this.#deps;
    const verdict = judgeUpgrade(request, this.#isFull, config, verifier);
    if (!verdict.admitted) {
      this.#turnAway(socket, verdict);
      return;
    }
    const handshake = agree(request);
    if (!handshake.agreed) {
      this.#turnAway(socket, handshake);
      return;
    }
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.write(handshake.answer, 'latin1');
    this.#takeIn(new WebSocketTransport(socket, head, runtime.timers), socket, verdict.identity);
  }

  acceptTcp(socket: Socket): void {
    const transport = new TcpTransport(socket, this.#deps.runtime.timers);
    if (this.#isFull) {
      this.#deps.metrics.turnedAway(503);
      const error = new ChatError('busy', 'Too many connections; try again later.');
      transport.open({
        onData: () => undefined,
        onEnd: () => undefined,
        onDrain: () => undefined,
        onClose: () => undefined,
      });
      transport.end({ frame: errorFrame('1.0', error, NOTHING, 'en'), code: CLOSE_CODES.tryLater, reason: error.code });
      return;
    }
    this.#takeIn(transport, socket, null);
  }

  async drain(): Promise<void> {
    this.#closing = true;
    const sessions = [...this.#path.sessions];
    for (let i = 0; i < sessions.length; i += DRAIN_BATCH_SESSIONS) {
      if (i > 0) await pause(this.#deps.runtime.timers, DRAIN_BATCH_PAUSE_MS);
      for (const session of sessions.slice(i, i + DRAIN_BATCH_SESSIONS)) session.drain();
    }
    // A session gives up its answers after DISCONNECT_FINISH_MS; twice that covers its closing.
    await Promise.race([this.#emptied(), pause(this.#deps.runtime.timers, 2 * DISCONNECT_FINISH_MS)]);
  }

  async stop(): Promise<void> {
    this.#closing = true;
    this.#sweeper?.cancel();
    for (const transport of this.#transports) transport.destroy();
    await this.#path.close();
    await this.#emptied();
  }

  get #isFull(): boolean {
    return this.#closing || this.#transports.size >= this.#deps.config.maxConnections;
  }

  #turnAway(socket: Socket, refusal: UpgradeRefusal): void {
    this.#deps.metrics.turnedAway(refusal.status);
    refuseUpgrade(socket, refusal, this.#deps.runtime.timers);
  }

  #takeIn(transport: Transport, socket: Socket, upgrade: Identity | null): void {
    socket.once('close', () => this.#forget(transport));
    this.#transports.add(transport);
    this.#path.open(transport, upgrade);
  }

  #forget(transport: Transport): void {
    this.#transports.delete(transport);
    if (this.#transports.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #emptied(): Promise<void> {
    if (this.#transports.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #sweep(): void {
    this.#path.sweep();
    this.#sweeper = this.#deps.runtime.timers.after(SESSION_SWEEP_MS, () => this.#sweep());
  }
}
