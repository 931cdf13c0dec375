import { HttpException } from '@nestjs/common';
import { ChatError } from '@munova/contracts';

/**
 * Whatever was thrown, as something of the error registry; null for what is a bug or an accident of
 * ours, of which a client learns nothing but `internal`.
 */
export const asChatError = (thrown: unknown): ChatError | null => {
  if (thrown instanceof ChatError) return thrown;
  if (!(thrown instanceof HttpException)) return null;
  const status = thrown.getStatus();
  if (status === 404) return new ChatError('not-found');
  if (status === 413) return new ChatError('too-large');
  if (status === 415) return new ChatError('bad-request', 'Content-Type: must be application/json');
  return status >= 400 && status < 500 ? new ChatError('bad-request', thrown.message) : null;
};

/** Headers that go with an error, from its code and facts. */
export const errorHeaders = (error: ChatError): Record<string, string> => {
  const headers: Record<string, string> = {};
  const retryAfterMs = error.facts['retryAfterMs'];
  if (typeof retryAfterMs === 'number') headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  if (error.code === 'unauthenticated') headers['WWW-Authenticate'] = 'Bearer';
  return headers;
};
