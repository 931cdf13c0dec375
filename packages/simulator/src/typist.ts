/**
 * What a client has to do with typing. Invariants:
 * 1. A room's typing is listened to from the RECEIPT on until its subscription is refused or ends, or the room's does
 *    with one's own departure, which is told first (E61).
 */
import type { RoomId } from '@munova/contracts';
import type { OutgoingHeaders } from '@munova/contracts/stomp';

export interface TypistHost {
  write(command: string, headers: OutgoingHeaders): void;
  /** @param listening whether there was a subscription that might tell it */
  heard(room: RoomId, by: string, listening: boolean): void;
}

const SUBSCRIPTION = 'typing-';
const destinationOf = (room: RoomId): string => `/rooms/${room}/typing`;

export class Typist {
  readonly #host: TypistHost;
  /** Of the connection that there is: asked for, and receipted. */
  readonly #asked = new Set<RoomId>();
  readonly #listening = new Set<RoomId>();

  constructor(host: TypistHost) {
    this.#host = host;
  }

  /** Whether it is one of a typist's. */
  static isSubscription(id: string | null): boolean {
    return id?.startsWith(SUBSCRIPTION) === true;
  }

  type(room: RoomId): void {
    this.#host.write('SEND', { destination: destinationOf(room) });
  }

  listen(room: RoomId): void {
    if (this.#asked.has(room)) return;
    this.#asked.add(room);
    const id = `${SUBSCRIPTION}${room}`;
    this.#host.write('SUBSCRIBE', { id, destination: destinationOf(room), receipt: `typing ${room}` });
  }

  receipted(room: RoomId): void {
    this.#listening.add(room);
  }

  ended(room: RoomId): void {
    this.#asked.delete(room);
    this.#listening.delete(room);
  }

  disconnected(): void {
    this.#asked.clear();
    this.#listening.clear();
  }

  heard(subscription: string, { userId }: { readonly userId: string }): void {
    const room = subscription.slice(SUBSCRIPTION.length) as RoomId;
    this.#host.heard(room, userId, this.#listening.has(room));
  }
}
