/**
 * Keeps the directory up with the logs. Invariants:
 * 1. A room is projected with all its unprojected state entries or not at all: a record ahead of its
 *    members would hide them from whoever replays the log behind it.
 * 2. A room that got only messages is projected at most once in PROJECT_MESSAGES_MS, with the next write when it
 *    had none for that long; but before its tail reaches ACTIVATION_MAX_TAIL.
 * 3. Such a write comes at once behind a rest of PROJECT_REST_MS; what is due sooner gathers, but for what fills
 *    a write or is urgent: a write has a price of its own, whatever is in it.
 * 4. `#cooling` is in the order of `since`.
 * 5. An intent in `#settled` is forgotten by some later projection; until then it costs a replay at most.
 */
import {
  ACTIVATION_MAX_TAIL,
  COMMIT_MAX_DOCUMENTS,
  PROJECT_MESSAGES_MS,
  PROJECT_REST_MS,
  pause,
  type Intent,
  type ProjectionUpdate,
  type Seq,
  type Timer,
} from '@munova/contracts';
import { projectionOf } from '../core/projection.js';
import { messageOf, type Environment } from './environment.js';
import type { RoomActor } from './room-actor.js';

/** A tail half as long as it may be is projected at once: one write may still be on its way. */
const URGENT_TAIL = ACTIVATION_MAX_TAIL / 2;

export class Projector {
  readonly #env: Environment;
  readonly #due = new Set<RoomActor>();
  readonly #settled = new Set<Intent['id']>();
  #flushing = false;
  #cooling: { readonly room: RoomActor; readonly since: number }[] = [];
  #timer: Timer | null = null;
  #rest: Timer | null = null;
  #stopped = false;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Projects rooms that nothing else changes meanwhile, and forgets the intents. @throws {ChatError} */
  async projectState(rooms: readonly RoomActor[], settled: readonly Intent['id'][]): Promise<void> {
    const shares = sharesOf(rooms);
    await this.#env.store.projection.project(updatesOf(shares), settled);
    for (const { room, seq } of shares) {
      room.projectedSeq = seq;
      room.unprojected = [];
    }
  }

  /** The room got messages and nothing else. */
  touched(room: RoomActor): void {
    const isUrgent = room.tail >= URGENT_TAIL;
    if (room.cooling && !isUrgent) return;
    this.#due.add(room);
    if (isUrgent) this.#endRest();
    this.#wake();
  }

  /** Their rooms are projected. */
  settle(intents: readonly Intent['id'][]): void {
    for (const id of intents) this.#settled.add(id);
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#endRest();
  }

  #endRest(): void {
    this.#rest?.cancel();
    this.#rest = null;
  }

  #wake(): void {
    const isDue = this.#due.size > 0 || this.#settled.size > 0;
    if (!isDue || this.#flushing || this.#rest !== null || this.#stopped) return;
    this.#flushing = true;
    this.#env.runtime.spawn.defer(() => this.#env.runtime.spawn.background('project', () => this.#flush()));
  }

  async #flush(): Promise<void> {
    do {
      const rooms = [...this.#due].slice(0, COMMIT_MAX_DOCUMENTS);
      for (const room of rooms) this.#due.delete(room);
      try {
        await this.#projectMessages(rooms);
      } catch (error) {
        // Nobody waits for it: these rooms are tried again when they have cooled.
        this.#env.metrics.storeFailure('project-messages');
        this.#env.log.warn({ rooms: rooms.length, error: messageOf(error) }, 'messages were not projected');
        await pause(this.#env.runtime.timers, PROJECT_MESSAGES_MS);
      }
    } while (this.#due.size >= COMMIT_MAX_DOCUMENTS && !this.#stopped);
    this.#flushing = false;
    if (this.#stopped) return;
    this.#rest = this.#env.runtime.timers.after(PROJECT_REST_MS, () => {
      this.#rest = null;
      this.#wake();
    });
  }

  async #projectMessages(rooms: readonly RoomActor[]): Promise<void> {
    // A room with unprojected state entries is about to be projected whole.
    const ready = rooms.filter((room) => !room.gone && room.unprojected.length === 0);
    const since = this.#env.runtime.clock.monotonic();
    for (const room of ready) {
      if (!room.cooling) this.#cooling.push({ room, since });
      room.cooling = true;
    }
    this.#arm();
    const settled = [...this.#settled];
    const shares = sharesOf(ready);
    await this.#env.store.projection.project(updatesOf(shares), settled);
    for (const id of settled) this.#settled.delete(id);
    for (const { room, seq } of shares) if (seq > room.projectedSeq) room.projectedSeq = seq;
  }

  #arm(): void {
    const [first] = this.#cooling;
    if (this.#timer || !first || this.#stopped) return;
    const { clock, timers } = this.#env.runtime;
    this.#timer = timers.after(first.since + PROJECT_MESSAGES_MS - clock.monotonic(), () => {
      this.#timer = null;
      this.#cooled(clock.monotonic() - PROJECT_MESSAGES_MS);
      this.#arm();
    });
  }

  #cooled(until: number): void {
    let count = 0;
    for (const { room, since } of this.#cooling) {
      if (since > until) break;
      count += 1;
      room.cooling = false;
      if (!room.gone && room.tail > 0) this.touched(room);
    }
    this.#cooling = this.#cooling.slice(count);
  }
}

interface Share {
  readonly room: RoomActor;
  readonly seq: Seq;
  readonly update: ProjectionUpdate | null;
}

const sharesOf = (rooms: readonly RoomActor[]): Share[] =>
  rooms.map((room) => ({
    room,
    seq: room.state?.head ?? room.projectedSeq,
    update: room.state && projectionOf(room.state, room.unprojected),
  }));

/** A room that never came to be has nothing to show. */
const updatesOf = (shares: readonly Share[]): ProjectionUpdate[] =>
  shares.map(({ update }) => update).filter((update) => update !== null);
