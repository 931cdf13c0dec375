/** A call that is made once for all who ask in one turn: it begins after the last of them asked. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #next: Promise<T> | null = null;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** @throws whatever the call throws, to each of them */
  make(): Promise<T> {
    this.#next ??= (async () => {
      await Promise.resolve();
      this.#next = null;
      return this.#call();
    })();
    return this.#next;
  }
}
