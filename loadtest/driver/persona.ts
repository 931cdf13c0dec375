/**
 * Somebody who chats: keeps an outbox, loses connections, comes back, subscribes from where the last
 * connection ended and sends again, with the same ids, what has no receipt. Records everything seen.
 *
 * Invariants
 * 1. A message leaves the outbox only by its receipt or a `never` refusal.
 * 2. A connection begins by sending the outbox in its order; what is typed meanwhile goes behind it.
 * 3. A room's cursor is the seq of the last entry delivered, on whichever connection.
 * 4. What was settled may be sent again, as a late copy would be: its outcome must be the first one.
 * 5. A subscription that was refused or ended for now is asked for again, from the room's cursor.
 */
import type { LoggedEntry, RefusedEvent } from '../checker/history.js';
import type { Headers, Link, LinkTarget, OpenLink } from './link.js';
import type { SeededRandom } from './random.js';
import type { Recorder } from './recorder.js';

export interface PersonaOptions {
  readonly user: string;
  readonly token: string;
  readonly open: OpenLink;
  readonly target: () => LinkTarget;
  readonly recorder: Recorder;
}

interface Outgoing {
  readonly room: string;
  readonly cmid: string;
  readonly content: string;
}

type RefusalBody = Pick<RefusedEvent, 'code' | 'retry'> & {
  readonly retryAfterMs: number | null;
  readonly clientMessageId: string | null;
  readonly destination: string | null;
  readonly subscription: string | null;
  readonly message: string;
};

const RECONNECT_MS = 50;
const ERRORS_SUBSCRIPTION = 'errors';

export class Persona {
  readonly #options: PersonaOptions;
  readonly #cursors = new Map<string, number>();
  readonly #outbox = new Map<string, Outgoing>();
  readonly #settled: Outgoing[] = [];
  /** Subscriptions of the connection there is, by subscription id. */
  readonly #live = new Map<string, string>();
  /** Rooms of all subscriptions ever asked for: each try has an id of its own, as libraries remember the old ones. */
  readonly #asked = new Map<string, string>();
  #link: Link | null = null;
  #session = '';
  #connections = 0;
  #sent = 0;
  #stopped = false;
  /** ERROR frames and refusals of subscriptions, for the test to look at. */
  readonly troubles: string[] = [];

  constructor(options: PersonaOptions) {
    this.#options = options;
  }

  get user(): string {
    return this.#options.user;
  }
  get connected(): boolean {
    return this.#link !== null;
  }
  get unsettled(): number {
    return this.#outbox.size;
  }
  /** Messages so far. */
  get said(): number {
    return this.#sent;
  }
  /** Outcomes so far, those of repeats among them. */
  get settled(): number {
    return this.#settled.length;
  }
  /** For the words of a failed test. */
  get state(): string {
    return `(${this.#session}, ${this.connected ? 'connected' : 'away'}, ${String(this.unsettled)} unsettled)`;
  }
  cursor(room: string): number {
    return this.#cursors.get(room) ?? 0;
  }

