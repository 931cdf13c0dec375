/** The frames a session says of its own accord: CONNECTED, RECEIPT, ERROR, and what is said on its own queues. */
import { errorSpec, ERRORS } from '@munova/contracts';
import type { ChatError, ErrorCode, Generation } from '@munova/contracts';
import { encodeFrame, formatHeartbeat } from '@munova/contracts/stomp';
import type { OutgoingHeaders, StompFrame, StompVersion } from '@munova/contracts/stomp';
import type { Agreement, Language } from './handshake.js';
import { SERVER_HEARTBEAT } from './handshake.js';

export const ERRORS_DESTINATION = '/user/queue/errors';
export const INBOX_DESTINATION = '/user/queue/inbox';

export interface ServerFacts {
  /** The product's version, for `server: munova/<version>`. */
  readonly version: string;
  readonly generation: Generation;
}

export const connectedFrame = (agreement: Agreement, session: string, server: ServerFacts): Uint8Array =>
  encodeFrame(agreement.version, 'CONNECTED', {
    version: agreement.version,
    session,
    server: `munova/${server.version}`,
    'heart-beat': formatHeartbeat(SERVER_HEARTBEAT),
    'user-name': agreement.identity.actor.id,
    generation: server.generation,
  });

export const receiptFrame = (version: StompVersion, receipt: string, more: OutgoingHeaders): Uint8Array =>
  encodeFrame(version, 'RECEIPT', { 'receipt-id': receipt, ...more });

/** What a refusal is about; null where it does not apply. */
export interface Subject {
  readonly destination: string | null;
  readonly clientMessageId: string | null;
  readonly receipt: string | null;
  readonly subscription: string | null;
}

export const NOTHING: Subject = { destination: null, clientMessageId: null, receipt: null, subscription: null };

export const subjectOf = (frame: StompFrame | undefined): Subject => {
  if (frame === undefined) return NOTHING;
  return {
    destination: frame.header('destination') ?? null,
    clientMessageId: frame.header('client-message-id') ?? null,
    receipt: frame.header('receipt') ?? null,
    subscription: frame.command === 'SEND' ? null : (frame.header('id') ?? frame.header('subscription') ?? null),
  };
};

/** A detail is in English and says more than the registry's text; in Korean the registry's text stands. */
const textOf = (error: ChatError, language: Language): string =>
  language === 'ko' ? ERRORS[error.code].ko : error.message;

/** `null` where the client decides for itself when to try again. */
const retryAfterOf = (error: ChatError): number | null => {
  const after = error.facts['retryAfterMs'];
  return typeof after === 'number' ? after : null;
};

export const refusalBody = (error: ChatError, about: Subject, language: Language): string =>
  JSON.stringify({
    ...error.facts,
    code: error.code,
    message: textOf(error, language),
    retry: errorSpec(error.code).retry,
    retryAfterMs: retryAfterOf(error),
    destination: about.destination,
    clientMessageId: about.clientMessageId,
    receipt: about.receipt,
    subscription: about.subscription,
  });

export interface UserQueue {
  readonly destination: typeof ERRORS_DESTINATION | typeof INBOX_DESTINATION;
  /** The client's id; null where STOMP 1.0 left it out. */
  readonly subscription: string | null;
}

/** The MESSAGE around what is said on a queue of the session's own. @param number counts what was said there, from 1 */
export const queueFrame = (
  version: StompVersion,
  { destination, subscription }: UserQueue,
  number: number,
  body: string,
): Uint8Array =>
  encodeFrame(
    version,
    'MESSAGE',
    {
      destination,
      subscription: subscription ?? undefined,
      'message-id': `${destination === ERRORS_DESTINATION ? 'refusal' : 'inbox'}-${String(number)}`,
      'content-type': 'application/json',
    },
    body,
  );

/** Facts become headers: `generation` and `head` of a `reset`, for one. */
export const errorFrame = (version: StompVersion, error: ChatError, about: Subject, language: Language): Uint8Array =>
  encodeFrame(
    version,
    'ERROR',
    {
      message: textOf(error, language),
      code: error.code,
      'receipt-id': about.receipt ?? undefined,
      subscription: about.subscription ?? undefined,
      ...(error.code === ('version-unsupported' satisfies ErrorCode) ? { version: '1.0,1.1,1.2' } : {}),
      ...error.facts,
      'content-type': 'text/plain;charset=utf-8',
    },
    textOf(error, language),
  );
