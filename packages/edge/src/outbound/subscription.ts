/**
 * One subscription to a room: a cursor, and nothing else that grows.
 *
 * Invariants
 * 1. Exactly L(c+1), L(c+2), … are taken, c being the cursor it started from (I5): `take` accepts the
 *    entry behind the cursor and no other.
 * 2. Nothing is taken before `start` or after `end`.
 */
import type { Entry, RoomId, SessionId, TypingWhisper, UserId } from '@munova/contracts';
import type { StompVersion } from '@munova/contracts/stomp';
import type { Framing } from '../session/transport.js';
import { AckWindow } from './ack-window.js';
import type { AckMode } from './ack-window.js';

/** `room`: every entry; `topic`: the predecessor's destination, messages only; `typing`: no entry, but who is typing. */
export type DestinationKind = 'room' | 'topic' | 'typing';

export interface SubscriptionSpec {
  /** The client's `id`; null where STOMP 1.0 left it out. */
  readonly id: string | null;
  readonly destination: string;
  readonly kind: DestinationKind;
  readonly room: RoomId;
  readonly ack: AckMode;
  readonly user: UserId;
  readonly version: StompVersion;
  readonly framing: Framing;
  /** Equal for subscriptions whose MESSAGEs are the same bytes; from `sharingKey`. */
  readonly sharing: string;
}

/** All that tells one subscription's bytes from another's. */
export const sharingKey = (spec: Omit<SubscriptionSpec, 'sharing'>): string =>
  JSON.stringify([spec.id, spec.destination, spec.ack !== 'auto', spec.version, spec.framing.name]);

/** A typing as this edge heard it. */
export interface HeardTyping {
  /** Counts from 1, over all rooms. */
  readonly number: number;
  readonly whisper: TypingWhisper;
}

export interface DeliverySink {
  /** False while the client's queue is full. */
  readonly hasRoom: boolean;
  /** False while anything worth speaking of waits for the client. */
  readonly hasRoomToSpare: boolean;
  readonly session: SessionId;
  /** An admin reads on after leaving; a fresh token may change it. */
  readonly readsAlways: boolean;
  deliver(subscription: RoomSubscription, entry: Entry): void;
  tell(subscription: RoomSubscription, typing: HeardTyping): void;
  /** A typing was not told. */
  dropped(): void;
  /** The user may not read what follows. Called after the entry that says so was delivered. */
  ended(subscription: RoomSubscription): void;
  /** A bug kept this one from going on. */
  failed(subscription: RoomSubscription): void;
}

export class RoomSubscription {
  readonly spec: SubscriptionSpec;
  readonly #sink: DeliverySink;
  readonly #acks: AckWindow;
  #state: 'admitting' | 'running' | 'ended' = 'admitting';
  #cursor = 0;
  #admittedAt = 0;
  /** The number of the last typing that was told. */
  #lastTyping = 0;

  constructor(spec: SubscriptionSpec, sink: DeliverySink) {
    this.spec = spec;
    this.#sink = sink;
    this.#acks = new AckWindow(spec.ack);
  }

  get cursor(): number {
    return this.#cursor;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  get canTake(): boolean {
    return this.#state === 'running' && !this.#acks.isFull && this.#sink.hasRoom;
  }

  /** @param head as of admission: a departure logged before is history, one behind it ends this. */
  start(cursor: number, head: number): void {
    if (this.#state !== 'admitting') return;
    this.#state = 'running';
    this.#cursor = cursor;
    this.#admittedAt = head;
  }

  end(): void {
    this.#state = 'ended';
  }

  /** A no-op for any entry but the one behind the cursor. */
  take(entry: Entry): void {
    if (!this.canTake || entry.seq !== this.#cursor + 1) return;
    this.#cursor = entry.seq;
    if (this.#isTold(entry)) {
      this.#acks.issue(entry.seq);
      this.#sink.deliver(this, entry);
    } else {
      this.#acks.skip(entry.seq);
    }
    if (this.#isOwnDeparture(entry)) {
      this.end();
      this.#sink.ended(this);
    }
  }

  /** What goes wrong in `work` ends this subscription, and is told to `onFault` instead of thrown. */
  attempt(work: () => void, onFault: (cause: unknown) => void): void {
    try {
      work();
    } catch (cause) {
      this.end();
      onFault(cause);
      this.#sink.failed(this);
    }
  }

  /** @param head of the room: behind it, an entry may be missing that says that this user is to hear nothing more. */
  hear(typing: HeardTyping, head: number): void {
    if (this.#state !== 'running' || typing.whisper.session === this.#sink.session) return;
    if (this.#cursor < head || !this.#sink.hasRoomToSpare) {
      this.#sink.dropped();
      return;
    }
    this.#lastTyping = typing.number;
    this.#sink.tell(this, typing);
  }

  acknowledge(seq: number): boolean {
    return this.#acks.acknowledge(seq);
  }

  /** Nothing waits for it. @returns false for one that was never told */
  acknowledgeTyping(number: number): boolean {
    return number >= 1 && number <= this.#lastTyping;
  }

  #isTold(entry: Entry): boolean {
    const { kind } = this.spec;
    return kind === 'room' || (kind === 'topic' && entry.kind === 'message');
  }

  #isOwnDeparture(entry: Entry): boolean {
    if (entry.kind !== 'left' && entry.kind !== 'kicked') return false;
    return entry.seq > this.#admittedAt && entry.data.userId === this.spec.user && !this.#sink.readsAlways;
  }
}
