/**
 * One user's rooms and counts at this edge, shared by all who subscribed to `/user/queue/inbox` as that user.
 *
 * Invariants
 * 1. The directory is read for one thing at a time: a look at all rooms, or the notices that came. What is heard
 *    meanwhile is applied behind it, so that nothing old undoes what is newer.
 * 2. A read mark never goes back, but for one whose count is not known yet: the store's word wins over that.
 * 3. At most MAX_ROOMS_PER_USER rooms are held, and as many notices and marks wait (I10).
 * 4. What was said last of a room's count is not said again. Nothing is said or read once this is closed.
 */
import { ChatError, MAX_ROOMS_PER_USER } from '@munova/contracts';
import type { ReadMark, RoomHead, RoomId, RoomStatus, Seq, Spawn, UserId } from '@munova/contracts';
import { unreadCount } from '../../views/unread.js';
import { roomBody, snapshotBody, unreadBody } from './inbox-bodies.js';
import type { RoomEvent } from './inbox-bodies.js';
import type { CountedRoom, RoomCounts, RoomHolder } from './room-counts.js';

/** How far a room goes, and how far a user has read in it. */
export interface RoomStanding {
  readonly room: RoomId;
  readonly status: RoomStatus;
  readonly head: RoomHead;
  readonly read: ReadMark;
}

/** What the store says of inboxes. Every method throws `ChatError('unavailable')` where it cannot be reached. */
export interface InboxSource {
  /** The rooms that the user is in, the one with the latest message first, at most MAX_ROOMS_PER_USER. */
  all(user: UserId): Promise<readonly RoomStanding[]>;
  /** Of these rooms, those that exist. */
  of(user: UserId, rooms: readonly RoomId[]): Promise<readonly RoomStanding[]>;
  /** The rooms as clients see them, those that exist. */
  show(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, object>>;
  isKicked(user: UserId, room: RoomId): Promise<boolean>;
}

/** What became of a user in a room; `left` is said to nobody. */
export type Passage = 'created' | 'joined' | 'kicked' | 'left';

/** Without `n`, until the messages up to there were counted. */
export interface HeardMark {
  readonly seq: Seq;
  readonly n: number | null;
}

/** A subscription. */
export interface InboxSink {
  say(body: string): void;
}

export interface UserInboxDeps {
  readonly source: InboxSource;
  readonly counts: RoomCounts<UserInbox>;
  readonly spawn: Spawn;
  /** Runs a task that reads the directory, a few at a time. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly onLook: () => void;
  /** Something was missed: a look has to make up for it, some time. */
  readonly onMissed: (inbox: UserInbox) => void;
  readonly onFault: (cause: unknown) => void;
}

/** A room in this inbox. */
interface Place {
  readonly room: CountedRoom;
  status: RoomStatus;
  read: HeardMark;
  /** As it was said last. */
  said: { readonly head: number; readonly unreadCount: number };
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/** What a look or some notices found, to be applied at once. */
interface Changes {
  /** With what to say of those that are new. */
  readonly standings: readonly RoomStanding[];
  readonly gone: readonly RoomId[];
  /** What to say of rooms that came or went, where something is to be said. */
  readonly events: ReadonlyMap<RoomId, string>;
}

export class UserInbox implements RoomHolder {
  readonly user: UserId;
  readonly #deps: UserInboxDeps;
  /** The one that came last is the last. */
  readonly #places = new Map<RoomId, Place>();
  readonly #sinks = new Set<InboxSink>();
  readonly #passages = new Map<RoomId, Passage>();
  /** Heard while the store was read. */
  readonly #marks = new Map<RoomId, HeardMark>();
  readonly #looks: Waiting[] = [];
  /** While the store is read, and until what was read is applied. */
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(user: UserId, deps: UserInboxDeps) {
    this.user = user;
    this.#deps = deps;
  }

  /** Null, or until what it reads now from the store is applied. */
  get reading(): Promise<void> | null {
    return this.#reading;
  }

