/** What a session says, in the version and language that CONNECT agreed on. */
import type { ChatError } from '@munova/contracts';
import type { OutgoingHeaders, StompFrame, StompVersion } from '@munova/contracts/stomp';
import type { Outbox } from '../outbound/outbox.js';
import { connectedFrame, errorFrame, ERRORS_DESTINATION, queueFrame, receiptFrame, refusalBody } from './answers.js';
import type { ServerFacts, Subject } from './answers.js';
import type { Agreement, Language } from './handshake.js';
import type { Framing } from './transport.js';

export class Voice {
  readonly #outbox: Outbox;
  readonly #framing: Framing;
  #version: StompVersion = '1.0';
  #language: Language = 'en';
  #refusals = 0;

  constructor(outbox: Outbox, framing: Framing) {
    this.#outbox = outbox;
    this.#framing = framing;
  }

  get version(): StompVersion {
    return this.#version;
  }

  connected(agreement: Agreement, session: string, server: ServerFacts): void {
    this.#version = agreement.version;
    this.#language = agreement.language;
    this.say(connectedFrame(agreement, session, server));
  }

  receipt(frame: StompFrame, more: OutgoingHeaders): void {
    const receipt = frame.header('receipt');
    if (receipt !== undefined) this.say(receiptFrame(this.#version, receipt, more));
  }

  /** @param subscriptions ids of those to the refusals; null where STOMP 1.0 left it out */
  refusal(error: ChatError, about: Subject, subscriptions: Iterable<string | null>): void {
    const body = refusalBody(error, about, this.#language);
    for (const subscription of subscriptions) {
      this.say(queueFrame(this.#version, { destination: ERRORS_DESTINATION, subscription }, ++this.#refusals, body));
    }
  }

  /** @returns the ERROR, not wrapped: it is said by closing */
  error(error: ChatError, about: Subject): Uint8Array {
    return errorFrame(this.#version, error, about, this.#language);
  }

  say(frame: Uint8Array): void {
    this.#outbox.put(this.#framing.wrap(frame));
  }
}
