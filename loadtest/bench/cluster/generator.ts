/** The handle on the generator's process. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, AnswerTo, Order } from './protocol.js';

export class Generator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** It ends with this process, whatever ends that. */
  static start(): Generator {
    return new Generator(fork(fileURLToPath(new URL('generator-main.js', import.meta.url))));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One order at a time. @throws what it failed with */
  async order<D extends Order['do']>(order: Extract<Order, { readonly do: D }>): Promise<AnswerTo[D]> {
    const ended = new AbortController();
    this.#child.send(order);
    const gone = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('the load generator ended');
    });
    const [answer] = (await Promise.race([once(this.#child, 'message', { signal: ended.signal }), gone])) as [Answer];
    gone.catch(() => undefined);
    ended.abort();
    if ('error' in answer) throw new Error(answer.error);
    return answer.result as AnswerTo[D];
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
