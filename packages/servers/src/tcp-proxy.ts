/**
 * A TCP proxy between a client and a server on the loopback interface, for faults of the network.
 *
 * 1. Conditions hold for open connections and for new ones, from the call that sets them on.
 * 2. A client's connection and the proxy's own to the server are made and ended in pairs.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { PROXY_MAX_CONNECTIONS } from './limits.js';
import { freePorts } from './ports.js';
import { Flow } from './proxy-flow.js';
import type { FlowConditions, FlowMode } from './proxy-flow.js';

/** The state of the network. What is left out is as on a good day. */
export interface ProxyConditions {
  /**
   * From the client to the server; `swallow`: the server never gets them. Bytes that were swallowed leave a gap in the
   * stream: end with `reset()` before passing again.
   */
  readonly requests?: FlowMode;
  /** From the server to the client; `swallow`: the server did it, and the client never hears of it. */
  readonly replies?: FlowMode;
  /** How much later everything arrives, each way (milliseconds). Default: 0. */
  readonly latencyMs?: number;
  /** The rate each way (bytes per second, above 0). Default: no bound. */
  readonly bytesPerSecond?: number;
}

/** What of the bytes that a server sent on one connection goes on to the client. */
export type ReplyFilter = (bytes: Buffer) => Buffer;

const PASS_ALL: ReplyFilter = (bytes) => bytes;

interface Pair {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly requests: Flow;
  readonly replies: Flow;
}

const flowConditions = (mode: FlowMode = 'pass', { latencyMs = 0, bytesPerSecond = Infinity }: ProxyConditions) =>
  ({ mode, latencyMs, bytesPerSecond }) satisfies FlowConditions;

/** A proxy on a port of its own. It passes everything until it is told otherwise. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #replyFilter: () => ReplyFilter;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #swallowed = { requests: 0, replies: 0 };
  #conditions: ProxyConditions = {};

  private constructor(
    port: number,
    target: { readonly host: string; readonly port: number },
    replyFilter: () => ReplyFilter,
  ) {
    this.port = port;
    this.#target = target;
    this.#replyFilter = replyFilter;
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#listener.maxConnections = PROXY_MAX_CONNECTIONS;
  }

  /**
   * Listens on a free port; every connection to it becomes one to `target`.
   * @param replyFilter asked once for each connection; without it every byte passes
   */
  static async start(
    target: { readonly host: string; readonly port: number },
    replyFilter = (): ReplyFilter => PASS_ALL,
  ): Promise<TcpProxy> {
    const [port = 0] = await freePorts(1);
    const proxy = new TcpProxy(port, target, replyFilter);
    await proxy.accept();
    return proxy;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** How much was swallowed so far, each way (bytes): wait for it to be sure that a reply is lost. */
  get swallowed(): { readonly requests: number; readonly replies: number } {
    return { ...this.#swallowed };
  }

  /** Sets all conditions; `set({})` heals. Bytes on their way are under the new ones, too. */
  set(conditions: ProxyConditions): void {
    this.#conditions = conditions;
    for (const { requests, replies } of this.#pairs) {
      requests.set(flowConditions(conditions.requests, conditions));
      replies.set(flowConditions(conditions.replies, conditions));
    }
  }

  /** Both ways stop, and nobody is told: connections stay open on both sides. `set` goes on with what was held. */
  halfOpen(): void {
    this.set({ requests: 'hold', replies: 'hold' });
  }

  /** Ends every connection with a RST to both sides. Where the server cannot be reached, clients get one as well. */
  reset(): void {
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.resetAndDestroy();
  }

  /** New connections are refused by the kernel; open ones go on. */
  refuse(): void {
    this.#listener.close();
  }

  /** Takes new connections again, on the same port. */
  async accept(): Promise<void> {
    if (this.#listener.listening) return;
    this.#listener.listen(this.port, this.host);
    await once(this.#listener, 'listening');
  }

  /** Ends all of it. May be called again. */
  async stop(): Promise<void> {
    this.refuse();
    const closed = [...this.#pairs].flatMap(({ sockets }) => sockets.map((socket) => once(socket, 'close')));
    this.reset();
    await Promise.all(closed);
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const pair: Pair = {
      sockets: [client, server],
      requests: this.#flow('requests', client, server, PASS_ALL),
      replies: this.#flow('replies', server, client, this.#replyFilter()),
    };
    this.#pairs.add(pair);
    const forget = (): void => {
      if (client.closed && server.closed) this.#pairs.delete(pair);
    };
    client.once('close', forget);
    server.once('close', forget);
  }

  #flow(way: 'requests' | 'replies', source: Socket, sink: Socket, filter: ReplyFilter): Flow {
    return new Flow(source, sink, flowConditions(this.#conditions[way], this.#conditions), {
      filter,
      onSwallowed: (bytes) => {
        this.#swallowed[way] += bytes;
      },
    });
  }
}
