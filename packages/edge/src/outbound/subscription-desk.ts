/**
 * A session's subscriptions: admission by the room's actor, then delivery, acknowledgement, end.
 *
 * Invariants
 * 1. Nothing of a room is delivered before its actor admitted this user, and the RECEIPT of a SUBSCRIBE
 *    comes before the first MESSAGE of it.
 * 2. Every subscription held has one use of its room's hub, given back once.
 * 3. At most MAX_SUBSCRIPTIONS_PER_SESSION are held, those being admitted included (I10).
 */
import { asSeq, ChatError, MAX_SUBSCRIPTIONS_PER_SESSION, RESUME_MAX_BEHIND } from '@munova/contracts';
import type { Entry, RoomId, SessionId, WatchReplyItem } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';
import type { CommandDispatcher } from '../inbound/command-dispatcher.js';
import { subscribeTarget } from '../inbound/destinations.js';
import { subjectOf } from '../session/answers.js';
import type { AsRefusal, SessionContext } from '../session/context.js';
import { InboxDesk } from './inbox/inbox-desk.js';
import type { Inboxes } from './inbox/inboxes.js';
import { isAckMode } from './ack-window.js';
import type { AckMode } from './ack-window.js';
import { parseAckId } from './message-frames.js';
import type { AckTarget, MessageFrames } from './message-frames.js';
import type { RoomHub } from './room-hub.js';
import type { RoomHubs } from './room-hubs.js';
import { RoomSubscription, sharingKey } from './subscription.js';
import type { DeliverySink, HeardTyping, SubscriptionSpec } from './subscription.js';

export interface SubscriptionDeskDeps {
  readonly dispatcher: CommandDispatcher;
  readonly hubs: RoomHubs;
  readonly frames: MessageFrames;
  readonly inboxes: Inboxes;
  readonly asRefusal: AsRefusal;
  readonly onDelivered: () => void;
  /** A typing was not told to a client that has other things waiting. */
  readonly onDropped: () => void;
}

interface Held {
  readonly subscription: RoomSubscription;
  readonly hub: RoomHub;
}

type Admitted = Extract<WatchReplyItem['verdict'], { readonly status: 'admitted' }>;

export class SubscriptionDesk implements DeliverySink {
  readonly #session: SessionContext;
  readonly #deps: SubscriptionDeskDeps;
  /** By the client's id, or in STOMP 1.0 by destination where it gave none. */
  readonly #rooms = new Map<string, Held>();
  /** Subscriptions to the refusals: key and the id to say, as above. */
  readonly #refusals = new Map<string, string | null>();
  readonly #inbox: InboxDesk;

  constructor(session: SessionContext, deps: SubscriptionDeskDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#inbox = new InboxDesk(session, deps);
  }

  get hasRoom(): boolean {
    return this.#session.hasRoom;
  }

  get hasRoomToSpare(): boolean {
    return this.#session.hasRoomToSpare;
  }

  get session(): SessionId {
    return this.#session.id;
  }

  get readsAlways(): boolean {
    return this.#session.actor.role === 'admin';
  }

  /** Ids of the subscriptions to `/user/queue/errors`. */
  get refusalSubscriptions(): Iterable<string | null> {
    return this.#refusals.values();
  }

  get hearsRefusals(): boolean {
    return this.#refusals.size > 0;
  }

