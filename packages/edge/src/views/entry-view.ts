import { messageView } from '@munova/contracts';
import type { Entry, MessageView } from '@munova/contracts';
import { entryData } from './room-view.js';
import type { TagLookup } from './tag-book.js';

/** Entries as clients see them. On the hot path: each call does no I/O and never waits. */
export interface EntryViews {
  /** An item of a history page, and what `messageBody` is the text of. */
  view(entry: Entry): MessageView;
  /** JSON text: the body of a MESSAGE. */
  messageBody(entry: Entry): string;
  /** JSON text: the predecessor's body with `seq` added. Meant for `message` entries, the only ones it delivered. */
  legacyMessageBody(entry: Entry): string;
}

export const createEntryViews = (tags: TagLookup): EntryViews => {
  const view = (entry: Entry): MessageView => messageView(entry, entryData(entry, tags));
  return {
    view,
    messageBody: (entry) => JSON.stringify(view(entry)),
    legacyMessageBody: (entry) =>
      JSON.stringify({
        chatId: entry.room,
        senderId: entry.sender,
        username: entry.senderName,
        content: entry.content,
        createdAt: new Date(entry.ts).toISOString(),
        messageType: entry.type,
        seq: entry.seq,
      }),
  };
};
