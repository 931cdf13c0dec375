/**
 * Read this first: the way of a message through the edge. No socket, no clock and no randomness of its own.
 *
 *   in    transport -> Intake (decode, pace) -> Session (authorise) -> SendDesk (admit, make a command)
 *         -> InboxDispatcher (order per session and room, batch, append, repeat)
 *   back  fan-out -> `#onPacked` -> the reply: SendDesk (RECEIPT or refusal)
 *                               -> the entries: RoomHub (order) -> RoomSubscription (cursor)
 *                               -> MessageFrames (encode once) -> Outbox (one write a turn) -> transport
 *                               -> who has the room in an inbox: Inboxes -> InboxDesk (snapshot, rooms, counts)
 *   past the logs  SendDesk -> TypingDesk (pace, admit) -> WhisperQueue -> fan-out -> `#onEphemeral` -> RoomHub
 */
import { ChatError, decodeEphemeral, decodeHeartbeat, decodePacked, MAX_SESSIONS_PER_USER } from '@munova/contracts';
import type {
  CommandInbox,
  DeploymentKey,
  EdgeId,
  FanOut,
  FanOutSubscription,
  Log,
  RoomId,
  RoomLog,
  Runtime,
  SessionId,
  ShardId,
  UserId,
} from '@munova/contracts';
import type { Identity, TokenVerifier } from './auth/identity.js';
import { FaultLog } from './fault-log.js';
import type { CommandDispatcher } from './inbound/command-dispatcher.js';
import { InboundBudget } from './inbound/inbound-budget.js';
import { InboxDispatcher } from './inbound/inbox-dispatcher.js';
import type { SendRate } from './inbound/send-gate.js';
import { sendWindow } from './inbound/send-window.js';
import type { TypingDeskDeps } from './inbound/typing-desk.js';
import { Flusher } from './outbound/flusher.js';
import { Inboxes } from './outbound/inbox/inboxes.js';
import type { InboxSource } from './outbound/inbox/user-inbox.js';
import { MessageFrames } from './outbound/message-frames.js';
import type { EntryBodies } from './outbound/message-frames.js';
import { RoomHubs } from './outbound/room-hubs.js';
import { WhisperQueue } from './outbound/whisper-queue.js';
import type { ServerFacts } from './session/answers.js';
import type { AsRefusal, SessionContext } from './session/context.js';
import type { EdgeMetrics } from './session/edge-metrics.js';
import { Session } from './session/session.js';
import type { SessionDeps, SessionRegistry } from './session/session-deps.js';
import type { Transport } from './session/transport.js';
import type { SentMarks } from './views/read-marks.js';

export interface MessagePathDeps {
  readonly edgeId: EdgeId;
  readonly inbox: CommandInbox;
  readonly fanOut: FanOut;
  readonly log: Pick<RoomLog, 'readAfter' | 'heads'>;
  readonly shardOf: (room: RoomId) => ShardId;
  readonly verifier: TokenVerifier;
  readonly runtime: Runtime;
  readonly logger: Log;
  readonly metrics: EdgeMetrics;
  readonly views: EntryBodies;
  /** Hears of every message that a session logged: sending moves one's own read mark. */
  readonly marks: SentMarks;
  /** What users find in their inboxes. */
  readonly inboxes: InboxSource;
  readonly deploymentKey: DeploymentKey;
  readonly server: ServerFacts;
  readonly rateSends: SendRate;
  /** Hosts from which an IMAGE may come; none means any. */
  readonly imageHosts: readonly string[];
  /** Bytes of all commands held unanswered, by estimate; INBOUND_HELD_MAX_BYTES when absent. */
  readonly inboundMaxBytes?: number;
}

export class MessagePath implements SessionRegistry {
  readonly #deps: MessagePathDeps;
  readonly #dispatcher: InboxDispatcher;
  readonly #hubs: RoomHubs;
  readonly #whispers: WhisperQueue;
  readonly #inboxes: Inboxes;
  readonly #sessionDeps: SessionDeps;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byUser = new Map<UserId, Set<SessionId>>();
  readonly #users = new Map<SessionId, UserId>();
  #ear: FanOutSubscription | null = null;

