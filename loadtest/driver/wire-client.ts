/**
 * A STOMP client that hides nothing: bytes out as they are given, every frame kept as it came.
 * Over TCP by `net`, over WebSocket by `ws`; the frames are written and read here.
 */
import { connect, type Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import type { Headers, LinkTarget } from './link.js';
import { frameText, type RawFrame, RawFrames } from './raw-link.js';
import { until } from './wait.js';

/** How a connection ended. `code` is the WebSocket close code; null on TCP. */
export interface WireEnd {
  readonly code: number | null;
  readonly reason: string;
}

/** A message of the server's, as the transport carried it. */
export interface WireMessage {
  readonly binary: boolean;
  readonly text: string;
}

/** What a connection can do below STOMP. */
interface Wire {
  write(bytes: string | Buffer): void;
  /** Stops and starts reading the socket. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface WsOptions extends ClientOptions {
  /** `/ws`, with a query where one is wanted. */
  readonly path?: string;
}

const WAIT_MS = 15_000;

export class WireClient {
  /** Everything the server said, in order. */
  readonly frames: RawFrame[] = [];
  /** WebSocket messages or TCP chunks, heart-beats among them. */
  readonly messages: WireMessage[] = [];
  ended: WireEnd | null = null;
  readonly wire: Wire;
  readonly #decoder = new RawFrames();
  #receipts = 0;

  private constructor(attach: (client: WireClient) => Wire) {
    this.wire = attach(this);
  }

  static tcp({ tcpHost, tcpPort }: LinkTarget): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({ host: tcpHost, port: tcpPort, noDelay: true });
      const client = new WireClient((self) => {
        socket.on('data', (chunk) => self.#take(chunk, true));
        socket.on('end', () => (self.ended ??= { code: null, reason: 'end' }));
        socket.on('close', () => (self.ended ??= { code: null, reason: 'close' }));
        return {
          write: (bytes) => socket.write(bytes),
          pause: () => socket.pause(),
          resume: () => socket.resume(),
          destroy: () => socket.destroy(),
        };
      });
      socket.once('connect', () => {
        resolve(client);
      });
      // A reset ends a connection as well; before `connect` it is why there is none.
      socket.on('error', reject);
    });
  }

  /** @throws with the HTTP status in its message, where the upgrade was refused */
  static ws(target: LinkTarget, { path = '/ws', ...options }: WsOptions = {}): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(new URL(path, target.ws), options);
      const client = new WireClient((self) => {
        socket.on('message', (data: Buffer, binary) => self.#take(data, binary));
        socket.on('close', (code, reason) => (self.ended ??= { code, reason: reason.toString() }));
        return {
          write: (bytes) => {
            socket.send(bytes);
          },
          pause: () => {
            socket.pause();
          },
          resume: () => {
            socket.resume();
          },
          destroy: () => {
            socket.terminate();
          },
        };
      });
      socket.once('open', () => {
        resolve(client);
      });
      socket.on('error', reject);
    });
  }

  write(bytes: string | Buffer): void {
    this.wire.write(bytes);
  }

  send(command: string, headers: Headers = {}, body = ''): void {
    this.write(frameText(command, headers, body));
  }

  /** @returns CONNECTED, or the ERROR in its place */
  connect(token: string | null, headers: Headers = {}): Promise<RawFrame> {
    const seen = this.frames.length;
    this.send('CONNECT', {
      'accept-version': '1.2',
      host: 'munova',
      ...(token === null ? {} : { passcode: token }),
      ...headers,
    });
    return this.next('CONNECTED or ERROR', ({ command }) => command === 'CONNECTED' || command === 'ERROR', seen);
  }

  /** Waits for a frame behind the first `from` ones. */
  async next(what: string, fits: (frame: RawFrame) => boolean, from = 0, limitMs = WAIT_MS): Promise<RawFrame> {
    const found = (): RawFrame | undefined => this.frames.slice(from).find(fits);
    await until(what, limitMs, () => found() !== undefined || this.ended !== null);
    const frame = found();
    if (frame !== undefined) return frame;
    const last = this.frames.at(-1);
    throw new Error(`${what}: the connection ended (${JSON.stringify(this.ended)}), last ${JSON.stringify(last)}`);
  }

  /** Sends a frame with a receipt; gives its RECEIPT, its refusal, or the ERROR that ends all. */
  ask(command: string, headers: Headers, body = ''): Promise<RawFrame> {
    this.#receipts += 1;
    const receipt = `ask-${String(this.#receipts)}`;
    const seen = this.frames.length;
    this.send(command, { ...headers, receipt }, body);
    return this.next(
      `an answer to ${command} ${headers['destination'] ?? ''}`,
      (frame) =>
        frame.headers['receipt-id'] === receipt ||
        frame.command === 'ERROR' ||
        (frame.headers['destination'] === '/user/queue/errors' && refusalIn(frame).receipt === receipt),
      seen,
    );
  }

  /** MESSAGE frames of one subscription. */
  messagesOf(subscription: string): RawFrame[] {
    return this.frames.filter((f) => f.command === 'MESSAGE' && f.headers['subscription'] === subscription);
  }

  /** Bodies of those. @returns as many as there are once there are `count` */
  async bodiesOf(subscription: string, count: number): Promise<EntryBody[]> {
    await until(
      `${String(count)} messages of ${subscription}`,
      WAIT_MS,
      () => this.messagesOf(subscription).length >= count,
    );
    return this.messagesOf(subscription).map(({ body }) => JSON.parse(body) as EntryBody);
  }

  async end(limitMs = WAIT_MS): Promise<WireEnd> {
    await until('the end of the connection', limitMs, () => this.ended !== null);
    return this.ended ?? { code: null, reason: '' };
  }

  close(): void {
    this.wire.destroy();
  }

  #take(bytes: Buffer, binary: boolean): void {
    this.messages.push({ binary, text: bytes.toString('utf8') });
    this.frames.push(...this.#decoder.push(bytes));
  }
}

/** Body of a MESSAGE, and an item of the history. */
export interface EntryBody {
  readonly roomId: string;
  readonly seq: number;
  readonly n: number;
  readonly kind: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly senderRole: string;
  readonly clientMessageId: string;
  readonly type: string | null;
  readonly content: string | null;
  readonly data: unknown;
  readonly createdAt: string;
  readonly redacted?: boolean;
}

/** Body of a refusal on `/user/queue/errors`. */
export interface RefusalBody {
  readonly code: string;
  readonly message: string;
  readonly retry: string;
  readonly retryAfterMs: number | null;
  readonly destination: string | null;
  readonly clientMessageId: string | null;
  readonly receipt: string | null;
  readonly subscription?: string | null;
  readonly head?: number;
  readonly generation?: string;
}

export const refusalIn = (frame: RawFrame): RefusalBody => JSON.parse(frame.body) as RefusalBody;
