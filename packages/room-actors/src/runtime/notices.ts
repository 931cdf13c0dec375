/** What state entries change in the inboxes of users. */
import type { Entry, NoticeWhisper, UserId } from '@munova/contracts';

type Notice = Pick<NoticeWhisper, 'event' | 'users'>;

/** @param entries of one room, in seq order. @returns in that order; who came or went alike together */
export const noticesOf = (entries: readonly Entry[]): readonly NoticeWhisper[] => {
  const notices: NoticeWhisper[] = [];
  let creator: UserId | null = null;
  for (const entry of entries) {
    if (entry.kind === 'created') creator = entry.sender;
    const notice = noticeOf(entry, creator);
    if (notice === null) continue;
    const { room } = entry;
    const last = notices.at(-1);
    if (last?.event === notice.event && last.users !== null && notice.users !== null) {
      notices[notices.length - 1] = { ...last, users: [...last.users, ...notice.users] };
    } else {
      notices.push({ kind: 'notice', room, ...notice });
    }
  }
  return notices;
};

const noticeOf = (entry: Entry, creator: UserId | null): Notice | null => {
  switch (entry.kind) {
    case 'joined':
      // Those whom the creation itself put into the room find it new.
      return { event: entry.sender === creator ? 'created' : 'joined', users: [entry.data.userId] };
    case 'left':
    case 'kicked':
      return entry.data.seatless === true ? null : { event: entry.kind, users: [entry.data.userId] };
    case 'closed':
    case 'opened':
      return { event: entry.kind, users: null };
    case 'created':
    case 'message':
    case 'renamed':
    case 'resized':
    case 'redacted':
    case 'abandoned':
      return null;
    default:
      return unknownNotice(entry);
  }
};

const unknownNotice = (_entry: never): null => null;
