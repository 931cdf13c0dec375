/**
 * Whether the store is open, for calls that take several commands. Invariants:
 * 1. What was begun before `close` goes on to its end, with all commands that it takes; `close` waits for it.
 * 2. What comes later is refused without a command.
 */
import { AppendError, ChatError } from '@munova/contracts';

export class Gate {
  readonly #begun = new Set<Promise<unknown>>();
  #isOpen = true;

  /** The same port, with each of its methods behind the gate. */
  guard<P extends object>(port: P): P {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => this.#run(name, () => Reflect.apply(method, target, args) as Promise<unknown>);
      },
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.allSettled(this.#begun);
  }

  async #run(name: string | symbol, call: () => Promise<unknown>): Promise<unknown> {
    if (!this.#isOpen) {
      const why = 'the store is closed';
      throw name === 'append' ? new AppendError('unavailable', 'no', null, why) : new ChatError('unavailable', why);
    }
    const begun = call();
    this.#begun.add(begun);
    try {
      return await begun;
    } finally {
      this.#begun.delete(begun);
    }
  }
}
