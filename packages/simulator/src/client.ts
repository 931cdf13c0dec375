/**
 * Somebody who chats. Keeps an outbox, loses connections, comes back at any edge, subscribes from where
 * the last connection ended and sends again, with the same ids, what has no receipt. Invariants:
 * 1. A message leaves the outbox only by its receipt or a `never` refusal.
 * 2. What is sent again keeps the outbox's order (I6).
 * 3. A room's cursor is the seq of the last entry delivered, on whichever connection.
 * 4. What was settled may be sent again, as a late copy would be: its outcome must be the first one.
 */
import { type Role, type RoomId } from '@munova/contracts';
import { encodeFrame, StompDecoder, type OutgoingHeaders, type StompFrame } from '@munova/contracts/stomp';
import type { HistoryLine, LoggedEntry } from '@munova/loadtest/checker';
import type { EdgeNode } from './edge-node.js';
import type { Link, LinkEvents } from './link.js';
import { INBOX_SUBSCRIPTION, InboxReader, type InboxBody } from './inbox-reader.js';
import { AtOnce, InBursts, type Outgoing, type Pacing, type PacingHost } from './pacing.js';
import type { SimProcess } from './process.js';
import type { SimRandom } from './random.js';
import { Typist } from './typist.js';

export interface ClientHost {
  /** An edge that takes connections, or null. */
  edge(random: SimRandom): EdgeNode | null;
  connect(edge: EdgeNode, client: Client, session: string, events: LinkEvents): Link;
  record(line: HistoryLine): void;
  /** Something that must not happen and that the history does not tell. */
  wrong(id: string, room: string, detail: string): void;
  ownDeparture(): void;
  /** Typing was told on a subscription that might tell it. */
  typing(room: RoomId, by: string, to: string): void;
  /** An inbox told what became of a room. */
  inboxTold(): void;
  formerGeneration(): void;
}

export interface Traits {
  readonly role: Role;
  /** Sends without waiting for answers. */
  readonly hasty: boolean;
  /** Says that it is typing, and hears who is. */
  readonly types: boolean;
  /** Has its inbox open. */
  readonly hasInbox: boolean;
}

interface Refusal {
  readonly code: string;
  readonly retry: 'never' | 'later' | 'unknown';
  readonly retryAfterMs: number | null;
  readonly clientMessageId: string | null;
  readonly subscription: string | null;
  readonly destination: string | null;
}

const RECONNECT_MS = 100;
const ERRORS_SUBSCRIPTION = 'errors';
const SETTLED_KEPT = 64; // settled messages that may be sent again

export class Client {
  readonly user: string;
  readonly role: Role;
  readonly process: SimProcess;
  readonly #host: ClientHost;
  readonly #cursors = new Map<RoomId, number>();
  /** Of which the cursors are, where it is not the connection's. */
  readonly #former = new Map<RoomId, string>();
  /** As the last connection said. */
  #generation = '';
  readonly #outbox = new Map<string, Outgoing>();
  readonly #settled: Outgoing[] = [];
  /** Subscriptions of the connection there is. */
  readonly #live = new Set<RoomId>();
  readonly #pacing: Pacing;
  readonly #typist: Typist | null;
  readonly inbox: InboxReader | null;
  #link: Link | null = null;
  #session = '';
  #connections = 0;
  #awayMs = 0;
  #said = 0;

