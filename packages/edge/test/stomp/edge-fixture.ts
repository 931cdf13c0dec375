/** The edge's STOMP side on real sockets, before a bus and a store in memory; time is moved by hand. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { asEdgeId, asGeneration, asRoomId, asShardId, decodeBatch, messageView } from '@munova/contracts';
import type {
  AppendRequest,
  AppendVerdict,
  Entry,
  FanOut,
  FanOutListener,
  Log,
  Runtime,
  ShardId,
} from '@munova/contracts';
import { MemoryBus, MemoryStore, systemRuntime } from '@munova/contracts/memory';
import { fresh, ManualRuntime } from '@munova/contracts/testing';
import { createSigner } from 'fast-jwt';
import { createHs256Verifier } from '../../src/auth/hs256-verifier.js';
import type { EntryBodies } from '../../src/outbound/message-frames.js';
import { noEdgeMetrics } from '../../src/session/edge-metrics.js';
import { createStompEdge } from '../../src/stomp-edge.js';
import type { StompEdge, StompEdgeConfig } from '../../src/stomp-edge.js';
import { sharePort } from '../../src/transports/shared-port.js';
import type { AcceptUpgrade } from '../../src/transports/shared-port.js';
import { createViews } from '../../src/views/views.js';
import type { Views } from '../../src/views/views.js';
import { ScriptedActor } from './scripted-actor.js';
import { TcpClient, WAIT_MS, WsClient } from './test-client.js';
import type { TestClient } from './test-client.js';

const SECRET = Buffer.from('a secret of thirty-two bytes, or more');
const GENERATION = asGeneration('g1');

const bodies: EntryBodies = {
  messageBody: (entry) => JSON.stringify(messageView(entry, entry.data)),
  legacyMessageBody: (entry: Entry) =>
    JSON.stringify({ chatId: entry.room, senderId: entry.sender, content: entry.content, seq: entry.seq }),
};

export interface TokenParts {
  readonly [claim: string]: unknown;
}

export class EdgeFixture {
  readonly manual = new ManualRuntime();
  readonly faults: unknown[] = [];
  readonly runtime: Runtime;
  readonly bus: MemoryBus;
  readonly store: MemoryStore;
  readonly actor: ScriptedActor;
  /** Ids of commands as the edge appended them, repeats included. */
  readonly appended: string[] = [];
  /** The edge hears nothing of the fan-out until it subscribes again. */
  deaf = false;
  renewals = 0;
  listener: FanOutListener | null = null;
  encodings = 0;
  deliveries = 0;
  /** Why typing was not told. */
  readonly drops: string[] = [];
  /** Bytes held unanswered: at this moment, and at most. */
  held = { now: 0, most: 0 };
  /** Read marks that sending moved: room, user, seq, n. */
  readonly marks: (readonly [string, string, number, number | null])[] = [];
  /** Codes that ended sessions. */
  readonly closings: string[] = [];
  readonly #clients: TestClient[] = [];
  #edge: StompEdge | null = null;
  #views: Views | null = null;
  #http: Server | null = null;
  #tcp: net.Server | null = null;

  constructor() {
    // Clock and timers stand still; turns of the event loop are the real ones, since the sockets are.
    const { spawn } = systemRuntime((_name, error) => this.faults.push(error));
    this.runtime = { clock: this.manual.clock, timers: this.manual.timers, random: this.manual.random, spawn };
    this.bus = new MemoryBus(this.runtime);
    this.store = new MemoryStore(this.runtime);
    this.actor = new ScriptedActor(this.bus, this.store, GENERATION);
  }

  static async start(config: Partial<StompEdgeConfig> = {}, inboundMaxBytes?: number): Promise<EdgeFixture> {
    const fixture = new EdgeFixture();
    await fixture.#start(config, inboundMaxBytes);
    return fixture;
  }

  get edge(): StompEdge {
    if (this.#edge === null) throw new Error('not started');
    return this.#edge;
  }

  /** REST's side of the edge. */
  get views(): Views {
    if (this.#views === null) throw new Error('not started');
    return this.#views;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${String((this.#http?.address() as AddressInfo).port)}/ws`;
  }

  /** Sockets of the HTTP server, upgraded or not. */
  httpSockets(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http?.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  get tcpPort(): number {
    return (this.#tcp?.address() as AddressInfo).port;
  }

  room = () => asRoomId(fresh('room-'));

  token(sub: string, more: TokenParts = {}): string {
    const exp = Math.floor(this.manual.clock.now() / 1_000) + 3_600;
    const sign = createSigner({ key: SECRET, algorithm: 'HS256' });
    return sign({ sub, role: 'buyer', name: sub, exp, ...more });
  }

  /** A WebSocket without CONNECT. */
  async ws(path = '', headers: Record<string, string> = {}): Promise<WsClient> {
    return this.#kept(await WsClient.open(this.wsUrl + path, { headers }));
  }

  /** A TCP connection without CONNECT. */
  async tcp(): Promise<TcpClient> {
    return this.#kept(await TcpClient.open(this.tcpPort));
  }

  /** Connected by WebSocket, and hearing refusals. */
  async user(sub: string, more: TokenParts = {}): Promise<WsClient> {
    const client = await this.deafUser(sub, more);
    await client.subscribe('errors', '/user/queue/errors');
    return client;
  }

  /** Connected by WebSocket, not hearing refusals. */
  async deafUser(sub: string, more: TokenParts = {}): Promise<WsClient> {
    const client = await this.ws();
    await client.connect(this.token(sub, more));
    return client;
  }

  /** Waits for a condition that real sockets bring about. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Lets a round trip over the loopback pass, so that what was written before has been read. */
  async settle(): Promise<void> {
    const count = this.edge.sessionCount;
    const probe = await this.tcp();
    await this.until(() => this.edge.sessionCount === count + 1, 'the probe is known');
    probe.drop();
    await this.until(() => this.edge.sessionCount === count, 'the probe is gone');
  }

  /** Lets what was sent arrive, then time pass. */
  async advance(ms: number): Promise<void> {
    await this.manual.advance(ms);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.drop();
    await this.#edge?.stop();
    await this.#views?.close();
    await this.actor.stop();
    await new Promise((resolve) => this.#http?.close(resolve));
    await new Promise((resolve) => this.#tcp?.close(resolve));
    if (this.faults.length > 0) throw new AggregateError(this.faults, 'background work failed');
  }

  async #start(config: Partial<StompEdgeConfig>, inboundMaxBytes: number | undefined): Promise<void> {
    this.actor.start();
    const logger: Log = {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => this.faults.push(fields),
    };
    const views = await createViews({ store: this.store, runtime: this.runtime, log: logger });
    this.#views = views;
    this.#edge = await createStompEdge({
      edgeId: asEdgeId('edge-1'),
      inbox: { append: (shard, requests) => this.#append(shard, requests) },
      fanOut: this.#ear(),
      log: this.store.log,
      shardOf: () => asShardId(0),
      verifier: createHs256Verifier(SECRET, this.runtime.clock),
      runtime: this.runtime,
      logger,
      metrics: {
        ...noEdgeMetrics,
        encoded: () => this.encodings++,
        inboundHeld: (now) => (this.held = { now, most: Math.max(now, this.held.most) }),
        delivered: () => this.deliveries++,
        ephemeralDropped: (reason) => this.drops.push(reason),
        disconnected: (_transport, code) => code !== null && this.closings.push(code),
      },
      views: bodies,
      marks: {
        sent: (room, user, seq, n) => {
          this.marks.push([room, user, seq, n]);
          views.marks.sent(room, user, seq, n);
        },
        listen: (listener) => views.marks.listen(listener),
      },
      inboxes: views.inboxes,
      deploymentKey: SECRET,
      generation: GENERATION,
      ...(inboundMaxBytes === undefined ? {} : { inboundMaxBytes }),
      config: {
        version: '0.0.0',
        origins: [],
        ownHosts: [],
        maxConnections: 1_000,
        rateSends: { perSecond: 50, burst: 200 },
        imageHosts: [],
        ...config,
      },
    });
    this.#http = createServer();
    const accept: AcceptUpgrade = (request, socket, head) => this.edge.acceptWebSocket(request, socket, head);
    sharePort(this.#http, accept, this.runtime.timers);
    this.#tcp = net.createServer({ allowHalfOpen: true }, (socket) => this.edge.acceptTcp(socket));
    await new Promise<void>((resolve) => this.#http?.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => this.#tcp?.listen(0, '127.0.0.1', resolve));
  }

  #ear(): FanOut {
    const { bus } = this;
    return {
      subscribe: async (edge, listener) => {
        this.listener = listener;
        const heard = await bus.subscribe(edge, {
          onPacked: (text) => this.deaf || listener.onPacked(text),
          onHeartbeat: (text) => this.deaf || listener.onHeartbeat(text),
          onEphemeral: (text) => this.deaf || listener.onEphemeral(text),
          onReconnect: () => undefined,
        });
        const renew = async (): Promise<void> => {
          this.renewals++;
          this.deaf = false;
        };
        return { renew, end: () => heard.end() };
      },
      whisper: (shard, ephemeral) => bus.whisper(shard, ephemeral),
    };
  }

  #append(shard: ShardId, requests: readonly AppendRequest[]): Promise<readonly AppendVerdict[]> {
    for (const frame of requests.flatMap((r) => decodeBatch(r.batch).frames)) {
      if (frame.frame === 'command') this.appended.push(frame.command.cmid);
    }
    return this.bus.append(shard, requests);
  }

  #kept<C extends TestClient>(client: C): C {
    this.#clients.push(client);
    return client;
  }
}
