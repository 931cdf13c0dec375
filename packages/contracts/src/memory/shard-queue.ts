/**
 * One shard's inbox. Invariants:
 * 1. `#entries` is in the order of appending, and its keys are never given twice: an id names one copy
 *    of a batch, so that removing what was read cannot remove a later copy of it.
 * 2. `#present` holds the batch ids of exactly the entries in `#entries`.
 * 3. `#bytes` is the sum of their sizes; neither it nor their number exceeds the caps (I10).
 * 4. `#total.bytes` is the sum of `#bytes` over all queues that share it, and never exceeds its cap (I10).
 */
import type { BatchId, ShardId } from '../ids.js';
import type { AppendRequest, AppendVerdict, InboxLag, StreamEntry } from '../ports/inbox.js';

export interface InboxCaps {
  /** Entries of one shard. */
  readonly maxEntries: number;
  /** UTF-8 bytes of the batches of one shard. */
  readonly maxBytes: number;
  /** UTF-8 bytes of the batches of all shards; INBOX_TOTAL_MAX_BYTES when absent. */
  readonly maxTotalBytes?: number;
}

/** What all shards hold together. */
export interface InboxTotal {
  readonly maxBytes: number;
  bytes: number;
}

interface Slot {
  readonly id: BatchId;
  readonly entry: StreamEntry;
  readonly bytes: number;
}

/** What a read may still take. */
export interface ReadBudget {
  entries: number;
  bytes: number;
}

export class ShardQueue {
  readonly #shard: ShardId;
  readonly #caps: InboxCaps;
  readonly #total: InboxTotal;
  readonly #entries = new Map<string, Slot>();
  readonly #present = new Set<BatchId>();
  #bytes = 0;
  #appended = 0;

  constructor(shard: ShardId, caps: InboxCaps, total: InboxTotal) {
    this.#shard = shard;
    this.#caps = caps;
    this.#total = total;
  }

  get lag(): InboxLag {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  /** Behind a `busy` nothing more of the call is accepted, so that a later one never overtakes it. */
  append(requests: readonly AppendRequest[]): readonly AppendVerdict[] {
    let full = false;
    return requests.map((request) => {
      if (this.#present.has(request.id)) return 'present';
      const bytes = Buffer.byteLength(request.batch);
      full ||= !this.#fits(bytes);
      if (full) return 'busy';
      this.#put(request, bytes);
      return 'accepted';
    });
  }

  /** Adds the oldest entries that fit the budget to `taken`; false when one did not fit. A first one always fits. */
  read(budget: ReadBudget, taken: StreamEntry[]): boolean {
    for (const { entry, bytes } of this.#entries.values()) {
      if (budget.entries < 1 || (bytes > budget.bytes && taken.length > 0)) return false;
      taken.push(entry);
      budget.entries -= 1;
      budget.bytes -= bytes;
    }
    return true;
  }

  /** Ids that are not there are passed over. */
  remove(entryIds: readonly string[]): void {
    for (const entryId of entryIds) {
      const slot = this.#entries.get(entryId);
      if (slot === undefined) continue;
      this.#entries.delete(entryId);
      this.#present.delete(slot.id);
      this.#bytes -= slot.bytes;
      this.#total.bytes -= slot.bytes;
    }
  }

  #fits(bytes: number): boolean {
    if (this.#entries.size >= this.#caps.maxEntries || this.#bytes + bytes > this.#caps.maxBytes) return false;
    return this.#total.bytes + bytes <= this.#total.maxBytes;
  }

  #put({ id, batch }: AppendRequest, bytes: number): void {
    const entryId = String(++this.#appended);
    this.#entries.set(entryId, { id, bytes, entry: { shard: this.#shard, entryId, batch } });
    this.#present.add(id);
    this.#bytes += bytes;
    this.#total.bytes += bytes;
  }
}
