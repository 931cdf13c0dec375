/** Inboxes before a fan-out and a store that lose, delay and fail as they like: in the end they are right. */
import { asRoomId, asSeq, asUserId, ChatError, INBOX_SWEEP_MS, pause } from '@munova/contracts';
import type { RoomId, RoomStatus } from '@munova/contracts';
import { closedEntry, commitOf } from '@munova/contracts/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboxPlace } from './inbox-place.js';
import type { Listener } from './inbox-place.js';

const ROOMS = [asRoomId('r1'), asRoomId('r2'), asRoomId('r3')];
const USERS = ['minji', 'junho', 'shop'];
const READ_MS = 40; // that a read of the store takes at most
const FAILS = 0.2; // of the reads, while faults strike

const room = fc.constantFrom(...ROOMS);
const user = fc.constantFrom(...USERS);
const heard = fc.boolean();
const step = fc.oneof(
  fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  fc.record({ does: fc.constant('say' as const), room, user, heard, here: fc.boolean() }),
  fc.record({ does: fc.constant('read' as const), room, user, heard, here: fc.boolean() }),
  fc.record({
    does: fc.constant('member' as const),
    room,
    user,
    heard,
    to: fc.constantFrom<Membership>('joined', 'left', 'kicked'),
  }),
  fc.record({ does: fc.constant('turn' as const), room, heard, to: fc.constantFrom<RoomStatus>('CLOSED', 'OPENED') }),
  fc.record({ does: fc.constant('listen' as const), user }),
  fc.record({ does: fc.constant('leave' as const), user }),
  fc.record({ does: fc.constant('lose' as const) }),
);
const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });

type Membership = 'joined' | 'left' | 'kicked';
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Head {
  readonly seq: number;
  readonly n: number;
}

interface Line {
  head: number;
  unreadCount: number;
  /** Unknown of what stood in a snapshot. */
  status: RoomStatus | null;
}

interface Said {
  readonly kind: string;
  readonly event?: string;
  readonly room?: { readonly roomId: RoomId; readonly head: number; readonly status: RoomStatus };
  readonly roomId?: RoomId;
  readonly head?: number;
  readonly unreadCount?: number;
}

/** What a client makes of what it was told. */
const viewOf = ({ snapshot, said }: Listener): ReadonlyMap<RoomId, Line> => {
  const { rooms } = JSON.parse(snapshot) as { rooms: (Line & { roomId: RoomId })[] };
  const view = new Map<RoomId, Line>(
    rooms.map(({ roomId, head, unreadCount }) => [roomId, { head, unreadCount, status: null }]),
  );
  for (const body of said as unknown as Said[]) {
    if (body.kind === 'unread' && body.roomId !== undefined) {
      const line = view.get(body.roomId);
      if (line === undefined) throw new Error(`a count of ${body.roomId}, which was never shown`);
      Object.assign(line, { head: body.head, unreadCount: body.unreadCount });
    } else if (body.room !== undefined) {
      const { roomId, head, status } = body.room;
      const line = view.get(roomId);
      if (body.event === 'kicked') view.delete(roomId);
      else if (body.event === 'created' || body.event === 'joined') view.set(roomId, { head, unreadCount: 0, status });
      else if (line !== undefined) line.status = body.event === 'closed' ? 'CLOSED' : 'OPENED';
    }
  }
  return view;
};

class Run {
  readonly #place: InboxPlace;
  readonly #heads = new Map<RoomId, Head>();
  readonly #statuses = new Map<RoomId, RoomStatus>();
  /** Who left a room once: that is told to nobody, and the room stays in sight. */
  readonly #left = new Set<string>();
  readonly #listeners = new Map<string, Listener[]>();
  #isFaulty = true;

  constructor(place: InboxPlace) {
    this.#place = place;
    const { random, timers } = place.runtime;
    place.beforeRead = async () => {
      await pause(timers, random.next() * READ_MS);
      if (this.#isFaulty && random.next() < FAILS) throw new ChatError('unavailable');
    };
  }

  /** Everybody is in two rooms and listens, unless the store fails. */
  async begin(): Promise<void> {
    for (const id of ROOMS.slice(0, 2)) await this.#changed(id, USERS, 'joined');
    for (const one of USERS) await this.do({ does: 'listen', user: one });
    await this.#place.runtime.advance(4 * READ_MS);
  }

  async do(step: Step): Promise<void> {
    switch (step.does) {
      case 'pass':
        return this.#place.runtime.advance(step.ms);
      case 'say':
        return this.#say(step);
      case 'read':
        return this.#read(step);
      case 'member':
        return this.#member(step);
      case 'turn':
        return this.#turn(step);
      case 'listen':
        this.#place.listen(step.user).then(
          (listener) => this.#listeners.set(step.user, [...(this.#listeners.get(step.user) ?? []), listener]),
          () => this.#place.inboxes.release(asUserId(step.user)),
        );
        return;
      case 'leave':
        this.#listeners.get(step.user)?.shift()?.end();
        return;
      case 'lose':
        this.#place.inboxes.onLoss();
    }
  }