  /** Compares with the directory and says what is different. @throws {ChatError} `unavailable` */
  look(): Promise<void> {
    if (this.#closed) return Promise.reject(new ChatError('unavailable'));
    return new Promise((resolve, reject) => {
      this.#looks.push({ resolve, reject });
      this.#read();
    });
  }

  /** Hears what is different from the snapshot of this moment. */
  add(sink: InboxSink): void {
    this.#sinks.add(sink);
  }

  remove(sink: InboxSink): void {
    this.#sinks.delete(sink);
  }

  snapshot(): string {
    const lines = [...this.#places.values()].map((place) => ({
      roomId: place.room.id,
      head: place.room.head.seq,
      readSeq: place.read.seq,
      unreadCount: unreadOf(place) ?? place.said.unreadCount,
    }));
    return snapshotBody(lines.reverse());
  }

  #say(body: string): void {
    for (const sink of this.#sinks) sink.say(body);
  }

  /** The directory shows it already. */
  passed(room: RoomId, passage: Passage): void {
    if (this.#passages.size >= MAX_ROOMS_PER_USER) {
      this.#deps.onMissed(this);
      return;
    }
    // Who creates a room joins it as well: that it is new says more.
    if (passage !== 'joined' || this.#passages.get(room) !== 'created') this.#passages.set(room, passage);
    this.#read();
  }

  /** The user has read up to there. @param isTold otherwise it is said with the room's next count */
  heardRead(room: RoomId, mark: HeardMark, isTold: boolean): void {
    if (this.#reading !== null && this.#marks.size < MAX_ROOMS_PER_USER) keep(this.#marks, room, mark);
    const place = this.#places.get(room);
    if (place === undefined || !isAhead(mark, place.read)) return;
    place.read = mark;
    if (isTold) this.#sayCount(place);
  }

  /** The room was closed or opened. @param body what to say of it, unless it is known */
  turned(room: RoomId, event: 'closed' | 'opened', body: string): void {
    const place = this.#places.get(room);
    if (place === undefined || turnOf(place.status) === event) return;
    place.status = event === 'closed' ? 'CLOSED' : 'OPENED';
    this.#say(body);
  }

  counted({ id }: CountedRoom): void {
    const place = this.#places.get(id);
    if (place !== undefined) this.#sayCount(place);
  }

  #sayCount(place: Place): void {
    const { id: roomId } = place.room;
    const count = unreadOf(place);
    const head = place.room.head.seq;
    if (count === null || (place.said.head === head && place.said.unreadCount === count)) return;
    place.said = { head, unreadCount: count };
    this.#say(unreadBody({ roomId, head, unreadCount: count }));
  }

  close(): void {
    this.#closed = true;
    for (const room of this.#places.keys()) this.#deps.counts.release(room, this);
    this.#places.clear();
    this.#sinks.clear();
    for (const { reject } of this.#looks.splice(0)) reject(new ChatError('unavailable'));
  }

  #read(): void {
    if (this.#reading !== null || this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading = promise;
    this.#deps.spawn.background('inbox', async () => {
      try {
        await this.#run();
      } finally {
        this.#reading = null;
        resolve();
      }
    });
  }

  async #run(): Promise<void> {
    while (!this.#closed && (this.#looks.length > 0 || this.#passages.size > 0)) {
      await this.#deps.inTurn(() => (this.#looks.length > 0 ? this.#look() : this.#heed()));
      this.#applyMarks();
    }
  }

