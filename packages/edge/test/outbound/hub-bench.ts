import {
  asEpoch,
  asGeneration,
  asRoomId,
  asSeq,
  asSessionId,
  asShardId,
  asUserId,
  ChatError,
  HEARTBEAT_MS,
} from '@munova/contracts';
import type { Entry, Heartbeat, InboxFrame, RoomHead, RoomId, Seq, Timer } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { RoomHubs } from '../../src/outbound/room-hubs.js';
import { RoomSubscription } from '../../src/outbound/subscription.js';
import { STREAM_FRAMING } from '../../src/transports/stream-framing.js';
import type { DeliverySink, HeardTyping, SubscriptionSpec } from '../../src/outbound/subscription.js';

export const ROOM = asRoomId('room-1');

/** A log that can be slow, fail, and be counted. */
export class SlowLog {
  entries: Entry[] = [];
  /** ms of each read, on the manual clock; -1 fails. */
  delay: () => number = () => 1;
  reads: number[] = [];
  /** Reads under way. */
  open = 0;
  mostOpen = 0;
  readonly #runtime: ManualRuntime;

  constructor(runtime: ManualRuntime) {
    this.#runtime = runtime;
  }

  async readAfter(room: RoomId, after: Seq, limit: number): Promise<readonly Entry[]> {
    this.reads.push(after);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    const page = this.entries.filter((e) => e.room === room).slice(after, after + limit);
    const delay = this.delay();
    await new Promise<void>((resolve) => this.#runtime.timers.after(Math.max(delay, 0), resolve));
    this.open--;
    if (delay < 0) throw new ChatError('unavailable');
    return page;
  }

  async heads(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomHead>> {
    const heads = new Map<RoomId, RoomHead>();
    for (const e of this.entries) if (rooms.includes(e.room)) heads.set(e.room, { seq: e.seq, n: e.n });
    return heads;
  }
}

/** A client's side: what it got, and whether its queue has room. */
export class Reader implements DeliverySink {
  hasRoom = true;
  hasRoomToSpare = true;
  readonly session = asSessionId('s1');
  readsAlways = false;
  readonly got: Entry[] = [];
  /** Numbers of the typings that were told, and how many were not. */
  readonly typings: number[] = [];
  drops = 0;
  hasEnded = false;
  hasFailed = false;
  readonly subscription: RoomSubscription;
  /** Called with each delivery. */
  onDeliver: () => void = () => undefined;
  onEnd: () => void = () => undefined;

  constructor(spec: Partial<SubscriptionSpec> = {}) {
    this.subscription = new RoomSubscription(
      {
        id: 'a',
        destination: `/rooms/${ROOM}`,
        kind: 'room',
        room: ROOM,
        ack: 'auto',
        user: asUserId('minji'),
        version: '1.2',
        framing: STREAM_FRAMING,
        sharing: 'same',
        ...spec,
      },
      this,
    );
  }

  get seqs(): number[] {
    return this.got.map((e) => e.seq);
  }

  deliver(_subscription: RoomSubscription, entry: Entry): void {
    this.got.push(entry);
    this.onDeliver();
  }

  tell(_subscription: RoomSubscription, { number }: HeardTyping): void {
    this.typings.push(number);
  }

  dropped(): void {
    this.drops++;
  }

  ended(): void {
    this.hasEnded = true;
    this.onEnd();
  }

  failed(): void {
    this.hasFailed = true;
  }
}

export const SHARD = asShardId(0);

export class HubBench {
  readonly runtime: ManualRuntime;
  readonly log: SlowLog;
  readonly hubs: RoomHubs;
  readonly posted: InboxFrame[] = [];
  faults = 0;
  silences = 0;
  /** The owner of the shard says its heartbeats. */
  beating = true;
  renew: () => Promise<void> = () => Promise.resolve();
  #timer: Timer | null = null;

  constructor(seed = 1) {
    this.runtime = new ManualRuntime(seed);
    this.log = new SlowLog(this.runtime);
    this.hubs = new RoomHubs({
      log: this.log,
      runtime: this.runtime,
      shardOf: () => SHARD,
      post: async (_shard, frames) => {
        this.posted.push(...frames);
        return true;
      },
      renew: () => this.renew(),
      onSilence: () => this.silences++,
      onRead: () => undefined,
      onGap: () => undefined,
      onTakenOver: () => undefined,
      onLoss: () => undefined,
      onFault: () => this.faults++,
    });
    this.hubs.start();
    this.#beats();
  }

  close(): void {
    this.#timer?.cancel();
    this.hubs.close();
  }

  #beats(): void {
    if (this.beating) this.beat();
    this.#timer = this.runtime.timers.after(HEARTBEAT_MS, () => this.#beats());
  }

  /** One heartbeat arrives. */
  beat(said: Partial<Heartbeat> = {}): void {
    const lag = { entries: 0, bytes: 0 };
    this.hubs.onHeartbeat({ v: 1, shard: SHARD, epoch: asEpoch(1), lag, heads: [], ...said });
  }

  /** The actor's answer to a watch, as the fan-out brings it. */
  admit(head: number, room = ROOM): void {
    const verdict = { status: 'admitted', head: asSeq(head), generation: asGeneration('g1') } as const;
    this.hubs.onWatchReply({ item: 'watching', session: 's' as never, ref: 1, room, verdict });
  }

  live(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first !== undefined) this.hubs.onEntries({ item: 'entries', room: first.room, entries });
  }

  /** Somebody is typing in the room, in this session. */
  typing(session: string): void {
    const who = { userId: asUserId('bob'), name: '밥', session: asSessionId(session) };
    this.hubs.onTyping({ kind: 'typing', room: ROOM, ...who });
  }

  /** Subscribes as the desk does once admitted at `head`. */
  join(reader: Reader, cursor: number, head: number): void {
    const hub = this.hubs.acquire(reader.subscription.spec.room);
    this.admit(head, reader.subscription.spec.room);
    reader.subscription.start(cursor, head);
    hub.add(reader.subscription);
  }
}