  /** @throws {ChatError} */
  subscribe(frame: StompFrame): void {
    const destination = frame.header('destination') ?? '';
    const target = subscribeTarget(frame.header('destination'));
    const id = frame.header('id') ?? null;
    if (id === null && this.#session.version !== '1.0') throw new ChatError('bad-request', 'SUBSCRIBE has no id.');
    const key = keyOf(id, destination);
    this.#checkFree(key);
    const ack = ackModeOf(frame);
    if (target.kind === 'errors' || target.kind === 'inbox') {
      if (ack !== 'auto') throw new ChatError('bad-request', 'ack: what comes here is not acknowledged.');
      if (target.kind === 'inbox') this.#inbox.subscribe(frame, key, id);
      else this.#hearRefusals(frame, key, id);
      return;
    }
    this.#admit(frame, key, this.#specOf({ id, destination, kind: target.kind, room: target.room, ack }));
  }

  /** @throws {ChatError} `unknown-subscription` */
  unsubscribe(frame: StompFrame): void {
    const id = frame.header('id') ?? null;
    const key = keyOf(id, frame.header('destination') ?? '');
    if (!this.#refusals.delete(key) && !this.#inbox.remove(key)) {
      const held = this.#rooms.get(key);
      if (held === undefined) throw new ChatError('unknown-subscription', 'UNSUBSCRIBE names no subscription.');
      this.#drop(key, held);
    }
    this.#session.receipt(frame);
  }

  /** ACK and NACK alike. @throws {ChatError} `unknown-subscription` for what was never issued */
  acknowledge(frame: StompFrame): void {
    const target = this.#ackTarget(frame);
    const held = target === null ? undefined : this.#findAcknowledged(target);
    if (held === undefined) throw new ChatError('unknown-subscription', 'This id was never issued.');
    held.hub.pump(held.subscription);
    this.#session.receipt(frame);
  }

  /** The client's queue has room again. */
  resume(): void {
    const all = [...this.#rooms.values()];
    // Those to typing last, as the hub does it.
    for (const { hub, subscription } of all) if (subscription.spec.kind !== 'typing') hub.pump(subscription);
    for (const { hub, subscription } of all) if (subscription.spec.kind === 'typing') hub.pump(subscription);
    this.#inbox.resume();
  }

  /** Nothing of any room is delivered any more; refusals still are. */
  closeRooms(): void {
    this.#inbox.close();
    for (const [key, held] of this.#rooms) this.#drop(key, held);
  }

  close(): void {
    this.closeRooms();
    this.#refusals.clear();
  }

  deliver(subscription: RoomSubscription, entry: Entry): void {
    this.#deps.onDelivered();
    this.#session.put(this.#deps.frames.get(entry, subscription.spec));
  }

  tell(subscription: RoomSubscription, typing: HeardTyping): void {
    this.#deps.onDelivered();
    this.#session.put(this.#deps.frames.typing(typing, subscription.spec));
  }

  dropped(): void {
    this.#deps.onDropped();
  }

  ended(subscription: RoomSubscription): void {
    this.#giveUp(subscription, new ChatError('CHAT_03'));
  }

  failed(subscription: RoomSubscription): void {
    this.#giveUp(subscription, new ChatError('internal'));
  }

  #giveUp(subscription: RoomSubscription, error: ChatError): void {
    const { id, destination } = subscription.spec;
    const key = keyOf(id, destination);
    const held = this.#rooms.get(key);
    if (held?.subscription === subscription) this.#drop(key, held);
    this.#session.refuse(error, { destination, clientMessageId: null, receipt: null, subscription: id });
  }

  #specOf(asked: Pick<SubscriptionSpec, 'id' | 'destination' | 'kind' | 'room' | 'ack'>): SubscriptionSpec {
    const { actor, version, framing } = this.#session;
    const spec = { ...asked, user: actor.id, version, framing };
    return { ...spec, sharing: sharingKey(spec) };
  }

  #checkFree(key: string): void {
    if (this.#rooms.has(key) || this.#refusals.has(key) || this.#inbox.has(key)) {
      throw new ChatError('duplicate-subscription');
    }
    if (this.#rooms.size + this.#refusals.size + this.#inbox.size >= MAX_SUBSCRIPTIONS_PER_SESSION) {
      throw new ChatError('too-many-subscriptions');
    }
  }

