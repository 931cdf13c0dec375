/**
 * Loses messages of Redis' sharded pub/sub on their way to a subscriber. Invariants:
 * 1. Only whole `smessage` replies are lost, each by itself with the chance there is; every other byte passes, in order.
 * 2. Of a connection at most the reply that is not there yet is kept.
 */
import type { ReplyFilter } from './tcp-proxy.js';

export class PubSubLoss {
  /** From 0 to 1; may be changed at any time. */
  chance: number;
  readonly #random: () => number;
  #lost = 0;

  /** @param random uniform in [0, 1) */
  constructor(chance: number, random: () => number) {
    this.chance = chance;
    this.#random = random;
  }

  /** Messages lost so far, on all connections. */
  get lost(): number {
    return this.#lost;
  }

  /** For the replies of one connection: `TcpProxy.start(redis, () => loss.filter())`. */
  filter(): ReplyFilter {
    let held = Buffer.alloc(0);
    return (bytes) => {
      held = Buffer.concat([held, bytes]);
      const passed: Buffer[] = [];
      for (let end = replyEnd(held); end !== null; end = replyEnd(held)) {
        const reply = held.subarray(0, end);
        held = held.subarray(end);
        if (isMessage(reply) && this.#random() < this.chance) this.#lost += 1;
        else passed.push(reply);
      }
      return Buffer.concat(passed);
    };
  }
}

/** In RESP2 and as a push of RESP3. */
const MESSAGE = /^[*>]3\r\n\$8\r\nsmessage\r\n/;

const isMessage = (reply: Buffer): boolean => MESSAGE.test(reply.toString('latin1', 0, 32));

/** Where the first reply in `bytes` ends; null while it is not whole. RESP2 and RESP3. */
const replyEnd = (bytes: Buffer): number | null => {
  let at = 0;
  for (let due = 1; due > 0; due -= 1) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const kind = bytes.toString('latin1', at, at + 1);
    const size = Number(bytes.toString('latin1', at + 1, lineEnd));
    at = lineEnd + 2;
    // Bytes of that number and a line end, or that many replies; -1 says that there is none. The rest is one line.
    if ('$=!'.includes(kind) && size >= 0) at += size + 2;
    else if ('*>~'.includes(kind) && size > 0) due += size;
    else if (kind === '%') due += 2 * size;
    else if (kind === '|') due += 2 * size + 1;
  }
  return at <= bytes.length ? at : null;
};