  constructor(user: string, { role, hasty, types, hasInbox }: Traits, process: SimProcess, host: ClientHost) {
    this.user = user;
    this.role = role;
    this.process = process;
    this.#host = host;
    const pacing: PacingHost = {
      runtime: process,
      waiting: (room) => [...this.#outbox.values()].filter((outgoing) => outgoing.room === room),
      send: (outgoing) => this.#send(outgoing),
    };
    this.#pacing = hasty ? new AtOnce(pacing) : new InBursts(pacing);
    const heard = (room: RoomId, by: string, listening: boolean): void => {
      if (listening) host.typing(room, by, user);
      else host.wrong('E61', room, `${this.#session} was told that ${by} is typing without being subscribed`);
    };
    const write = (command: string, headers: OutgoingHeaders): void => this.#write(command, headers);
    this.inbox = hasInbox ? new InboxReader({ timers: process.timers, write, told: () => host.inboxTold() }) : null;
    this.#typist = types ? new Typist({ write, heard }) : null;
  }

  get unsettled(): number {
    return this.#outbox.size;
  }
  get types(): boolean {
    return this.#typist !== null;
  }
  get connected(): boolean {
    return this.#link !== null;
  }
  /** Rooms that are followed, with the seq of the last entry seen, and whether there is a subscription. */
  *following(): Iterable<{ readonly room: RoomId; readonly cursor: number; readonly live: boolean }> {
    for (const [room, cursor] of this.#cursors) yield { room, cursor, live: this.#live.has(room) };
  }

  /** From now on this room is subscribed on every connection, from its first entry. */
  follow(room: RoomId): void {
    if (this.#cursors.has(room)) return;
    this.#cursors.set(room, 0);
    this.#subscribe(room);
  }

  unfollow(room: RoomId): void {
    this.#cursors.delete(room);
    this.#live.delete(room);
  }

  start(): void {
    this.#connect();
  }

  say(room: RoomId, content: string): void {
    this.#said += 1;
    const outgoing = { room, cmid: `m${String(this.#said)}`, content };
    this.#outbox.set(outgoing.cmid, outgoing);
    this.#pacing.said(outgoing);
  }

  type(room: RoomId): void {
    this.#typist?.type(room);
  }

  /** Sends something again whose outcome is known. */
  repeat(random: SimRandom): void {
    if (this.#link === null || this.#settled.length === 0) return;
    const outgoing = random.pick(this.#settled);
    if (this.#outbox.has(outgoing.cmid)) return;
    this.#outbox.set(outgoing.cmid, outgoing);
    this.#pacing.said(outgoing);
  }

  /** Loses the connection; another one follows by itself, not before `awayMs` have passed. */
  drop(awayMs: number): void {
    this.#awayMs = awayMs;
    this.#link?.drop();
  }

  stall(ms: number): void {
    this.#link?.stall(ms);
  }

  /** Says which subscriptions are live at the end of the run. */
  finish(): void {
    for (const room of this.#live) {
      this.#host.record({ e: 'live', session: this.#session, sub: subscriptionOf(room), room });
    }
  }

  #connect(): void {
    const edge = this.#host.edge(this.process.random);
    if (edge === null) {
      this.#comeBack();
      return;
    }
    this.#connections += 1;
    const session = `${this.user}#${String(this.#connections)}`;
    const decoder = new StompDecoder({
      frame: (frame) => {
        if (session === this.#session) this.#frame(frame);
      },
      heartbeat: () => undefined,
    });
    decoder.setVersion('1.2');
    this.#session = session;
    this.#link = this.#host.connect(edge, this, session, {
      data: (bytes) => decoder.push(bytes),
      closed: () => this.#closed(session),
    });
    this.#write('CONNECT', {
      'accept-version': '1.2',
      host: 'munova',
      passcode: `${this.user} ${this.role}`,
    });
    this.#write('SUBSCRIBE', { id: ERRORS_SUBSCRIPTION, destination: '/user/queue/errors' });
    this.inbox?.connected();
    for (const room of this.#cursors.keys()) this.#subscribe(room);
    this.#pacing.connected(new Set([...this.#outbox.values()].map((outgoing) => outgoing.room)));
  }

  #comeBack(): void {
    const { timers, random } = this.process;
    timers.after(this.#awayMs + RECONNECT_MS * (0.5 + random.next()), () => this.#connect());
    this.#awayMs = 0;
  }

  #closed(session: string): void {
    if (session !== this.#session || this.#link === null) return;
    this.#link = null;
    this.#live.clear();
    this.#typist?.disconnected();
    this.inbox?.disconnected();
    this.#comeBack();
  }

  #write(command: string, headers: OutgoingHeaders, body?: string): void {
    this.#link?.send(encodeFrame('1.2', command, headers, body));
  }

  #subscribe(room: RoomId): void {
    const after = String(this.#cursors.get(room) ?? 0);
    this.#write('SUBSCRIBE', {
      id: subscriptionOf(room),
      destination: `/rooms/${room}`,
      'last-seq': after,
      receipt: `sub ${room} ${after}`,
      ...(this.#generation !== '' && { generation: this.#former.get(room) ?? this.#generation }),
    });
    this.#typist?.listen(room);
  }

  #send(outgoing: readonly Outgoing[]): boolean {
    if (this.#link === null) return false;
    if (outgoing.length > 0) this.#link.send(Buffer.concat(outgoing.map((o) => this.#frameOf(o))));
    return true;
  }

  #frameOf({ room, cmid, content }: Outgoing): Uint8Array {
    this.#host.record({ e: 'send', session: this.#session, user: this.user, room, cmid, content });
    return encodeFrame(
      '1.2',
      'SEND',
      { destination: `/rooms/${room}/messages`, 'client-message-id': cmid, receipt: `send ${cmid}` },
      JSON.stringify({ type: 'TEXT', content }),
    );
  }

