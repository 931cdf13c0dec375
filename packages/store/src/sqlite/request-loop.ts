/**
 * 1. A turn answers up to STORE_TURN_MAX_READS reads, then commits the writes that have gathered: neither
 *    waits for more than one share of the other.
 * 2. Reads see what is committed: none runs inside a write transaction.
 * 3. Writes are performed in the order of their requests.
 */
import { STORE_TURN_MAX_DOCUMENTS, STORE_TURN_MAX_READS } from '@munova/contracts';
import { failureOf } from './failures.js';
import type { Reply, Request, StoreStats } from './protocol.js';
import type { WriteGroup } from './write-group.js';
import { weightOf } from './weight.js';

type Perform = (request: Request) => unknown;

export interface LoopParts {
  readonly isRead: (op: string) => boolean;
  readonly read: Perform;
  readonly group: WriteGroup;
  readonly answer: (replies: readonly Reply[], stats: StoreStats) => void;
  /** Runs the task after what has arrived by then was given to `take`. */
  readonly defer: (task: () => void) => void;
}

export class RequestLoop {
  readonly #parts: LoopParts;
  readonly #reads: Request[] = [];
  readonly #writes: Request[] = [];
  #scheduled = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  take(requests: readonly Request[]): void {
    for (const request of requests) (this.#parts.isRead(request.op) ? this.#reads : this.#writes).push(request);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#reads.length + this.#writes.length === 0) return;
    this.#scheduled = true;
    this.#parts.defer(() => {
      this.#scheduled = false;
      this.#turn();
      this.#schedule();
    });
  }

  #turn(): void {
    const { group, answer } = this.#parts;
    const reads = this.#reads.splice(0, STORE_TURN_MAX_READS);
    if (reads.length > 0)
      answer(
        reads.map((r) => this.#read(r)),
        group.stats,
      );
    const writes = this.#nextGroup();
    if (writes.length === 0) return;
    const replies = group.run(writes);
    answer(replies, group.stats);
  }

  #read(request: Request): Reply {
    try {
      return { id: request.id, ok: true, value: this.#parts.read(request) };
    } catch (error) {
      return { id: request.id, ok: false, failure: failureOf(error) };
    }
  }

  #nextGroup(): readonly Request[] {
    let documents = 0;
    let end = 0;
    for (const { op, args } of this.#writes) {
      documents += weightOf(op, args);
      if (end > 0 && documents > STORE_TURN_MAX_DOCUMENTS) break;
      end += 1;
    }
    return this.#writes.splice(0, end);
  }
}
