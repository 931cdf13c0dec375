/**
 * The caller's side of the store's thread.
 *
 * 1. Every call settles exactly once: with its reply, or with the thread's end.
 * 2. At most STORE_MAX_REQUESTS calls and STORE_MAX_DOCUMENTS documents wait; more are refused with `busy`.
 * 3. Requests reach the thread in the order of their calls, those of one turn in one message.
 * 4. After `close` was called, or the thread ended, every call is refused.
 */
import { STORE_MAX_DOCUMENTS, STORE_MAX_REQUESTS } from '@munova/contracts';
import type { Worker } from 'node:worker_threads';
import { detailOf } from './failures.js';
import type { Failure } from './failures.js';
import type { OpName, Ops } from './ops.js';
import type { FromThread, Reply, Request, StoreStats, ToThread } from './protocol.js';
import { weightOf } from './weight.js';

/** What a call rejects with; the ports turn it into their own errors. */
export class CallFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.name = 'CallFailed';
    this.failure = failure;
  }
}

interface Waiting {
  readonly request: Request;
  readonly weight: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CallFailed) => void;
}

type State = 'open' | 'closing' | 'ended';

export interface LinkEvents {
  /** A call failed for a reason that is the store's and not the caller's. */
  readonly onTrouble: (op: OpName, failure: Failure) => void;
  /** The thread ended without being asked to; every call has been told. */
  readonly onCrash: (detail: string) => void;
}

export class ThreadLink {
  readonly #worker: Worker;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #outgoing: Request[] = [];
  #documents = 0;
  #nextId = 1;
  #state: State = 'open';
  #whenIdle: (() => void) | null = null;
  #stats: StoreStats = { transactions: 0, writes: 0 };

  constructor(worker: Worker, events: LinkEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.on('message', (message: FromThread) => {
      if (message.type === 'replies') this.#onReplies(message.replies, message.stats);
    });
    let cause: string | null = null;
    worker.on('error', (error: unknown) => {
      cause = detailOf(error);
    });
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#onExit(cause);
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#state === 'open';
  }

  /** As of the latest reply. */
  get stats(): StoreStats {
    return this.#stats;
  }

  /** @throws {CallFailed} */
  call<K extends OpName>(op: K, ...args: Parameters<Ops[K]>): Promise<ReturnType<Ops[K]>> {
    return new Promise((resolve, reject) => {
      const weight = weightOf(op, args);
      const refusal = this.#refusal(weight);
      if (refusal !== null) {
        reject(new CallFailed(refusal));
        return;
      }
      const request: Request = { id: this.#nextId++, op, args };
      // The reply to `op` is what `Ops[op]` returned: both sides are compiled from the same list.
      this.#waiting.set(request.id, { request, weight, resolve: resolve as (value: unknown) => void, reject });
      this.#documents += weight;
      this.#outgoing.push(request);
      if (this.#outgoing.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Resolves when everything called before has settled and the thread has ended. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      await this.#idle();
      this.#post({ type: 'close' });
    }
    await this.#exited;
  }

  #refusal(weight: number): Failure | null {
    if (this.#state !== 'open') return { kind: 'unavailable', applied: 'no', detail: 'the store is closed' };
    if (this.#waiting.size < STORE_MAX_REQUESTS && this.#documents + weight <= STORE_MAX_DOCUMENTS) return null;
    return { kind: 'busy', detail: 'too many requests wait for the store' };
  }

  #idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  #flush(): void {
    const requests = this.#outgoing;
    this.#outgoing = [];
    if (this.#state === 'ended') return;
    try {
      this.#post({ type: 'requests', requests });
    } catch (error) {
      // Something that cannot be copied to another thread: nothing of the message was sent.
      this.#onReplies(
        requests.map(({ id }) => ({ id, ok: false, failure: { kind: 'bug', detail: detailOf(error) } })),
        this.#stats,
      );
    }
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #onReplies(replies: readonly Reply[], stats: StoreStats): void {
    this.#stats = stats;
    for (const reply of replies) {
      const waiting = this.#forget(reply.id);
      if (waiting === undefined) continue;
      if (reply.ok) waiting.resolve(reply.value);
      else this.#fail(waiting, reply.failure);
    }
  }

  #fail({ request, reject }: Waiting, failure: Failure): void {
    if (failure.kind === 'unavailable' || failure.kind === 'bug') this.#events.onTrouble(request.op, failure);
    reject(new CallFailed(failure));
  }

  #forget(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    this.#documents -= waiting.weight;
    if (this.#waiting.size === 0) this.#whenIdle?.();
    return waiting;
  }

  #onExit(error: string | null): void {
    const asked = this.#state === 'closing' && this.#waiting.size === 0 && error === null;
    const cause = error ?? 'it exited';
    this.#state = 'ended';
    const unsent = new Set(this.#outgoing.map((r) => r.id));
    for (const { request, reject } of [...this.#waiting.values()]) {
      this.#forget(request.id);
      const applied = unsent.has(request.id) ? 'no' : 'unknown';
      reject(new CallFailed({ kind: 'unavailable', applied, detail: `the store's thread ended: ${cause}` }));
    }
    if (!asked) this.#events.onCrash(cause);
  }
}
