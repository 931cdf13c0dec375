/** What ioredis and Redis throw, as the two kinds of error that the adapters know. */
import { RedisRefusedError, RedisUnknownError } from '../commands.js';

/** Words with which Redis refuses a command before it has done any of it. */
const REFUSALS = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'CROSSSLOT',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'NOSCRIPT',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
  'WRONGTYPE',
]);

/** How Redis ends what a script's own call is refused with; what the script did before that is done. */
const IN_SCRIPT = ' script: ';

/** How ioredis says that it has not sent a command. */
const UNSENT = 'enableOfflineQueue options is false';

export const classified = (error: unknown): RedisRefusedError | RedisUnknownError => {
  if (error instanceof RedisRefusedError || error instanceof RedisUnknownError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = /^[A-Z]+/.exec(cause.message)?.[0] ?? '';
  const partly = code === 'WRONGTYPE' && cause.message.includes(IN_SCRIPT);
  if (cause.name === 'ReplyError' && REFUSALS.has(code) && !partly)
    return new RedisRefusedError(code, cause.message, { cause });
  if (cause.message.includes(UNSENT)) return new RedisRefusedError('UNSENT', 'not connected', { cause });
  return new RedisUnknownError(cause.message, { cause });
};
