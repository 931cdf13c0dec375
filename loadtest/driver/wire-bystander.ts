/** Two people in a room of their own who keep talking, whatever others do to the server meanwhile. */
import { until } from './wait.js';
import type { EntryBody, WireClient } from './wire-client.js';
import { say, type WireShop } from './wire-shop.js';

const PAUSE_MS = 50;
const NEXT_WORDS = 3;

export class Bystander {
  readonly #speaker: WireClient;
  readonly #listener: WireClient;
  readonly #room: string;
  readonly #receipts: number[] = [];
  readonly #talk: Promise<void>;
  #stopped = false;

  private constructor(speaker: WireClient, listener: WireClient, room: string) {
    this.#speaker = speaker;
    this.#listener = listener;
    this.#room = room;
    this.#talk = this.#keepTalking();
    // Told by `finish`.
    this.#talk.catch(() => undefined);
  }

  static async begin(shop: WireShop): Promise<Bystander> {
    const [one, two] = [shop.fresh('bystander'), shop.fresh('bystander')];
    const room = await shop.group(one, [two]);
    const [speaker, listener] = [await shop.person(one), await shop.webPerson(two)];
    await listener.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 'talk' });
    return new Bystander(speaker, listener, room);
  }

  /** Resolves once more was said and heard than at the call. @throws where the talk has broken off */
  async goesOn(): Promise<void> {
    const wanted = this.#receipts.length + NEXT_WORDS;
    await Promise.race([
      this.#talk,
      until('the bystanders to talk on', 15_000, () => this.#receipts.length >= wanted && this.#heard.length >= wanted),
    ]);
  }

  /** @returns what was receipted, and what was heard: seqs in order */
  async finish(): Promise<{ readonly receipted: readonly number[]; readonly heard: readonly number[] }> {
    this.#stopped = true;
    await this.#talk;
    await until('the last word', 15_000, () => this.#heard.length >= this.#receipts.length);
    return { receipted: this.#receipts, heard: this.#heard.map(({ body }) => (JSON.parse(body) as EntryBody).seq) };
  }

  get #heard(): WireClient['frames'] {
    return this.#listener.messagesOf('talk');
  }

  async #keepTalking(): Promise<void> {
    while (!this.#stopped) {
      const answer = await say(this.#speaker, this.#room, `말 ${String(this.#receipts.length)}`);
      if (answer.command !== 'RECEIPT') throw new Error(`a bystander was told ${JSON.stringify(answer)}`);
      this.#receipts.push(Number(answer.headers['seq']));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
