/** The inboxes of one edge over a store in memory, in a time that stands still. */
import { asSeq, asShardId, asUserId, ChatError, MAX_INBOX_PLACES } from '@munova/contracts';
import type { NoticeWhisper, RoomId, RoomRecord, Seq, UserId, Whisper } from '@munova/contracts';
import { MemoryStore } from '@munova/contracts/memory';
import { commitOf, groupRecord, ManualRuntime, memberRecord, messageEntry, messages } from '@munova/contracts/testing';
import { Inboxes } from '../../src/outbound/inbox/inboxes.js';
import type { InboxSource, UserInbox } from '../../src/outbound/inbox/user-inbox.js';
import { createViews } from '../../src/views/views.js';
import type { Views } from '../../src/views/views.js';
import { TestLog } from '../rest/harness.js';

type Said = Record<string, unknown>;

/** One subscription. */
export interface Listener {
  readonly inbox: UserInbox;
  /** Everything said so far, the snapshot left out. */
  readonly said: Said[];
  readonly snapshot: string;
  end(): void;
}

export class InboxPlace {
  readonly runtime = new ManualRuntime();
  readonly store = new MemoryStore(this.runtime);
  readonly whispers: Whisper[] = [];
  /** Reads of the store, in their order: `all minji`, `heads r1,r2`. */
  readonly reads: string[] = [];
  readonly faults: unknown[] = [];
  /** Comparisons with the directory. */
  looks = 0;
  /** Holds up or fails the next reads. */
  beforeRead: (what: string) => Promise<void> = () => Promise.resolve();
  readonly views: Views;
  readonly inboxes: Inboxes;
  #states = 0;
  #held: Promise<void> | null = null;

  private constructor(views: Views, store: MemoryStore, runtime: ManualRuntime, maxPlaces: number) {
    this.views = views;
    this.store = store;
    this.runtime = runtime;
    this.inboxes = new Inboxes({
      source: this.#source(),
      log: {
        heads: async (rooms) => {
          await this.#read(`heads ${rooms.join()}`);
          return store.log.heads(rooms);
        },
      },
      runtime,
      shardOf: (room) => asShardId(room.endsWith('far') ? 1 : 0),
      whisper: (whisper) => this.whispers.push(whisper),
      onLook: () => (this.looks += 1),
      onFault: (cause) => this.faults.push(cause),
      maxPlaces,
    });
    views.marks.listen(this.inboxes);
  }

  static async open({ maxPlaces = MAX_INBOX_PLACES, seed = 1 } = {}): Promise<InboxPlace> {
    const runtime = new ManualRuntime(seed);
    const store = new MemoryStore(runtime);
    return new InboxPlace(await createViews({ store, runtime, log: new TestLog() }), store, runtime, maxPlaces);
  }

  /** Makes, or changes, a room that these users are in, with so many messages in its log. */
  async room(room: RoomId, users: readonly string[], count = 0, more: Partial<RoomRecord> = {}): Promise<void> {
    await this.members(room, users, 'joined', more);
    if (count > 0) await this.store.log.append(commitOf(messages(room, 1, count)));
  }

  async members(
    room: RoomId,
    users: readonly string[],
    status: 'joined' | 'left' | 'kicked',
    more: Partial<RoomRecord> = {},
  ): Promise<void> {
    const stateSeq = asSeq(++this.#states);
    const members = users.map((user) => memberRecord({ room, user: asUserId(user), status, stateSeq }));
    const record = groupRecord({ roomId: room, stateSeq: asSeq(0), ...more });
    await this.store.projection.project([{ record, members, redactions: [] }], []);
  }

  /** A message in the log, of which nobody tells. */
  async message(room: RoomId, seq: number, sender = 'somebody', n = seq): Promise<void> {
    await this.store.log.append(commitOf([messageEntry({ room, seq, n, sender: asUserId(sender) })]));
  }

  heartbeat(...heads: readonly (readonly [RoomId, number])[]): void {
    const said = heads.map(([room, seq]) => [room, asSeq(seq)] as readonly [RoomId, Seq]);
    this.inboxes.onHeartbeat({
      v: 1,
      shard: asShardId(0),
      epoch: 1 as never,
      lag: { entries: 0, bytes: 0 },
      heads: said,
    });
  }

  /** The sender's edge and the room's owner both tell. */
  async messageHeard(room: RoomId, seq: number, sender = 'somebody'): Promise<void> {
    await this.message(room, seq, sender);
    this.heartbeat([room, seq]);
    await this.runtime.settle();
  }

  async notice(event: NoticeWhisper['event'], room: RoomId, ...users: readonly string[]): Promise<void> {
    this.inboxes.onNotice({ kind: 'notice', event, room, users: users.length === 0 ? null : users.map(asUserId) });
    await this.runtime.settle();
  }

  /** Subscribed, with the snapshot of that moment. */
  async listen(user: string): Promise<Listener> {
    const inbox = this.inboxes.acquire(asUserId(user));
    await Promise.all([inbox.look(), this.runtime.settle()]);
    const said: Said[] = [];
    const sink = { say: (body: string) => void said.push(JSON.parse(body) as Said) };
    inbox.add(sink);
    const snapshot = inbox.snapshot();
    const end = (): void => {
      inbox.remove(sink);
      this.inboxes.release(inbox.user);
    };
    return { inbox, said, snapshot, end };
  }

  /** The next read of that kind fails. */
  failOnce(what: string): void {
    this.beforeRead = (read) => {
      if (!read.startsWith(what)) return Promise.resolve();
      this.beforeRead = () => Promise.resolve();
      return Promise.reject(new ChatError('unavailable'));
    };
  }

  /** Looks stop behind their reads, until what is returned is called. */
  holdLooks(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = null;
      resolve();
    };
  }

  async #read(what: string): Promise<void> {
    this.reads.push(what);
    await this.beforeRead(what);
  }

  #source(): InboxSource {
    const { inboxes } = this.views;
    const after = async <T>(what: string, user: UserId | null, read: () => Promise<T>): Promise<T> => {
      await this.#read(user === null ? what : `${what} ${user}`);
      return read();
    };
    return {
      all: (user) =>
        after('all', user, async () => {
          const read = await inboxes.all(user);
          await this.#held;
          return read;
        }),
      of: (user, rooms) => after('of', user, () => inboxes.of(user, rooms)),
      show: (rooms) => after('show', null, () => inboxes.show(rooms)),
      isKicked: (user, room) => after('kicked', user, () => inboxes.isKicked(user, room)),
    };
  }
}

/** What a subscriber sees, in short. */
export const briefly = (said: readonly Said[]): readonly string[] =>
  said.map(({ kind, event, room, roomId, head, unreadCount }) =>
    kind === 'room'
      ? `${String(event)} ${(room as { roomId: string }).roomId}`
      : `${String(kind)} ${String(roomId)} ${String(head)}/${String(unreadCount)}`,
  );
