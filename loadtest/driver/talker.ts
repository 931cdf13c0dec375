/** A shop that talks until it is told to stop, while a test does something else. */
import type { Persona } from './persona.js';
import { talk, type TalkOptions } from './run-shop.js';
import type { Shop } from './shop.js';
import { until } from './wait.js';

const ROUND = 20;
const PROGRESS_MS = 60_000;

export class Talker {
  readonly #shop: Shop;
  readonly #options: Omit<TalkOptions, 'messages'>;
  #talking: Promise<void> | null = null;
  #stopped = false;

  constructor(shop: Shop, options: Omit<TalkOptions, 'messages'>) {
    this.#shop = shop;
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#talking ??= this.#run();
  }

  /** What was said may still be on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#talking;
    this.#talking = null;
  }

  /** Resolves when so many more messages have their outcome. @throws after PROGRESS_MS */
  async progress(messages: number): Promise<void> {
    await this.#until(`${String(messages)} more messages have their outcome`, messages, ({ settled }) => settled);
  }

  /** Resolves when so many more messages were said, whatever becomes of them. @throws after PROGRESS_MS */
  async saying(messages: number): Promise<void> {
    await this.#until(`${String(messages)} more messages were said`, messages, ({ said }) => said);
  }

  async #until(what: string, more: number, count: (persona: Persona) => number): Promise<void> {
    const total = (): number => this.#shop.personas.reduce((sum, persona) => sum + count(persona), 0);
    const due = total() + more;
    await until(what, PROGRESS_MS, () => total() >= due);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await talk(this.#shop, { ...this.#options, messages: ROUND });
  }
}
