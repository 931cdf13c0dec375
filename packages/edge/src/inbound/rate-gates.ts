/** The rates of one session's frames, one gate for each command that has a rate. */
import type { StompFrame } from '@munova/contracts/stomp';
import type { Admission } from './intake.js';
import { SendGate } from './send-gate.js';
import type { SendRate } from './send-gate.js';

export class RateGates {
  readonly #send: SendGate;
  readonly #subscribe: SendGate;
  /** The frame whose rate was exceeded for too long: it is refused when its turn comes. */
  #refused: StompFrame | null = null;

  /** @param now monotonic ms, here and below */
  constructor(rate: SendRate, now: number) {
    this.#send = new SendGate(rate, now);
    this.#subscribe = new SendGate(rate, now);
  }

  admit(frame: StompFrame, now: number): Admission {
    const verdict = this.#gateOf(frame)?.ask(now) ?? 'pass';
    if (typeof verdict === 'object') return verdict;
    this.#refused = verdict === 'refuse' ? frame : null;
    return 'now';
  }

  /** Whether the frame was admitted only to be refused. */
  refuses(frame: StompFrame): boolean {
    return this.#refused === frame;
  }

  #gateOf({ command }: StompFrame): SendGate | null {
    if (command === 'SEND') return this.#send;
    return command === 'SUBSCRIBE' ? this.#subscribe : null;
  }
}
