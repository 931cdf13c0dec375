import type { Entry, Epoch, RoomId, ShardId } from '@munova/contracts';
import { noticesOf } from './notices.js';
import { Outbox } from './outbox.js';
import { RecentHeads } from './recent-heads.js';
import { Watches } from './watches.js';

/** A shard while this process owns it. After it was lost `open` is false, and whoever holds it does nothing more with it. */
export class Shard {
  readonly id: ShardId;
  readonly epoch: Epoch;
  readonly watches: Watches;
  readonly outbox: Outbox;
  readonly heads = new RecentHeads();
  open = true;
  /** Its predecessor's work is behind the barrier and projected: rooms may be read. */
  taken = false;
  /** It is handed over: nothing more is read. */
  leaving = false;
  /** Entries that were read and are still in the stream. */
  unresolved = 0;
  /**
   * Until the first read was received. A predecessor may have committed what stands in it without
   * removing it, so these entries count as repeats.
   */
  firstRead = true;
  /** The last read met an envelope of a newer version. */
  unreadable = false;
  /** The newest version met in its stream. */
  needs = 1;

  constructor(id: ShardId, epoch: Epoch, maxWatches: number, schedule: (shard: Shard) => void) {
    this.id = id;
    this.epoch = epoch;
    this.watches = new Watches(maxWatches);
    this.outbox = new Outbox(() => schedule(this));
  }

  /** Addresses a room's durable entries to the edges that watch it. */
  publish(room: RoomId, entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const edge of this.watches.edgesOf(room)) this.outbox.say(edge, { item: 'entries', room, entries });
    this.outbox.reached(room, last.seq);
  }

  /** Tells every edge what a room's entries, which the directory shows, changed in the inboxes of users. */
  notify(entries: readonly Entry[]): void {
    this.outbox.notify(noticesOf(entries));
  }
}
