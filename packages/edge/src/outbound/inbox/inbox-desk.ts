/**
 * A session's subscriptions to `/user/queue/inbox`.
 *
 * Invariants
 * 1. The RECEIPT comes first, then a snapshot, then what is different.
 * 2. What a client with a full queue does not get is not kept: it gets a snapshot once there is room (I10).
 * 3. Every subscription held has one use of the user's inbox, given back once.
 */
import type { StompFrame } from '@munova/contracts/stomp';
import { INBOX_DESTINATION, queueFrame, subjectOf } from '../../session/answers.js';
import type { AsRefusal, SessionContext } from '../../session/context.js';
import type { Inboxes } from './inboxes.js';
import type { InboxSink, UserInbox } from './user-inbox.js';

export interface InboxDeskDeps {
  readonly inboxes: Inboxes;
  readonly asRefusal: AsRefusal;
  readonly onDelivered: () => void;
}

class InboxSubscription implements InboxSink {
  readonly inbox: UserInbox;
  readonly #session: SessionContext;
  readonly #put: (body: string) => void;
  /** It has missed something, or all. */
  #isBehind = true;

  constructor(inbox: UserInbox, session: SessionContext, put: (body: string) => void) {
    this.inbox = inbox;
    this.#session = session;
    this.#put = put;
  }

  say(body: string): void {
    if (!this.#session.hasRoom) this.#isBehind = true;
    if (!this.#isBehind) this.#put(body);
  }

  catchUp(): void {
    if (!this.#isBehind || !this.#session.hasRoom) return;
    this.#isBehind = false;
    this.#put(this.inbox.snapshot());
  }
}

export class InboxDesk {
  readonly #session: SessionContext;
  readonly #deps: InboxDeskDeps;
  readonly #held = new Map<string, InboxSubscription>();
  /** Those of them that were answered. */
  readonly #live = new Set<InboxSubscription>();
  #said = 0;

  constructor(session: SessionContext, deps: InboxDeskDeps) {
    this.#session = session;
    this.#deps = deps;
  }

  get size(): number {
    return this.#held.size;
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** @param id null where STOMP 1.0 left it out. @throws {ChatError} `busy` */
  subscribe(frame: StompFrame, key: string, id: string | null): void {
    const inbox = this.#deps.inboxes.acquire(this.#session.actor.id);
    const subscription = new InboxSubscription(inbox, this.#session, (body) => this.#put(id, body));
    this.#held.set(key, subscription);
    const answered = this.#session.awaitAnswer();
    inbox
      .look()
      .then(() => {
        this.#session.receipt(frame);
        if (this.#held.get(key) !== subscription) return;
        inbox.add(subscription);
        this.#live.add(subscription);
        subscription.catchUp();
      })
      .catch((cause: unknown) => {
        // Unsubscribed meanwhile: that it cannot be read matters to nobody.
        if (this.#held.get(key) !== subscription) {
          this.#session.receipt(frame);
          return;
        }
        this.remove(key);
        this.#session.refuse(this.#deps.asRefusal(cause), subjectOf(frame));
      })
      .finally(answered);
  }

  /** @returns whether there was one */
  remove(key: string): boolean {
    const subscription = this.#held.get(key);
    if (subscription === undefined) return false;
    this.#held.delete(key);
    this.#live.delete(subscription);
    subscription.inbox.remove(subscription);
    this.#deps.inboxes.release(subscription.inbox.user);
    return true;
  }

  /** The client's queue has room again. */
  resume(): void {
    for (const subscription of this.#live) subscription.catchUp();
  }

  close(): void {
    for (const key of this.#held.keys()) this.remove(key);
  }

  #put(id: string | null, body: string): void {
    const { version, framing } = this.#session;
    this.#deps.onDelivered();
    this.#session.put(
      framing.wrap(queueFrame(version, { destination: INBOX_DESTINATION, subscription: id }, ++this.#said, body)),
    );
  }
}
