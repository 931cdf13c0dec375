/** The lines of a history, gathered by room, message and subscription in one pass. */
import type {
  DeliveredEvent,
  HistoryLine,
  LoggedEntry,
  ReceiptEvent,
  RefusedEvent,
  SubscribedEvent,
} from './history.js';

/** All that was seen of one (room, user, client-message-id). */
export interface MessageFacts {
  readonly room: string;
  readonly user: string;
  readonly cmid: string;
  readonly contents: Set<string>;
  readonly firstSession: string;
  /** The greatest seq receipted in the room before the first SEND began. */
  readonly receiptedBefore: number;
  readonly receipts: ReceiptEvent[];
  readonly refusals: RefusedEvent[];
}

export interface SubscriptionFacts {
  readonly opened: SubscribedEvent;
  readonly delivered: LoggedEntry[];
  live: boolean;
}

export interface RoomFacts {
  readonly room: string;
  head: number | null;
  /** As the final history gave them. */
  readonly log: LoggedEntry[];
  readonly messages: Map<string, MessageFacts>;
  /** First SENDs by session, in order. */
  readonly firstSends: Map<string, MessageFacts[]>;
  readonly subscriptions: SubscriptionFacts[];
  maxReceipted: number;
}

export interface Facts {
  readonly rooms: Map<string, RoomFacts>;
  readonly lines: number;
  /** Lines that refer to nothing seen before. */
  readonly strays: string[];
}

export const messageKey = (user: string, cmid: string): string => `${user}\n${cmid}`;

export const gather = (lines: Iterable<HistoryLine>): Facts => {
  const gatherer = new Gatherer();
  for (const line of lines) gatherer.add(line);
  return gatherer.facts();
};

/** Takes lines one at a time, so that a history need not be held as text. */
export class Gatherer {
  readonly #rooms = new Map<string, RoomFacts>();
  readonly #subscriptions = new Map<string, SubscriptionFacts>();
  readonly #strays: string[] = [];
  #lines = 0;

  facts(): Facts {
    return { rooms: this.#rooms, lines: this.#lines, strays: this.#strays };
  }

  add(line: HistoryLine): void {
    this.#lines += 1;
    switch (line.e) {
      case 'send':
        this.#message(line.room, line.user, line.cmid, line.session).contents.add(line.content);
        break;
      case 'receipt':
        this.#receipt(line);
        break;
      case 'refused':
        this.#known(line)?.refusals.push(line);
        break;
      case 'subscribed':
        this.#subscribed(line);
        break;
      case 'delivered':
        this.#delivered(line);
        break;
      case 'live': {
        const subscription = this.#subscriptions.get(subscriptionKey(line.session, line.sub));
        if (subscription === undefined) this.#strays.push(`live without subscribed: ${line.session} ${line.sub}`);
        else subscription.live = true;
        break;
      }
      case 'history':
        this.#room(line.entry.roomId).log.push(line.entry);
        break;
      case 'head':
        this.#room(line.room).head = line.head;
        break;
    }
  }

  #room(room: string): RoomFacts {
    let facts = this.#rooms.get(room);
    if (facts === undefined) {
      facts = {
        room,
        head: null,
        log: [],
        messages: new Map(),
        firstSends: new Map(),
        subscriptions: [],
        maxReceipted: 0,
      };
      this.#rooms.set(room, facts);
    }
    return facts;
  }

  #message(room: string, user: string, cmid: string, session: string): MessageFacts {
    const facts = this.#room(room);
    const key = messageKey(user, cmid);
    let message = facts.messages.get(key);
    if (message === undefined) {
      const receiptedBefore = facts.maxReceipted;
      message = {
        room,
        user,
        cmid,
        contents: new Set(),
        firstSession: session,
        receiptedBefore,
        receipts: [],
        refusals: [],
      };
      facts.messages.set(key, message);
      const sends = facts.firstSends.get(session) ?? [];
      sends.push(message);
      facts.firstSends.set(session, sends);
    }
    return message;
  }

  #known(line: ReceiptEvent | RefusedEvent): MessageFacts | undefined {
    const message = this.#room(line.room).messages.get(messageKey(line.user, line.cmid));
    if (message === undefined) this.#strays.push(`${line.e} without send: ${line.room} ${line.user} ${line.cmid}`);
    return message;
  }

  #receipt(line: ReceiptEvent): void {
    this.#known(line)?.receipts.push(line);
    const facts = this.#room(line.room);
    facts.maxReceipted = Math.max(facts.maxReceipted, line.seq);
  }

  #subscribed(line: SubscribedEvent): void {
    const subscription = { opened: line, delivered: [], live: false };
    this.#subscriptions.set(subscriptionKey(line.session, line.sub), subscription);
    this.#room(line.room).subscriptions.push(subscription);
  }

  #delivered(line: DeliveredEvent): void {
    const subscription = this.#subscriptions.get(subscriptionKey(line.session, line.sub));
    if (subscription === undefined) this.#strays.push(`delivered without subscribed: ${line.session} ${line.sub}`);
    else subscription.delivered.push(line.entry);
  }
}

const subscriptionKey = (session: string, sub: string): string => `${session}\n${sub}`;
