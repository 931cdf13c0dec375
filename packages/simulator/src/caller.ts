/** The commands that people give over REST: one at a time a person, tried again with the same id until it is known or given up. */
import {
  asClientMessageId,
  asUserId,
  ChatError,
  errorSpec,
  type Actor,
  type ClientMessageId,
  type CommandBody,
  type CommandKind,
  type RoomId,
} from '@munova/contracts';
import type { Client, ClientHost } from './client.js';

const RETRY_MS = 200;

export interface Call<K extends CommandKind = CommandKind> {
  readonly kind: K;
  readonly room: RoomId;
  readonly cmid: ClientMessageId;
  readonly body: CommandBody[K];
}

export class Caller {
  readonly #client: Client;
  readonly #host: ClientHost;
  readonly #actor: Actor;
  readonly #fickle: boolean;
  #under: Call | null = null;
  #made = 0;

  /** @param fickle gives a command up whose answer is lost, every other time. */
  constructor(client: Client, host: ClientHost, fickle: boolean) {
    this.#fickle = fickle;
    this.#client = client;
    this.#host = host;
    this.#actor = { id: asUserId(client.user), name: client.user, role: client.role, shop: null };
  }

  get busy(): boolean {
    return this.#under !== null;
  }

  nextId(): ClientMessageId {
    this.#made += 1;
    return asClientMessageId(`c${String(this.#made)}`);
  }

  /** `after` hears whether it took effect, or had before. Not while another call is under way. */
  call<K extends CommandKind>(call: Call<K>, after: (done: boolean) => void): void {
    this.#under = call;
    this.#try(call, (done) => {
      this.#under = null;
      after(done);
    });
  }

  #try<K extends CommandKind>(call: Call<K>, after: (done: boolean) => void): void {
    const { process } = this.#client;
    const again = (): void => {
      if (this.#fickle && process.random.chance(0.5)) after(false);
      else void process.timers.after(RETRY_MS, () => this.#try(call, after));
    };
    const edge = this.#host.edge(process.random);
    if (edge === null) {
      again();
      return;
    }
    const { room, cmid } = call;
    const about = { session: `${this.#client.user} ${cmid}`, user: this.#client.user, room, cmid };
    this.#host.record({ e: 'send', ...about, content: `${call.kind} ${JSON.stringify(call.body)}` });
    let settled = false;
    const lost = (): void => {
      if (!settled) again();
      settled = true;
    };
    edge.calls.add(lost);
    const answered = (tell: () => void): void => {
      edge.calls.delete(lost);
      if (!settled) tell();
      settled = true;
    };
    edge.caller.call({ ...call, actor: this.#actor }).then(
      (effect) =>
        answered(() => {
          if (effect.status === 'logged') this.#host.record({ e: 'receipt', ...about, seq: effect.seq });
          after(true);
        }),
      (error: unknown) =>
        answered(() => {
          const code = error instanceof ChatError ? error.code : 'internal';
          const { retry } = errorSpec(code);
          this.#host.record({ e: 'refused', ...about, code, retry });
          if (retry === 'never') after(false);
          else again();
        }),
    );
  }
}
