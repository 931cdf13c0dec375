import type { Actor, ChatError, SessionId } from '@munova/contracts';
import type { OutgoingHeaders, StompFrame, StompVersion } from '@munova/contracts/stomp';
import type { Subject } from './answers.js';
import type { Framing } from './transport.js';

/** What the inbound and outbound sides see of the session they work for. Valid once it is live. */
export interface SessionContext {
  readonly id: SessionId;
  readonly version: StompVersion;
  readonly framing: Framing;
  readonly actor: Actor;
  /** False while the client's queue is full. */
  readonly hasRoom: boolean;
  /** False while anything worth speaking of waits for the client: what may be dropped is. */
  readonly hasRoomToSpare: boolean;
  /** True while the client hears refusals on `/user/queue/errors`. */
  readonly hearsRefusals: boolean;
  /** @param wrapped one frame as the framing gave it */
  put(wrapped: Uint8Array): void;
  /** Answers the frame's `receipt`; a no-op where it asked for none. */
  receipt(frame: StompFrame, more?: OutgoingHeaders): void;
  /** Says a refusal the way the registry and the session want it; may end the session. */
  refuse(error: ChatError, about: Subject): void;
  /** A fresh token for this session. @throws {ChatError} `unauthenticated` */
  refreshToken(token: string): void;
  /** Something the client sent now waits for an answer; call what is returned once it came. */
  awaitAnswer(): () => void;
}

/** Any failure as the refusal that a client is told; what is not foreseen is a bug. */
export type AsRefusal = (cause: unknown) => ChatError;
