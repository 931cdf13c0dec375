import type { Actor } from '@munova/contracts';

/** What a valid token says of its bearer. */
export interface Identity {
  readonly actor: Actor;
  /** Epoch ms; the session ends then unless a fresh token comes first. */
  readonly expiresAt: number;
}

export interface TokenVerifier {
  /**
   * HS256 only; `sub` and `exp` required, `nbf` honoured, no leeway; an unknown role is invalid.
   * @throws {ChatError} `unauthenticated`, `detail` saying what is wrong with the token.
   */
  verify(token: string): Identity;
}