  /** The faults are over, and every inbox has had its look. */
  async rest(): Promise<void> {
    this.#isFaulty = false;
    await this.#place.runtime.advance(2 * INBOX_SWEEP_MS + 5_000);
  }

  async check(): Promise<void> {
    const { store, runtime } = this.#place;
    expect(runtime.faults).toEqual([]);
    for (const [name, listeners] of this.#listeners) {
      const { items } = await store.directory.list({ memberId: asUserId(name), sort: 'latest', limit: 100 });
      const mine = await this.#place.views.rooms.mine(asUserId(name), items);
      for (const listener of listeners) {
        const view = viewOf(listener);
        for (const { roomId, head, unreadCount, status } of mine) {
          expect({ name, roomId, ...view.get(roomId as RoomId), status }).toEqual({
            name,
            roomId,
            head,
            unreadCount,
            status,
          });
          expect([status, null]).toContain(view.get(roomId as RoomId)?.status);
        }
        for (const id of view.keys()) {
          const isThere = mine.some(({ roomId }) => roomId === id);
          expect(isThere || this.#left.has(`${name} ${id}`)).toBe(true);
        }
      }
    }
  }

  async #say({ room: id, user: sender, heard: isHeard, here }: Extract<Step, { does: 'say' }>): Promise<void> {
    const { seq, n } = this.#next(id, 1);
    await this.#place.message(id, seq, sender, n);
    if (here) this.#place.views.marks.sent(id, asUserId(sender), asSeq(seq), null);
    else await this.#moved(id, sender, isHeard);
    if (isHeard) this.#place.heartbeat([id, seq]);
  }

  async #read({ room: id, user: reader, heard: isHeard, here }: Extract<Step, { does: 'read' }>): Promise<void> {
    const { seq } = this.#headOf(id);
    if (here) await this.#place.views.marks.advance(id, asUserId(reader), asSeq(seq));
    else await this.#moved(id, reader, isHeard);
  }

  /** By another edge, whose whisper may be lost. */
  async #moved(id: RoomId, reader: string, isHeard: boolean): Promise<void> {
    const { seq, n } = this.#headOf(id);
    const move = { room: id, user: asUserId(reader), mark: { seq: asSeq(seq), n } };
    await this.#place.store.readMarks.advance([move]);
    if (isHeard) this.#place.inboxes.onRead(move);
  }

  async #member({ room: id, user: name, heard: isHeard, to }: Extract<Step, { does: 'member' }>): Promise<void> {
    const before = (await this.#place.store.memberships.get(id, asUserId(name)))?.status;
    // Whoever was kicked is unkicked first, in silence.
    const status = before === 'kicked' ? 'left' : to;
    if (status === 'left') this.#left.add(`${name} ${id}`);
    await this.#changed(id, [name], status);
    if (isHeard && before !== 'kicked') await this.#place.notice(status, id, name);
  }

  async #turn({ room: id, heard: isHeard, to }: Extract<Step, { does: 'turn' }>): Promise<void> {
    this.#statuses.set(id, to);
    await this.#changed(id, [], 'joined');
    if (isHeard) await this.#place.notice(to === 'CLOSED' ? 'closed' : 'opened', id);
  }

  /** An entry that is no message, and its projection. */
  async #changed(id: RoomId, users: readonly string[], status: Membership): Promise<void> {
    const { seq, n } = this.#next(id, 0);
    await this.#place.store.log.append(commitOf([closedEntry({ room: id, seq, n })]));
    const more = { stateSeq: asSeq(seq), n, status: this.#statuses.get(id) ?? 'OPENED' };
    await this.#place.members(id, users, status, more);
  }

  #headOf(id: RoomId): Head {
    return this.#heads.get(id) ?? { seq: 0, n: 0 };
  }

  #next(id: RoomId, messages: number): Head {
    const { seq, n } = this.#headOf(id);
    const next = { seq: seq + 1, n: n + messages };
    this.#heads.set(id, next);
    return next;
  }
}

describe('inboxes before a faulty fan-out and a slow store', () => {
  it('[E71] [E72] [E73] [E74] [E76] show every room, count and status in the end, whatever was lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), steps, async (seed, some) => {
        const run = new Run(await InboxPlace.open({ seed }));
        await run.begin();
        for (const one of some) await run.do(one);
        await run.rest();
        await run.check();
      }),
      { numRuns: 300 },
    );
  });
});
