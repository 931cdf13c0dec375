import type { RoomLog } from '@munova/contracts';

/** The log's barrier, once for all who ask in one turn: it begins after the last of them asked. */
export class SharedBarrier {
  readonly #log: Pick<RoomLog, 'barrier'>;
  #next: Promise<void> | null = null;

  constructor(log: Pick<RoomLog, 'barrier'>) {
    this.#log = log;
  }

  /** @throws {ChatError} `unavailable` */
  pass(): Promise<void> {
    this.#next ??= (async () => {
      await Promise.resolve();
      this.#next = null;
      await this.#log.barrier();
    })();
    return this.#next;
  }
}
