/** What is said to a client when its connection ends, by the reason it ends for. */
import { ChatError, CLOSE_CODES, errorSpec, RECONNECT_WINDOW_MS } from '@munova/contracts';
import type { ErrorCode, Random } from '@munova/contracts';
import { NOTHING } from './answers.js';
import type { Subject } from './answers.js';
import type { EndAction } from './states.js';

/** The last words of a connection. */
export interface Ending {
  /** Said in an ERROR frame; null where the end is in order. */
  readonly error: ChatError | null;
  readonly about: Subject;
  /** The WebSocket close code and its reason. */
  readonly code: number;
  readonly reason: string;
}

export const failure = (error: ChatError, about: Subject): Ending => ({
  error,
  about,
  code: errorSpec(error.code).close,
  reason: error.code,
});

/** The client, or its socket's end, said goodbye. */
const goodbye: Ending = { error: null, about: NOTHING, code: CLOSE_CODES.normal, reason: 'bye' };

/** WebSocket clients find the delay in the close reason, TCP clients in an ERROR. */
const restart = (random: Random): Ending => {
  const delay = Math.floor(random.next() * RECONNECT_WINDOW_MS);
  return {
    error: new ChatError('unavailable', 'The server restarts.', { retryAfterMs: delay }),
    about: NOTHING,
    code: CLOSE_CODES.restart,
    reason: `restart; reconnect after ${String(delay)} ms`,
  };
};

/** Where the action says all there is to say. */
const CODES = {
  'end-expired': 'session-expired',
  'end-timeout': 'connect-timeout',
  'end-transactions': 'transactions-unsupported',
  'end-outcome-unknown': 'outcome-unknown',
  'end-protocol-error': 'protocol-error',
} as const satisfies Partial<Record<EndAction, ErrorCode>>;

/**
 * @param error what failed, for `end-failed`
 * @returns null where nobody is left to be told
 */
export const endingOf = (
  act: EndAction,
  about: Subject,
  error: ChatError | undefined,
  random: Random,
): Ending | null => {
  switch (act) {
    case 'end-gone':
      return null;
    case 'end-disconnected':
      return goodbye;
    case 'end-restarting':
      return restart(random);
    case 'end-failed':
      return failure(error ?? new ChatError('internal'), about);
    default:
      return failure(new ChatError(CODES[act]), about);
  }
};
