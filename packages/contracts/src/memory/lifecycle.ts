import { ChatError } from '../errors.js';

/** Whether the store is open; shared by all its parts. */
export class Lifecycle {
  #open = true;

  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
  }

  /** @throws {ChatError} `unavailable` once closed. */
  check(): void {
    if (!this.#open) throw new ChatError('unavailable', 'the store is closed');
  }
}
