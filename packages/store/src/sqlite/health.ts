/**
 * 1. Trouble is logged when it begins and when it ends, not once a request.
 * 2. Once a write has failed, only a write that succeeds makes the store healthy again.
 */
import { STORE_PROBE_MS } from '@munova/contracts';
import type { Log } from '@munova/contracts';
import type { Failure } from './failures.js';
import type { ThreadLink } from './thread-link.js';

export class Health {
  readonly #log: Log;
  readonly #folder: string;
  #trouble: string | null = null;

  constructor(log: Log, folder: string) {
    this.#log = log;
    this.#folder = folder;
  }

  readonly onTrouble = (op: string, failure: Failure): void => {
    const fields = { folder: this.#folder, op, detail: failure.detail };
    if (failure.kind === 'bug') {
      this.#log.error(fields, 'store: a request failed by a fault of ours');
      return;
    }
    if (this.#trouble === null) this.#log.error(fields, 'store: the disk refuses; answering with unavailable');
    this.#trouble = failure.detail;
  };

  readonly onCrash = (detail: string): void => {
    this.#trouble = detail;
    this.#log.error({ folder: this.#folder, detail }, 'store: its thread ended; everything is refused from now on');
  };

  /** Never rejects; false when there is no answer within STORE_PROBE_MS. */
  async check(link: ThreadLink): Promise<boolean> {
    if (!link.alive) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), STORE_PROBE_MS);
    });
    const answered = this.#probe(link);
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #probe(link: ThreadLink): Promise<boolean> {
    try {
      await (this.#trouble === null ? link.call('heads', []) : link.call('probe'));
    } catch {
      // Busy, or something that `onTrouble` has been told: either way the store refuses just now.
      return false;
    }
    if (this.#trouble !== null) this.#log.info({ folder: this.#folder }, 'store: the disk writes again');
    this.#trouble = null;
    return true;
  }
}