  #hearRefusals(frame: StompFrame, key: string, id: string | null): void {
    this.#refusals.set(key, id);
    this.#session.receipt(frame);
  }

  #admit(frame: StompFrame, key: string, spec: SubscriptionSpec): void {
    const lastSeq = spec.kind === 'typing' ? null : lastSeqOf(frame);
    const subscription = new RoomSubscription(spec, this);
    const hub = this.#deps.hubs.acquire(spec.room);
    const held: Held = { subscription, hub };
    this.#rooms.set(key, held);
    const { actor } = this.#session;
    const answered = this.#session.awaitAnswer();
    this.#deps.dispatcher
      .watch(this.#session.id, spec.room, actor, { holdLater: () => !this.#session.hearsRefusals })
      .then(async (verdict) => {
        if (verdict.status === 'refused') throw new ChatError(verdict.code);
        hub.admitted.add(actor, verdict.head);
        const admitted = await this.#upToDate(verdict, spec.room, lastSeq);
        this.#start(frame, held, admitted, cursorOf(lastSeq, frame.header('generation'), admitted));
      })
      .catch((cause: unknown) => {
        if (this.#rooms.get(key) === held) this.#drop(key, held);
        this.#session.refuse(this.#deps.asRefusal(cause), subjectOf(frame));
      })
      .finally(answered);
  }

  /**
   * The actor may not have heard yet that its last append is in the log, where another subscription has read it:
   * a client that saw it is not ahead of the room.
   */
  async #upToDate(admitted: Admitted, room: RoomId, lastSeq: number | null): Promise<Admitted> {
    if (lastSeq === null || lastSeq <= admitted.head) return admitted;
    return { ...admitted, head: asSeq(Math.max(admitted.head, await this.#deps.hubs.logHead(room))) };
  }

  #start(frame: StompFrame, { subscription, hub }: Held, { head, generation }: Admitted, cursor: number): void {
    this.#session.receipt(frame, subscription.spec.kind === 'typing' ? {} : { head, generation });
    if (subscription.isEnded) return;
    subscription.start(cursor, head);
    hub.add(subscription);
  }

  #drop(key: string, held: Held): void {
    this.#rooms.delete(key);
    held.subscription.end();
    held.hub.remove(held.subscription);
    this.#deps.hubs.release(held.subscription.spec.room);
  }

  /** STOMP 1.2 names the `ack` header in `id`; 1.1 the message and the subscription; 1.0 the message. */
  #ackTarget(frame: StompFrame): AckTarget | null {
    const id = this.#session.version === '1.2' ? frame.header('id') : frame.header('message-id');
    const target = id === undefined ? null : parseAckId(id);
    return target === null ? null : { ...target, subscription: frame.header('subscription') ?? target.subscription };
  }

  #findAcknowledged(target: AckTarget): Held | undefined {
    const { subscription } = target;
    const candidates = subscription === null ? [...this.#rooms.values()] : [this.#rooms.get(subscription)];
    return candidates.find((held) => held?.subscription.spec.room === target.room && acknowledges(held, target));
  }
}

const acknowledges = ({ subscription }: Held, { kind, number }: AckTarget): boolean =>
  kind === 'entry' ? subscription.acknowledge(number) : subscription.acknowledgeTyping(number);

const keyOf = (id: string | null, destination: string): string => id ?? destination;

const ackModeOf = (frame: StompFrame): AckMode => {
  const mode = frame.header('ack') ?? 'auto';
  if (!isAckMode(mode)) throw new ChatError('bad-request', 'ack: auto, client or client-individual is expected.');
  return mode;
};

/** @returns null where the client wants what comes from now on */
const lastSeqOf = (frame: StompFrame): number | null => {
  const text = frame.header('last-seq');
  if (text === undefined) return null;
  if (!/^[0-9]{1,15}$/.test(text)) throw new ChatError('bad-request', 'last-seq: a number from 0 is expected.');
  return Number(text);
};

const cursorOf = (lastSeq: number | null, clients: string | undefined, { head, generation }: Admitted): number => {
  if (lastSeq === null) return head;
  if (lastSeq > head || (clients !== undefined && clients !== generation)) {
    throw new ChatError('reset', undefined, { generation, head });
  }
  if (head - lastSeq > RESUME_MAX_BEHIND) throw new ChatError('page-first', undefined, { head });
  return lastSeq;
};
