/**
 * MESSAGE frames of room entries and of typing, encoded once per turn for all who get the same bytes.
 *
 * Invariants
 * 1. What is shared differs in nothing: entry or typing, subscription id, version, destination, acknowledgement, framing.
 * 2. Nothing is kept beyond the turn in which it was encoded.
 */
import type { Entry } from '@munova/contracts';
import { encodeFrame } from '@munova/contracts/stomp';
import type { OutgoingHeaders } from '@munova/contracts/stomp';
import type { HeardTyping, SubscriptionSpec } from './subscription.js';

/** Entries as clients see them: JSON texts. */
export interface EntryBodies {
  messageBody(entry: Entry): string;
  /** The predecessor's body, for entries of kind `message`. */
  legacyMessageBody(entry: Entry): string;
}

export class MessageFrames {
  readonly #bodies: EntryBodies;
  readonly #onEncode: () => void;
  #encoded = new Map<Entry | HeardTyping, Map<string, Uint8Array>>();

  constructor(bodies: EntryBodies, onEncode: () => void) {
    this.#bodies = bodies;
    this.#onEncode = onEncode;
  }

  /** @returns wrapped bytes, shared: not to be written to */
  get(entry: Entry, spec: SubscriptionSpec): Uint8Array {
    return this.#known(entry, spec) ?? this.#keep(entry, spec, this.#encodeEntry(entry, spec));
  }

  /** @returns as `get` */
  typing(heard: HeardTyping, spec: SubscriptionSpec): Uint8Array {
    return this.#known(heard, spec) ?? this.#keep(heard, spec, encodeTyping(heard, spec));
  }

  forget(): void {
    if (this.#encoded.size > 0) this.#encoded = new Map();
  }

  #known(what: Entry | HeardTyping, spec: SubscriptionSpec): Uint8Array | undefined {
    return this.#encoded.get(what)?.get(spec.sharing);
  }

  #keep(what: Entry | HeardTyping, spec: SubscriptionSpec, frame: Uint8Array): Uint8Array {
    this.#onEncode();
    const bytes = spec.framing.wrap(frame);
    const variants = this.#encoded.get(what);
    if (variants === undefined) this.#encoded.set(what, new Map([[spec.sharing, bytes]]));
    else variants.set(spec.sharing, bytes);
    return bytes;
  }

  #encodeEntry(entry: Entry, spec: SubscriptionSpec): Uint8Array {
    const body = spec.kind === 'room' ? this.#bodies.messageBody(entry) : this.#bodies.legacyMessageBody(entry);
    return encode(spec, `${entry.room}:${String(entry.seq)}`, { seq: entry.seq, timestamp: entry.ts }, body);
  }
}

/** Stands before the number in a typing's `message-id`, where an entry's has its seq. */
const TYPING = 'typing-';

const encodeTyping = ({ number, whisper }: HeardTyping, spec: SubscriptionSpec): Uint8Array => {
  const { room, userId, name } = whisper;
  return encode(spec, `${room}:${TYPING}${String(number)}`, {}, JSON.stringify({ userId, name }));
};

const encode = (spec: SubscriptionSpec, id: string, more: OutgoingHeaders, body: string): Uint8Array => {
  const headers = {
    destination: spec.destination,
    subscription: spec.id ?? undefined,
    'message-id': id,
    ...more,
    'content-type': 'application/json',
    ack: spec.ack === 'auto' || spec.version !== '1.2' ? undefined : ackId(spec.id, id),
  };
  return encodeFrame(spec.version, 'MESSAGE', headers, body);
};

/** The `ack` header of STOMP 1.2: tells subscription and message, so that nothing has to be remembered. */
const ackId = (subscription: string | null, id: string): string => `${id}:${subscription ?? ''}`;

export interface AckTarget {
  readonly room: string;
  readonly kind: 'entry' | 'typing';
  /** An entry's seq, a typing's number. */
  readonly number: number;
  /** Null where the frame does not name one. */
  readonly subscription: string | null;
}

const ACK_ID = /^([A-Za-z0-9._-]+):(typing-)?([0-9]{1,16})(?::([^]*))?$/;

/** Reads a `message-id` or an `ack` id of ours. @returns null for any other */
export const parseAckId = (id: string): AckTarget | null => {
  const match = ACK_ID.exec(id);
  if (match?.[1] === undefined) return null;
  const [, room, typing, number, subscription = null] = match;
  return { room, kind: typing === undefined ? 'entry' : 'typing', number: Number(number), subscription };
};