  /** From now on this room is subscribed on every connection, from its first entry. */
  follow(room: string): void {
    this.#cursors.set(room, 0);
    if (this.#link !== null) this.#subscribe(this.#link, room);
  }

  start(): void {
    void this.#connect();
  }

  say(room: string, content: string): string {
    this.#sent += 1;
    const cmid = `m${String(this.#sent)}`;
    const outgoing = { room, cmid, content };
    this.#outbox.set(cmid, outgoing);
    if (this.#link !== null) this.#send(this.#link, outgoing);
    return cmid;
  }

  /** Sends something again whose outcome is known. */
  repeat(random: SeededRandom): void {
    if (this.#link === null || this.#settled.length === 0) return;
    const outgoing = random.pick(this.#settled);
    if (this.#outbox.has(outgoing.cmid)) return;
    this.#outbox.set(outgoing.cmid, outgoing);
    this.#send(this.#link, outgoing);
  }

  /** Loses the connection; another one follows by itself. */
  drop(): void {
    this.#link?.drop();
  }

  /** Says which subscriptions are live, then ends for good. */
  finish(): void {
    for (const [sub, room] of this.#live) {
      this.#options.recorder.add({ e: 'live', session: this.#session, sub, room });
    }
    this.#stopped = true;
    this.#link?.drop();
  }

  async #connect(): Promise<void> {
    const { user, token, open, target } = this.#options;
    while (!this.#stopped) {
      this.#connections += 1;
      const session = `${user}#${String(this.#connections)}`;
      try {
        const link = await open(target(), token, {
          message: (headers, body) => {
            this.#message(session, headers, body);
          },
          receipt: (headers) => {
            this.#receipt(session, headers);
          },
          error: (headers) => {
            this.troubles.push(`ERROR ${headers['code'] ?? ''} ${headers['message'] ?? ''}`);
          },
          closed: () => {
            this.#closed(session);
          },
        });
        this.#connected(session, link);
        return;
      } catch {
        // The server is away or restarting; that is what this persona is for.
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  }

  #connected(session: string, link: Link): void {
    if (this.#stopped) {
      link.drop();
      return;
    }
    this.#session = session;
    this.#link = link;
    link.subscribe({ id: ERRORS_SUBSCRIPTION, destination: '/user/queue/errors' });
    for (const room of this.#cursors.keys()) this.#subscribe(link, room);
    for (const outgoing of this.#outbox.values()) this.#send(link, outgoing);
  }

  #closed(session: string): void {
    if (session !== this.#session || this.#link === null) return;
    this.#link = null;
    this.#live.clear();
    if (!this.#stopped) void this.#connect();
  }

  #subscribe(link: Link, room: string): void {
    const after = String(this.cursor(room));
    const id = `room-${String(this.#asked.size + 1)}`;
    this.#asked.set(id, room);
    link.subscribe({ id, destination: `/rooms/${room}`, 'last-seq': after, receipt: `sub ${id} ${after}` });
  }

  #send(link: Link, { room, cmid, content }: Outgoing): void {
    const { recorder, user } = this.#options;
    recorder.add({ e: 'send', session: this.#session, user, room, cmid, content });
    link.send(
      {
        destination: `/rooms/${room}/messages`,
        'client-message-id': cmid,
        receipt: `send ${cmid}`,
        'content-type': 'application/json',
      },
      JSON.stringify({ type: 'TEXT', content }),
    );
  }

  #receipt(session: string, headers: Headers): void {
    const [what = '', first = '', after = '0'] = (headers['receipt-id'] ?? '').split(' ');
    const { recorder, user } = this.#options;
    const room = this.#asked.get(first);
    if (what === 'sub' && room !== undefined) {
      this.#live.set(first, room);
      recorder.add({ e: 'subscribed', session, sub: first, room, after: Number(after), head: Number(headers['head']) });
      return;
    }
    const outgoing = this.#outbox.get(first);
    if (outgoing === undefined) return;
    recorder.add({ e: 'receipt', session, user, room: outgoing.room, cmid: first, seq: Number(headers['seq']) });
    this.#settle(outgoing);
  }

  #settle(outgoing: Outgoing): void {
    this.#outbox.delete(outgoing.cmid);
    this.#settled.push(outgoing);
  }

  #message(session: string, headers: Headers, body: string): void {
    const sub = headers['subscription'] ?? '';
    if (sub === ERRORS_SUBSCRIPTION) {
      this.#refused(session, JSON.parse(body) as RefusalBody);
      return;
    }
    const entry = JSON.parse(body) as LoggedEntry;
    this.#options.recorder.add({ e: 'delivered', session, sub, entry });
    if (entry.seq > this.cursor(entry.roomId)) this.#cursors.set(entry.roomId, entry.seq);
  }

  #refused(session: string, refusal: RefusalBody): void {
    const outgoing = this.#outbox.get(refusal.clientMessageId ?? '');
    const sub = refusal.subscription ?? '';
    const asked = this.#asked.get(sub);
    if (asked !== undefined && refusal.retry !== 'never') {
      this.#live.delete(sub);
      this.#again(refusal, (link) => this.#subscribe(link, asked));
      return;
    }
    if (outgoing === undefined) {
      this.troubles.push(`${refusal.code} ${refusal.destination ?? ''} ${refusal.message}`);
      return;
    }
    const { room, cmid } = outgoing;
    const { code, retry } = refusal;
    this.#options.recorder.add({ e: 'refused', session, user: this.user, room, cmid, code, retry });
    if (retry === 'never') {
      this.#settle(outgoing);
      return;
    }
    this.#again(refusal, (link) => {
      if (this.#outbox.has(cmid)) this.#send(link, outgoing);
    });
  }

  /** Once the refusal's time has passed, unless this connection has ended: the next one begins with all of it anyway. */
  #again({ retryAfterMs }: RefusalBody, act: (link: Link) => void): void {
    const link = this.#link;
    setTimeout(() => {
      if (link !== null && link === this.#link) act(link);
    }, retryAfterMs ?? RECONNECT_MS);
  }
}
