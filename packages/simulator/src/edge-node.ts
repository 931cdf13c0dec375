/** An edge of the product in the simulated world: its message path and REST's commands, unchanged. */
import {
  asEdgeId,
  messageView,
  SESSION_SWEEP_MS,
  ChatError,
  asUserId,
  ROLES,
  type DeploymentKey,
  type Entry,
  type Log,
  type ReadMarks,
  type RoomId,
  type RoomLog,
} from '@munova/contracts';
import {
  CommandCaller,
  InboxRooms,
  MessagePath,
  ReadMarkKeeper,
  RoomViews,
  noEdgeMetrics,
  type TokenVerifier,
} from '@munova/edge';
import { RedisFanOut, type StreamCaps } from '@munova/bus';
import { inboxOf } from './bus-client.js';
import { shardOf } from '@munova/room-actors';
import type { ClusterShape } from './cluster-shape.js';
import type { BusServer } from './bus-server.js';
import { Ear } from './ear.js';
import { StoreClient } from './store-client.js';
import type { StoreServer } from './store-server.js';
import type { Link } from './link.js';
import type { SimProcess } from './process.js';

export interface EdgeParts {
  readonly process: SimProcess;
  readonly busServer: BusServer;
  readonly storeServer: StoreServer;
  readonly shape: ClusterShape;
  readonly caps: StreamCaps;
  readonly key: DeploymentKey;
  readonly log: Log;
}

/** Sessions of an unpaced client: the rate is a matter of other tests. */
const RATE = { perSecond: 1_000, burst: 1_000 };

const view = (entry: Entry): string => JSON.stringify(messageView(entry, entry.data));

/** A token is `sub role`; signatures are a matter of other tests. */
const VERIFIER: TokenVerifier = {
  verify: (token) => {
    const [sub = '', said = ''] = token.split(' ');
    const role = ROLES.find((known) => known === said);
    if (role === undefined) throw new ChatError('unauthenticated');
    return { actor: { id: asUserId(sub), name: sub, role, shop: null }, expiresAt: Number.MAX_SAFE_INTEGER };
  },
};

export class EdgeNode {
  readonly process: SimProcess;
  readonly caller: CommandCaller;
  readonly ear: Ear;
  readonly links = new Set<Link>();
  /** REST calls under way: told when the process dies. */
  readonly calls = new Set<() => void>();
  readonly #busServer: BusServer;
  #accepts = false;
  readonly #path: MessagePath;

  constructor(parts: EdgeParts) {
    const { process, busServer, storeServer, caps, key, log } = parts;
    const { generation, shards } = parts.shape;
    const store = new StoreClient(storeServer, process);
    const commands = busServer.redis.commandsOf(process);
    this.process = process;
    this.#busServer = busServer;
    this.ear = new Ear(busServer, process, new RedisFanOut(commands, generation, shards, process));
    this.#path = new MessagePath({
      edgeId: asEdgeId(process.name),
      inbox: inboxOf(commands, generation, caps, (shard) => this.ear.onAnnounced(shard)),
      fanOut: this.ear,
      log: this.#listening(store.log),
      shardOf: (room: RoomId) => shardOf(room, shards),
      verifier: VERIFIER,
      runtime: process,
      logger: log,
      metrics: { ...noEdgeMetrics, repeated: () => busServer.tally.met('batch repeated') },
      views: { messageBody: view, legacyMessageBody: view },
      marks: { sent: () => undefined, listen: () => undefined },
      inboxes: this.#inboxes(store, log),
      deploymentKey: key,
      server: { version: 'simulated', generation },
      rateSends: RATE,
      imageHosts: [],
    });
    this.caller = new CommandCaller(this.#path.dispatcher, key, process);
  }

  get accepts(): boolean {
    return this.process.alive && this.#accepts;
  }

  /** Rejects where it could not subscribe. */
  async start(): Promise<void> {
    await this.#path.start();
    this.#accepts = true;
    this.#sweep();
  }

  accept(link: Link): void {
    this.links.add(link);
    this.#path.open(link, null);
  }

  /** Answers what was sent and closes its sessions. */
  drain(): void {
    this.#accepts = false;
    for (const session of this.#path.sessions) session.drain();
  }

  kill(): void {
    this.process.kill();
    this.#busServer.redis.bury(this.process.name);
    this.#busServer.ears.delete(this.process.name);
    for (const link of this.links) link.reset();
    for (const tell of this.calls) tell();
  }

  #sweep(): void {
    this.#path.sweep();
    this.process.timers.after(SESSION_SWEEP_MS, () => this.#sweep());
  }

  /** No marks are kept in this world. */
  #inboxes({ log, actorStore: { directory, memberships } }: StoreClient, logger: Log): InboxRooms {
    const none: ReadMarks = { advance: () => Promise.resolve(), get: async () => new Map() };
    const marks = new ReadMarkKeeper(none, log, this.process, logger);
    return new InboxRooms(directory, memberships, new RoomViews(log, memberships, marks, { resolve: () => [] }));
  }

  #listening(log: RoomLog): Pick<RoomLog, 'readAfter' | 'heads'> {
    return {
      readAfter: (room, after, limit) => {
        this.ear.onRead(room, after);
        return log.readAfter(room, after, limit);
      },
      heads: async (rooms) => {
        const heads = await log.heads(rooms);
        this.ear.onHeads(heads);
        return heads;
      },
    };
  }
}