  #frame(frame: StompFrame): void {
    if (frame.command === 'CONNECTED') this.#connected(frame.header('generation') ?? '');
    else if (frame.command === 'RECEIPT') this.#receipt(frame);
    else if (frame.command === 'MESSAGE') this.#message(frame);
  }

  #connected(generation: string): void {
    if (this.#generation !== '' && generation !== this.#generation) {
      for (const room of this.#cursors.keys()) if (!this.#former.has(room)) this.#former.set(room, this.#generation);
    }
    this.#generation = generation;
  }

  #receipt(frame: StompFrame): void {
    const [what = '', first = '', after = '0'] = (frame.header('receipt-id') ?? '').split(' ');
    const session = this.#session;
    if (what === 'sub') {
      const room = first as RoomId;
      this.#live.add(room);
      const head = Number(frame.header('head'));
      this.#host.record({ e: 'subscribed', session, sub: subscriptionOf(room), room, after: Number(after), head });
      return;
    }
    if (what === 'typing') this.#typist?.receipted(first as RoomId);
    const outgoing = this.#outbox.get(first);
    if (outgoing === undefined) return;
    const { room, cmid } = outgoing;
    this.#host.record({ e: 'receipt', session, user: this.user, room, cmid, seq: Number(frame.header('seq')) });
    this.#settle(outgoing);
    this.#pacing.answered(outgoing, { later: false, retryAfterMs: 0 });
  }

  #settle(outgoing: Outgoing): void {
    this.#outbox.delete(outgoing.cmid);
    this.#settled.push(outgoing);
    if (this.#settled.length > SETTLED_KEPT) this.#settled.shift();
  }

  #message(frame: StompFrame): void {
    const sub = frame.header('subscription') ?? '';
    const body: unknown = JSON.parse(frame.text() ?? 'null');
    if (sub === ERRORS_SUBSCRIPTION) {
      this.#refused(body as Refusal);
      return;
    }
    if (sub === INBOX_SUBSCRIPTION) {
      this.inbox?.heard(body as InboxBody);
      return;
    }
    if (Typist.isSubscription(sub)) {
      this.#typist?.heard(sub, body as { userId: string });
      return;
    }
    const entry = body as LoggedEntry;
    const room = entry.roomId as RoomId;
    this.#host.record({ e: 'delivered', session: this.#session, sub, entry });
    if (entry.seq > (this.#cursors.get(room) ?? 0)) this.#cursors.set(room, entry.seq);
  }

  #refused(refusal: Refusal): void {
    const { code, retry } = refusal;
    const outgoing = this.#outbox.get(refusal.clientMessageId ?? '');
    if (outgoing === undefined) {
      this.#notSubscribed(refusal);
      return;
    }
    const { room, cmid } = outgoing;
    this.#host.record({ e: 'refused', session: this.#session, user: this.user, room, cmid, code, retry });
    const later = retry !== 'never';
    if (!later) this.#settle(outgoing);
    this.#pacing.answered(outgoing, { later, retryAfterMs: later ? (refusal.retryAfterMs ?? RECONNECT_MS) : 0 });
  }

  #notSubscribed({ code, retry, subscription, destination }: Refusal): void {
    if (subscription === INBOX_SUBSCRIPTION) this.inbox?.refused();
    const room = (destination ?? '').split('/')[2] as RoomId | undefined;
    if (subscription === null || room === undefined) return;
    const departed = code === 'CHAT_03' && this.#live.has(room);
    if (departed || Typist.isSubscription(subscription)) this.#typist?.ended(room);
    if (Typist.isSubscription(subscription) || !this.#cursors.has(room)) return;
    this.#live.delete(room);
    if (code === 'reset') this.#reset(room);
    if (retry === 'never' && code !== 'reset') {
      if (code === 'CHAT_03') this.#host.ownDeparture();
      this.#cursors.delete(room);
      return;
    }
    this.#subscribeSoon(room);
  }

  /** What was seen of another generation means nothing in this one. */
  #reset(room: RoomId): void {
    if (!this.#former.delete(room)) {
      this.#host.wrong('I2', room, `${this.user} has seen more than there is: refused with reset`);
      this.#cursors.delete(room);
      return;
    }
    this.#host.formerGeneration();
    this.#cursors.set(room, 0);
  }

  #subscribeSoon(room: RoomId): void {
    const session = this.#session;
    this.process.timers.after(RECONNECT_MS, () => {
      if (session === this.#session && this.#cursors.has(room) && !this.#live.has(room)) this.#subscribe(room);
    });
  }
}

const subscriptionOf = (room: RoomId): string => `room-${room}`;
