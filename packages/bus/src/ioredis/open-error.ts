/** Why a Redis cannot be used: the URL, reaching it, the password, its version, its eviction policy. */
export type RedisOpenReason = 'url' | 'unreachable' | 'credentials' | 'version' | 'eviction';

/** What is wrong with a Redis, in a sentence for the operator. */
export class RedisOpenError extends Error {
  readonly reason: RedisOpenReason;
  constructor(reason: RedisOpenReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisOpenError';
    this.reason = reason;
  }
}