  constructor(deps: MessagePathDeps) {
    this.#deps = deps;
    const { runtime, metrics, shardOf } = deps;
    const faults = new FaultLog(runtime.clock, (err, untold) =>
      deps.logger.warn({ err, untold }, 'a port failed and is tried again'),
    );
    const onFault = (cause: unknown): void => faults.add(cause);
    this.#dispatcher = new InboxDispatcher({
      edge: deps.edgeId,
      inbox: deps.inbox,
      runtime,
      shardOf,
      onFault,
      onRepeat: (shard) => {
        metrics.repeated();
        this.#hubs.onUnanswered(shard);
      },
      onAppended: (ms) => metrics.appended(ms),
      onAnswered: (ms) => metrics.settled(ms),
      budget: new InboundBudget(deps.inboundMaxBytes, (bytes) => metrics.inboundHeld(bytes)),
    });
    this.#hubs = new RoomHubs({
      log: deps.log,
      runtime,
      shardOf,
      post: (shard, frames) => this.#dispatcher.post(shard, frames),
      renew: async () => this.#ear?.renew(),
      onSilence: (shards) => deps.logger.warn({ shards }, 'shards are silent; subscribing to the fan-out again'),
      onRead: (entries) => metrics.suffixRead(entries),
      onGap: () => metrics.gapFound(),
      onTakenOver: (shard) => this.#inboxes.onTakenOver(shard),
      onLoss: (shards) => this.#inboxes.onLoss(shards),
      onFault,
    });
    this.#whispers = new WhisperQueue({
      fanOut: deps.fanOut,
      spawn: runtime.spawn,
      onDropped: (whispers) => {
        for (let i = 0; i < whispers; i++) metrics.ephemeralDropped('bus');
      },
      onFault,
    });
    this.#inboxes = new Inboxes({
      source: deps.inboxes,
      log: deps.log,
      runtime,
      shardOf,
      whisper: (whisper) => this.#whispers.say(shardOf(whisper.room), whisper),
      onLook: () => metrics.inboxLooked(),
      onFault,
    });
    deps.marks.listen(this.#inboxes);
    this.#sessionDeps = this.#makeSessionDeps();
  }

  /** Shared with REST, whose requests are sessions of their own. */
  get dispatcher(): CommandDispatcher {
    return this.#dispatcher;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** @param upgrade who the WebSocket upgrade's token was of */
  open(transport: Transport, upgrade: Identity | null): Session {
    const session = new Session(this.#deps.runtime.random.id() as SessionId, transport, upgrade, this.#sessionDeps);
    this.#sessions.set(session.id, session);
    this.#deps.metrics.connected(transport.framing.name);
    session.start();
    return session;
  }

  /** Hears the fan-out from then on. @throws {ChatError} `unavailable` */
  async start(): Promise<void> {
    this.#ear = await this.#deps.fanOut.subscribe(this.#deps.edgeId, {
      onPacked: (text) => this.#onPacked(text),
      onHeartbeat: (text) => this.#onHeartbeat(text),
      onEphemeral: (text) => this.#onEphemeral(text),
      onReconnect: () => {
        this.#hubs.onReconnect();
        this.#inboxes.onLoss();
      },
    });
    this.#hubs.start();
  }

  #onHeartbeat(text: string): void {
    const heartbeat = this.#read('a heartbeat cannot be read', () => decodeHeartbeat(text));
    if (heartbeat === null) return;
    this.#hubs.onHeartbeat(heartbeat);
    this.#inboxes.onHeartbeat(heartbeat);
  }

  #onEphemeral(text: string): void {
    const ephemeral = this.#read('an ephemeral message cannot be read, and is lost', () => decodeEphemeral(text));
    for (const whisper of ephemeral?.whispers ?? []) {
      if (whisper.kind === 'typing') this.#hubs.onTyping(whisper);
      else if (whisper.kind === 'notice') this.#inboxes.onNotice(whisper);
      else this.#inboxes.onRead(whisper);
    }
  }

  /** Items are taken in their order, so that a head stands before what follows it. */
  #onPacked(text: string): void {
    const packed = this.#read('a packed message cannot be read; heads and repeats make up for it', () =>
      decodePacked(text),
    );
    if (packed === null) return;
    this.#hubs.onEpoch(packed.shard, packed.epoch);
    for (const item of packed.items) {
      if (item.item === 'entries') {
        this.#hubs.onEntries(item);
        this.#inboxes.onEntries(item.entries);
      } else if (item.item === 'reply') this.#dispatcher.onReply(item);
      else {
        this.#hubs.onWatchReply(item);
        this.#dispatcher.onWatchReply(item);
      }
    }
  }

  sweep(): void {
    for (const session of this.#sessions.values()) session.sweep();
  }

  /** Hears the fan-out no more. */
  async close(): Promise<void> {
    this.#hubs.close();
    this.#inboxes.close();
    await this.#ear?.end();
  }

  opened({ id }: SessionContext, identity: Identity): void {
    const user = identity.actor.id;
    const theirs = this.#byUser.get(user) ?? new Set();
    if (theirs.size >= MAX_SESSIONS_PER_USER) throw new ChatError('rate-limited', 'You have too many sessions.');
    this.#byUser.set(user, theirs.add(id));
    this.#users.set(id, user);
  }

  ended({ id, framing }: SessionContext, error: ChatError | null): void {
    this.#sessions.delete(id);
    this.#dispatcher.endSession(id);
    this.#deps.metrics.disconnected(framing.name, error?.code ?? null);
    const user = this.#users.get(id);
    if (user === undefined) return;
    this.#users.delete(id);
    const theirs = this.#byUser.get(user);
    theirs?.delete(id);
    if (theirs?.size === 0) this.#byUser.delete(user);
  }

  #makeSessionDeps(): SessionDeps {
    const { runtime, verifier, server, rateSends, deploymentKey, imageHosts, metrics, views, marks } = this.#deps;
    const asRefusal = (cause: unknown): ChatError => this.#asRefusal(cause);
    const frames = new MessageFrames(views, () => metrics.encoded());
    const dispatcher = this.#dispatcher;
    return {
      runtime,
      verifier,
      server,
      rateSends,
      asRefusal,
      registry: this,
      windowFor: (room) => sendWindow(room === null ? null : this.#hubs.lagOf(this.#deps.shardOf(room))),
      onRefused: (code) => metrics.refused(code),
      flusher: new Flusher(runtime.spawn, () => frames.forget()),
      sends: {
        dispatcher,
        random: runtime.random,
        deploymentKey,
        rules: { imageHosts },
        asRefusal,
        typing: this.#typingDeps(asRefusal),
        onLogged: (room, user, seq) => marks.sent(room, user, seq, this.#hubs.entryAt(room, seq)?.n ?? null),
        onAnswered: (status) => metrics.answered(status),
      },
      subscriptions: {
        dispatcher,
        hubs: this.#hubs,
        frames,
        inboxes: this.#inboxes,
        asRefusal,
        onDelivered: () => metrics.delivered(),
        onDropped: () => metrics.ephemeralDropped('slow'),
      },
    };
  }

  #typingDeps(asRefusal: AsRefusal): TypingDeskDeps {
    const { runtime, metrics, shardOf } = this.#deps;
    return {
      dispatcher: this.#dispatcher,
      hubs: this.#hubs,
      clock: runtime.clock,
      asRefusal,
      whisper: (whisper) => this.#whispers.say(shardOf(whisper.room), whisper),
      onDropped: (reason) => metrics.ephemeralDropped(reason),
    };
  }

  #asRefusal(cause: unknown): ChatError {
    if (cause instanceof ChatError) return cause;
    this.#deps.logger.error({ err: cause }, 'a session met a bug');
    return new ChatError('internal');
  }

  #read<T>(otherwise: string, decode: () => T): T | null {
    try {
      return decode();
    } catch (cause) {
      this.#warn(otherwise, cause);
      return null;
    }
  }

  #warn(message: string, cause: unknown): void {
    this.#deps.logger.warn({ err: cause }, message);
  }
}
