/**
 * What a client has to do with its inbox: it keeps what it was told, and takes a snapshot for all that there is.
 * Nothing is kept beyond the connection on which it was told.
 */
import type { RoomId, Timers } from '@munova/contracts';
import type { OutgoingHeaders } from '@munova/contracts/stomp';

export interface InboxLine {
  readonly head: number;
  readonly unreadCount: number;
}

export interface InboxReaderHost {
  readonly timers: Timers;
  write(command: string, headers: OutgoingHeaders): void;
  /** It was told what became of a room. */
  told(): void;
}

/** What comes on `/user/queue/inbox`. */
export type InboxBody =
  | { readonly kind: 'snapshot'; readonly rooms: readonly (InboxLine & { readonly roomId: RoomId })[] }
  | { readonly kind: 'room'; readonly event: string; readonly room: { readonly roomId: RoomId; readonly head: number } }
  | ({ readonly kind: 'unread'; readonly roomId: RoomId } & InboxLine);

const RETRY_MS = 100;
export const INBOX_SUBSCRIPTION = 'inbox';

export class InboxReader {
  readonly #host: InboxReaderHost;
  #rooms: Map<RoomId, InboxLine> | null = null;
  #connections = 0;

  constructor(host: InboxReaderHost) {
    this.#host = host;
  }

  /** Null until there is a snapshot. */
  get rooms(): ReadonlyMap<RoomId, InboxLine> | null {
    return this.#rooms;
  }

  connected(): void {
    this.#connections += 1;
    this.#rooms = null;
    this.#host.write('SUBSCRIBE', { id: INBOX_SUBSCRIPTION, destination: '/user/queue/inbox' });
  }

  /** The store did not answer. */
  refused(): void {
    const connection = this.#connections;
    this.#host.timers.after(RETRY_MS, () => {
      if (connection === this.#connections) this.connected();
    });
  }

  disconnected(): void {
    this.#connections += 1;
    this.#rooms = null;
  }

  heard(body: InboxBody): void {
    if (body.kind === 'snapshot') {
      this.#rooms = new Map(body.rooms.map(({ roomId, ...line }) => [roomId, line]));
    } else if (body.kind === 'unread') {
      this.#rooms?.set(body.roomId, body);
    } else {
      this.#host.told();
      const { roomId, head } = body.room;
      if (body.event === 'kicked') this.#rooms?.delete(roomId);
      if (body.event === 'created' || body.event === 'joined') this.#rooms?.set(roomId, { head, unreadCount: 0 });
    }
  }
}
