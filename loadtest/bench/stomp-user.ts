/** One STOMP user on a `RawWs`, parsing no more than a benchmark needs. */
import { RawWs, type OnFrame, type RawWsTarget } from './raw-ws.js';

const M = 'M'.charCodeAt(0);
const R = 'R'.charCodeAt(0);
const C = 'C'.charCodeAt(0);
const E = 'E'.charCodeAt(0);

export class StompUser {
  readonly #ws: RawWs;
  readonly #onReceipt = new Map<string, () => void>();
  #nextReceipt = 0;
  /** MESSAGE frames that came. */
  messages = 0;
  /** Hears of each; `bytes` is only valid during the call. */
  onMessage: OnFrame = () => undefined;

  private constructor(ws: RawWs) {
    this.#ws = ws;
  }

  /** Resolves when CONNECTED. */
  static async connect(target: RawWsTarget, token: string): Promise<StompUser> {
    const user = new StompUser(await RawWs.open(target));
    await new Promise<void>((resolve, reject) => {
      user.#ws.onFrame = (bytes, start, end) => {
        const first = bytes[start];
        if (first === M) {
          user.messages += 1;
          user.onMessage(bytes, start, end);
        } else if (first === R) user.#receipt(bytes.toString('latin1', start, end));
        else if (first === C) resolve();
        else if (first === E) reject(new Error(bytes.toString('utf8', start, end)));
      };
      user.#ws.onClose = () => {
        reject(new Error('closed'));
      };
      user.#ws.send(`CONNECT\naccept-version:1.2\nhost:bench\npasscode:${token}\n\n\0`);
    });
    return user;
  }

  /** Resolves with the RECEIPT. @param after the seq behind which it begins; live where absent */
  subscribe(room: string, after?: number): Promise<void> {
    const lastSeq = after === undefined ? '' : `last-seq:${String(after)}\n`;
    return new Promise((resolve) => {
      const id = this.#expect(resolve);
      this.#ws.send(`SUBSCRIBE\nid:s\ndestination:/rooms/${room}\n${lastSeq}receipt:${id}\n\n\0`);
    });
  }

  /** `done` is called with the RECEIPT. */
  send(room: string, content: string, done: () => void): void {
    const id = this.#expect(done);
    const body = JSON.stringify({ type: 'TEXT', content });
    this.#ws.send(
      `SEND\ndestination:/rooms/${room}/messages\nclient-message-id:m${id}\nreceipt:${id}\ncontent-type:application/json\n\n${body}\0`,
    );
  }

  destroy(): void {
    this.#ws.destroy();
  }

  #expect(done: () => void): string {
    this.#nextReceipt += 1;
    const id = String(this.#nextReceipt);
    this.#onReceipt.set(id, done);
    return id;
  }

  #receipt(frame: string): void {
    const from = frame.indexOf('receipt-id:') + 'receipt-id:'.length;
    const id = frame.slice(from, frame.indexOf('\n', from));
    const done = this.#onReceipt.get(id);
    this.#onReceipt.delete(id);
    done?.();
  }
}
