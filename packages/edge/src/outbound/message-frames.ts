/**
 * MESSAGE frames of room entries, encoded once per turn for all who get the same bytes.
 *
 * Invariants
 * 1. What is shared differs in nothing: entry, subscription id, version, destination, acknowledgement, framing.
 * 2. Nothing is kept beyond the turn in which it was encoded.
 */
import type { Entry } from '@munova/contracts';
import { encodeFrame } from '@munova/contracts/stomp';
import type { SubscriptionSpec } from './subscription.js';

/** Entries as clients see them: JSON texts. */
export interface EntryBodies {
  messageBody(entry: Entry): string;
  /** The predecessor's body, for entries of kind `message`. */
  legacyMessageBody(entry: Entry): string;
}

const messageId = (room: string, seq: number): string => `${room}:${String(seq)}`;

export class MessageFrames {
  readonly #bodies: EntryBodies;
  readonly #onEncode: () => void;
  #byEntry = new Map<Entry, Map<string, Uint8Array>>();

  constructor(bodies: EntryBodies, onEncode: () => void) {
    this.#bodies = bodies;
    this.#onEncode = onEncode;
  }

  /** @returns wrapped bytes, shared: not to be written to */
  get(entry: Entry, spec: SubscriptionSpec): Uint8Array {
    let variants = this.#byEntry.get(entry);
    if (variants === undefined) this.#byEntry.set(entry, (variants = new Map<string, Uint8Array>()));
    let bytes = variants.get(spec.sharing);
    if (bytes === undefined) variants.set(spec.sharing, (bytes = spec.framing.wrap(this.#encode(entry, spec))));
    return bytes;
  }

  forget(): void {
    if (this.#byEntry.size > 0) this.#byEntry = new Map();
  }

  #encode(entry: Entry, spec: SubscriptionSpec): Uint8Array {
    this.#onEncode();
    const id = messageId(entry.room, entry.seq);
    const headers = {
      destination: spec.destination,
      subscription: spec.id ?? undefined,
      'message-id': id,
      seq: entry.seq,
      'content-type': 'application/json',
      timestamp: entry.ts,
      ack: spec.ack === 'auto' || spec.version !== '1.2' ? undefined : ackId(spec.id, id),
    };
    const body = spec.kind === 'room' ? this.#bodies.messageBody(entry) : this.#bodies.legacyMessageBody(entry);
    return encodeFrame(spec.version, 'MESSAGE', headers, body);
  }
}

/** The `ack` header of STOMP 1.2: tells subscription and message, so that nothing has to be remembered. */
const ackId = (subscription: string | null, id: string): string => `${id}:${subscription ?? ''}`;

export interface AckTarget {
  readonly room: string;
  readonly seq: number;
  /** Null where the frame does not name one. */
  readonly subscription: string | null;
}

const ACK_ID = /^([A-Za-z0-9._-]+):([0-9]{1,16})(?::([^]*))?$/;

/** Reads a `message-id` or an `ack` id of ours. @returns null for any other */
export const parseAckId = (id: string): AckTarget | null => {
  const match = ACK_ID.exec(id);
  if (match?.[1] === undefined) return null;
  return { room: match[1], seq: Number(match[2]), subscription: match[3] ?? null };
};
