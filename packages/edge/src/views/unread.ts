/**
 * Unread messages of somebody, by positions that both count the messages of the log up to there.
 * A mark may be ahead of a head that was read before it.
 */
export const unreadCount = (headN: number, readN: number): number => Math.max(0, headN - readN);
