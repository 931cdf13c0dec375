/** When somebody sends what waits in the outbox: in bursts that await their answers, or without waiting. */
import type { RoomId, Runtime } from '@munova/contracts';

export interface Outgoing {
  readonly room: RoomId;
  readonly cmid: string;
  readonly content: string;
}

export interface PacingHost {
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>;
  /** What waits for that room, oldest first. */
  waiting(room: RoomId): readonly Outgoing[];
  /** False where there is no connection. */
  send(outgoing: readonly Outgoing[]): boolean;
}

export interface Answer {
  readonly later: boolean;
  /** ms before it may be sent again. */
  readonly retryAfterMs: number;
}

export interface Pacing {
  /** It stands in the outbox now. */
  said(outgoing: Outgoing): void;
  answered(outgoing: Outgoing, answer: Answer): void;
  /** A new connection: nothing is under way. */
  connected(rooms: Iterable<RoomId>): void;
}

const BURST_MAX = 10; // messages

/** What is under way to one room on the connection there is. */
interface Burst {
  readonly open: Set<string>;
  /** Monotonic ms before which the next one may not begin. */
  notBefore: number;
}

/**
 * To a room one burst is under way at a time, in the outbox's order; what is said meanwhile, and what was
 * answered `later`, goes into the next one.
 */
export class InBursts implements Pacing {
  readonly #host: PacingHost;
  readonly #bursts = new Map<RoomId, Burst>();

  constructor(host: PacingHost) {
    this.#host = host;
  }

  said({ room }: Outgoing): void {
    this.#flush(room);
  }

  connected(rooms: Iterable<RoomId>): void {
    this.#bursts.clear();
    for (const room of rooms) this.#flush(room);
  }

  answered({ room, cmid }: Outgoing, { retryAfterMs }: Answer): void {
    const burst = this.#bursts.get(room);
    if (burst === undefined) return;
    const { timers, clock } = this.#host.runtime;
    burst.open.delete(cmid);
    burst.notBefore = Math.max(burst.notBefore, clock.monotonic() + retryAfterMs);
    if (burst.open.size > 0) return;
    timers.after(burst.notBefore - clock.monotonic(), () => {
      if (this.#bursts.get(room) !== burst) return;
      this.#bursts.delete(room);
      this.#flush(room);
    });
  }

  #flush(room: RoomId): void {
    if (this.#bursts.has(room)) return;
    const outgoing = this.#host.waiting(room).slice(0, BURST_MAX);
    if (outgoing.length === 0 || !this.#host.send(outgoing)) return;
    this.#bursts.set(room, { open: new Set(outgoing.map(({ cmid }) => cmid)), notBefore: 0 });
  }
}

/** Everything at once when it is said; what was answered `later` again after a while, in the outbox's order. */
export class AtOnce implements Pacing {
  readonly #host: PacingHost;
  /** Per room the ids to be sent again. */
  readonly #again = new Map<RoomId, Set<string>>();

  constructor(host: PacingHost) {
    this.#host = host;
  }

  said(outgoing: Outgoing): void {
    this.#host.send([outgoing]);
  }

  connected(rooms: Iterable<RoomId>): void {
    this.#again.clear();
    for (const room of rooms) this.#host.send(this.#host.waiting(room));
  }

  answered({ room, cmid }: Outgoing, { later, retryAfterMs }: Answer): void {
    if (!later) return;
    const gathering = this.#again.get(room);
    if (gathering !== undefined) {
      gathering.add(cmid);
      return;
    }
    const again = new Set([cmid]);
    this.#again.set(room, again);
    this.#host.runtime.timers.after(retryAfterMs, () => {
      if (this.#again.get(room) !== again) return;
      this.#again.delete(room);
      this.#host.send(this.#host.waiting(room).filter((outgoing) => again.has(outgoing.cmid)));
    });
  }
}
