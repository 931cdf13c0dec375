/**
 * One person's live connection to one room.
 *
 * Invariants
 * 1. What was typed is in the outbox until its RECEIPT or refusal came; it is sent again with the same id.
 * 2. The outbox is sent in the order typed.
 * 3. `cursor` is the seq of the last entry shown; entries are shown once and in order.
 */
import { Client, type IMessage, ReconnectionTimeMode } from '@stomp/stompjs';
import { WebSocket } from 'ws';

export interface ChatEntry {
  readonly seq: number;
  readonly kind: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly content: string | null;
  readonly redacted?: boolean;
  /** Of a `created` entry the room; it is not shown. */
  readonly data: Readonly<Record<string, string | number>> | null;
  readonly createdAt: string;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retry: 'never' | 'later' | 'unknown';
  readonly retryAfterMs: number | null;
  readonly clientMessageId: string | null;
  /** Where it is the subscription that is refused. */
  readonly subscription: string | null;
  /** With `reset` and `page-first`. */
  readonly head?: number;
}

export interface ChatEvents {
  entry(entry: ChatEntry): void;
  refused(refusal: Refusal): void;
  connected(): void;
  disconnected(): void;
  /** The server will not have this session; there is no use in coming back. */
  ended(message: string): void;
  frame(text: string): void;
}

export interface ChatOptions {
  readonly ws: string;
  readonly token: string;
  readonly room: string;
  /** Seq of the last entry shown already. */
  readonly cursor: number;
  readonly raw: boolean;
  readonly newId: () => string;
}

interface Outgoing {
  readonly id: string;
  readonly body: string;
}

const RECONNECT_MS = 500;
const RECONNECT_MAX_MS = 10_000;
const HEARTBEAT_MS = 10_000;
const ROOM_SUBSCRIPTION = 'room';
/** Entries before the head that are shown where those between cannot be. */
const SHOWN_AFTER_GAP = 100;
/** Errors after which coming back with the same token and room changes nothing. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'unauthenticated',
  'session-expired',
  'forbidden',
  'version-unsupported',
  'CHAT_01',
  'CHAT_03',
]);

export class ChatConnection {
  readonly #client: Client;
  readonly #options: ChatOptions;
  readonly #events: ChatEvents;
  readonly #outbox = new Map<string, Outgoing>();
  #cursor: number;
  #live = false;
  #closing = false;
  #settled: (() => void) | null = null;

  constructor(options: ChatOptions, events: ChatEvents) {
    this.#options = options;
    this.#events = events;
    this.#cursor = options.cursor;
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(options.ws),
      connectHeaders: { Authorization: `Bearer ${options.token}` },
      heartbeatIncoming: HEARTBEAT_MS,
      heartbeatOutgoing: HEARTBEAT_MS,
      reconnectDelay: RECONNECT_MS,
      maxReconnectDelay: RECONNECT_MAX_MS,
      reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
      logRawCommunication: true,
      debug: (text) => {
        if (options.raw) events.frame(text);
      },
      onConnect: () => {
        this.#connected();
      },
      onWebSocketClose: () => {
        this.#closed();
      },
      onStompError: (frame) => {
        const code = frame.headers['code'] ?? 'protocol-error';
        if (FINAL_CODES.has(code)) events.ended(`${code}: ${frame.headers['message'] ?? ''}`);
      },
    });
  }

  open(): void {
    this.#client.activate();
  }

  /** Sends, or keeps until there is a connection. */
  send(text: string): void {
    const outgoing = { id: this.#options.newId(), body: JSON.stringify({ type: 'TEXT', content: text }) };
    this.#outbox.set(outgoing.id, outgoing);
    if (this.#live) this.#publish(outgoing);
  }

  get unsettled(): number {
    return this.#outbox.size;
  }

  /** Resolves when everything sent has its receipt or refusal. */
  async settled(): Promise<void> {
    if (this.#outbox.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#client.deactivate();
  }

  #connected(): void {
    this.#live = true;
    this.#client.subscribe(
      '/user/queue/errors',
      (message) => {
        this.#refused(message);
      },
      { id: 'errors' },
    );
    this.#subscribe();
    this.#events.connected();
    for (const outgoing of this.#outbox.values()) this.#publish(outgoing);
  }

  #subscribe(): void {
    this.#client.subscribe(
      `/rooms/${this.#options.room}`,
      (message) => {
        this.#entry(message);
      },
      { id: ROOM_SUBSCRIPTION, 'last-seq': String(this.#cursor) },
    );
  }

  #closed(): void {
    if (this.#live && !this.#closing) this.#events.disconnected();
    this.#live = false;
  }

  #publish({ id, body }: Outgoing): void {
    this.#client.watchForReceipt(id, () => {
      this.#settle(id);
    });
    this.#client.publish({
      destination: `/rooms/${this.#options.room}/messages`,
      headers: { 'client-message-id': id, receipt: id, 'content-type': 'application/json' },
      body,
    });
  }

  /** A position that the log does not have, or one too far back: goes on near the head, and says so. */
  #notSubscribed(refusal: Refusal): void {
    const { code, message, retry, retryAfterMs, head } = refusal;
    if (head !== undefined) {
      this.#events.refused(refusal);
      this.#cursor = code === 'reset' ? head : Math.max(this.#cursor, head - SHOWN_AFTER_GAP);
      this.#subscribe();
    } else if (retry === 'never') this.#events.ended(`${code}: ${message}`);
    else {
      setTimeout(() => {
        if (this.#live) this.#subscribe();
      }, retryAfterMs ?? RECONNECT_MS);
    }
  }

  #settle(id: string): void {
    this.#outbox.delete(id);
    if (this.#outbox.size === 0) this.#settled?.();
  }

  #entry(message: IMessage): void {
    const entry = JSON.parse(message.body) as ChatEntry;
    if (entry.seq <= this.#cursor) return;
    this.#cursor = entry.seq;
    this.#events.entry(entry);
  }

  #refused(message: IMessage): void {
    const refusal = JSON.parse(message.body) as Refusal;
    if (refusal.subscription === ROOM_SUBSCRIPTION) {
      this.#notSubscribed(refusal);
      return;
    }
    const outgoing = refusal.clientMessageId === null ? undefined : this.#outbox.get(refusal.clientMessageId);
    if (outgoing !== undefined && refusal.retry !== 'never') {
      setTimeout(() => {
        if (this.#live && this.#outbox.has(outgoing.id)) this.#publish(outgoing);
      }, refusal.retryAfterMs ?? RECONNECT_MS);
      return;
    }
    this.#events.refused(refusal);
    if (outgoing !== undefined) this.#settle(outgoing.id);
  }
}
