import { INBOX_MAX_BYTES, INBOX_MAX_ENTRIES, LAG_FREE_SHARE, MAX_QUEUED_SENDS_PER_SESSION } from '@munova/contracts';
import type { InboxLag } from '@munova/contracts';

/**
 * How many unanswered commands a session may have while it sends into a shard: all up to a LAG_FREE_SHARE of
 * its inbox's caps, and fewer from there on, in proportion to what is left, but always one. So a store that
 * slows down is felt by those who send into it as slower reading, before anything is refused as `busy`.
 *
 * @param lag null where nothing is known of it
 */
export const sendWindow = (lag: InboxLag | null): number => {
  if (lag === null) return MAX_QUEUED_SENDS_PER_SESSION;
  const filled = Math.max(lag.entries / INBOX_MAX_ENTRIES, lag.bytes / INBOX_MAX_BYTES);
  const left = Math.min((1 - filled) / (1 - LAG_FREE_SHARE), 1);
  return Math.max(1, Math.floor(MAX_QUEUED_SENDS_PER_SESSION * left));
};
