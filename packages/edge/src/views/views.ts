import type { Log, Memberships, ReadMarks, RoomDirectory, RoomLog, Runtime, Tags } from '@munova/contracts';
import { createEntryViews } from './entry-view.js';
import type { EntryViews } from './entry-view.js';
import { InboxRooms } from './inbox-rooms.js';
import { ReadMarkKeeper } from './read-marks.js';
import { RoomViews } from './room-views.js';
import { TagBook } from './tag-book.js';

/** Rendering and read marks, shared by REST and STOMP. */
export interface Views {
  readonly entries: EntryViews;
  readonly rooms: RoomViews;
  readonly inboxes: InboxRooms;
  readonly marks: ReadMarkKeeper;
  readonly tags: TagBook;
  /** Writes the read marks that wait, and stops refreshing. */
  close(): Promise<void>;
}

export interface ViewsDeps {
  readonly store: {
    readonly log: RoomLog;
    readonly directory: RoomDirectory;
    readonly memberships: Memberships;
    readonly readMarks: ReadMarks;
    readonly tags: Tags;
  };
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>;
  readonly log: Log;
}

/** With the tag tree loaded when it resolves. */
export const createViews = async ({ store, runtime, log }: ViewsDeps): Promise<Views> => {
  const tags = new TagBook(store.tags, runtime, log);
  const marks = new ReadMarkKeeper(store.readMarks, store.log, runtime, log);
  const rooms = new RoomViews(store.log, store.memberships, marks, tags);
  await tags.start();
  return {
    tags,
    marks,
    entries: createEntryViews(tags),
    rooms,
    inboxes: new InboxRooms(store.directory, store.memberships, rooms),
    close: () => {
      tags.close();
      return marks.close();
    },
  };
};
