import type { ChatError, ErrorCode, RoomId, Runtime } from '@munova/contracts';
import type { Identity, TokenVerifier } from '../auth/identity.js';
import type { SendDeskDeps } from '../inbound/send-desk.js';
import type { SendRate } from '../inbound/send-gate.js';
import type { Flusher } from '../outbound/flusher.js';
import type { SubscriptionDeskDeps } from '../outbound/subscription-desk.js';
import type { ServerFacts } from './answers.js';
import type { AsRefusal, SessionContext } from './context.js';

/** Who is connected, as the edge counts it. */
export interface SessionRegistry {
  /** @throws {ChatError} `rate-limited` when the user has too many sessions */
  opened(session: SessionContext, identity: Identity): void;
  /** No answer is owed any more; called once. `error` is what ended it, null for an orderly end. */
  ended(session: SessionContext, error: ChatError | null): void;
}

/** What every session of one edge shares. */
export interface SessionDeps {
  readonly runtime: Runtime;
  readonly verifier: TokenVerifier;
  readonly server: ServerFacts;
  readonly rateSends: SendRate;
  readonly sends: SendDeskDeps;
  readonly subscriptions: SubscriptionDeskDeps;
  readonly flusher: Flusher;
  readonly asRefusal: AsRefusal;
  /** A refusal that did not end the session. */
  readonly onRefused: (code: ErrorCode) => void;
  readonly registry: SessionRegistry;
  /** Unanswered commands that a session may have while it sends to this room, 1 or more; null: to none. */
  readonly windowFor: (room: RoomId | null) => number;
}