  async #look(): Promise<void> {
    const looks = this.#looks.splice(0);
    this.#deps.onLook();
    try {
      const standings = await this.#deps.source.all(this.user);
      const there = new Set(standings.map(({ room }) => room));
      const gone = [...this.#places.keys()].filter((room) => !there.has(room));
      const passages = new Map<RoomId, RoomEvent>();
      for (const { room, status } of standings) {
        const event = this.#differenceOf(room, status);
        if (event !== null) passages.set(room, event);
      }
      for (const room of gone) if (await this.#deps.source.isKicked(this.user, room)) passages.set(room, 'kicked');
      this.#apply({ standings: [...standings].reverse(), gone, events: await this.#eventsOf(passages) });
      if (this.#closed) throw new ChatError('unavailable');
    } catch (cause) {
      for (const { reject } of looks) reject(cause);
      return;
    }
    for (const { resolve } of looks) resolve();
  }

  #differenceOf(room: RoomId, status: RoomStatus): RoomEvent | null {
    const known = this.#places.get(room);
    if (known !== undefined) return known.status === status ? null : turnOf(status);
    // A notice that waits says more than the directory of how the user got here.
    return this.#passages.get(room) === 'created' ? 'created' : 'joined';
  }

  async #heed(): Promise<void> {
    const passages = new Map(this.#passages);
    this.#passages.clear();
    const isHeld = (room: RoomId): boolean => this.#places.has(room);
    for (const [room, passage] of passages) if (isHeld(room) !== isDeparture(passage)) passages.delete(room);
    const come = [...passages].filter(([, passage]) => !isDeparture(passage)).map(([room]) => room);
    const gone = [...passages].filter(([, passage]) => isDeparture(passage)).map(([room]) => room);
    try {
      const standings = come.length === 0 ? [] : await this.#deps.source.of(this.user, come);
      this.#apply({ standings, gone, events: await this.#eventsOf(passages) });
    } catch (cause) {
      this.#deps.onFault(cause);
      this.#deps.onMissed(this);
    }
  }

  async #eventsOf(passages: ReadonlyMap<RoomId, RoomEvent | Passage>): Promise<ReadonlyMap<RoomId, string>> {
    const events = new Map<RoomId, string>();
    const told = [...passages].flatMap(([room, passage]) => (passage === 'left' ? [] : [[room, passage] as const]));
    // Who hears the snapshot next needs no events.
    if (told.length === 0 || this.#sinks.size === 0) return events;
    const views = await this.#deps.source.show(told.map(([room]) => room));
    for (const [room, event] of told) {
      const view = views.get(room);
      if (view !== undefined) events.set(room, roomBody(event, view));
    }
    return events;
  }

  #apply({ standings, gone, events }: Changes): void {
    if (this.#closed) return;
    for (const room of gone) {
      this.#drop(room);
      this.#sayEvent(events.get(room));
    }
    for (const standing of standings) this.#place(standing, events.get(standing.room));
    for (const room of this.#places.keys()) {
      if (this.#places.size <= MAX_ROOMS_PER_USER) break;
      this.#drop(room);
    }
  }

  #place({ room, status, head, read }: RoomStanding, event: string | undefined): void {
    const known = this.#places.get(room);
    const counted = this.#deps.counts.hold(room, head, this);
    if (known === undefined) {
      const place = { room: counted, status, read, said: { head: counted.head.seq, unreadCount: 0 } };
      this.#places.set(room, place);
      this.#sayEvent(event);
      this.#sayCount(place);
      return;
    }
    // In the order of the latest look.
    this.#places.delete(room);
    this.#places.set(room, known);
    if (event !== undefined) this.turned(room, turnOf(status), event);
    if (known.read.n !== null && !isAhead(read, known.read)) return;
    known.read = read;
    this.#sayCount(known);
  }

  #drop(room: RoomId): void {
    this.#places.delete(room);
    this.#deps.counts.release(room, this);
  }

  #sayEvent(event: string | undefined): void {
    if (event !== undefined) this.#say(event);
  }

  #applyMarks(): void {
    const marks = [...this.#marks];
    this.#marks.clear();
    for (const [room, mark] of marks) this.heardRead(room, mark, true);
  }
}

const turnOf = (status: RoomStatus): 'closed' | 'opened' => (status === 'OPENED' ? 'opened' : 'closed');

const isDeparture = (passage: Passage): boolean => passage === 'kicked' || passage === 'left';

/** Null while it cannot be known. */
const unreadOf = ({ room, read }: Place): number | null => {
  if (read.n !== null) return unreadCount(room.head.n, read.n);
  return read.seq >= room.head.seq ? 0 : null;
};

const isAhead = (mark: HeardMark, than: HeardMark): boolean =>
  mark.seq > than.seq || (mark.seq === than.seq && than.n === null && mark.n !== null);

const keep = (marks: Map<RoomId, HeardMark>, room: RoomId, mark: HeardMark): void => {
  const known = marks.get(room);
  if (known === undefined || isAhead(mark, known)) marks.set(room, mark);
};
