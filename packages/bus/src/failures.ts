import { ChatError } from '@munova/contracts';
import { RedisRefusedError, RedisUnknownError } from './commands.js';

/** Says what failed in the ports' words; a bug stays what it is. */
export const unavailable = (what: string, error: unknown): unknown => {
  if (!(error instanceof RedisUnknownError) && !(error instanceof RedisRefusedError)) return error;
  return new ChatError('unavailable', `${what}: ${error.message}`);
};
