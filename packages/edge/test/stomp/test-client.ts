/** A STOMP client that shows every frame, over either transport. */
import net from 'node:net';
import { encodeFrame, StompDecoder } from '@munova/contracts/stomp';
import type { OutgoingHeaders, StompFrame, StompVersion } from '@munova/contracts/stomp';
import { WebSocket } from 'ws';

/** ms of real time after which a test has waited in vain. */
export const WAIT_MS = 10_000;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** What both transports do alike. */
export abstract class TestClient {
  readonly frames: StompFrame[] = [];
  heartbeats = 0;
  closed: Closed | null = null;
  version: StompVersion = '1.2';
  #seen = 0;
  readonly #waiting = new Set<() => void>();
  readonly #decoder = new StompDecoder(
    { frame: (f) => this.frames.push(f), heartbeat: () => this.heartbeats++ },
    { maxBodyBytes: 1024 * 1024 },
  );

  abstract raw(bytes: string | Uint8Array): void;
  abstract pause(): void;
  abstract resume(): void;
  /** Drops the socket without a word. */
  abstract drop(): void;

  send(command: string, headers: OutgoingHeaders = {}, body?: string | Uint8Array): void {
    this.raw(encodeFrame(this.version, command, headers, body));
  }

  /** @returns CONNECTED */
  async connect(token: string | null, more: OutgoingHeaders = {}): Promise<StompFrame> {
    this.send('CONNECT', {
      'accept-version': '1.2',
      host: 'munova',
      Authorization: token === null ? undefined : `Bearer ${token}`,
      ...more,
    });
    const connected = await this.next('CONNECTED');
    this.version = connected.header('version') as StompVersion;
    this.#decoder.setVersion(this.version);
    return connected;
  }

  /** Subscribes and waits for the receipt. */
  async subscribe(id: string, destination: string, more: OutgoingHeaders = {}): Promise<StompFrame> {
    this.send('SUBSCRIBE', { id, destination, receipt: `r-${id}`, ...more });
    return this.next('RECEIPT', (f) => f.header('receipt-id') === `r-${id}`);
  }

  /** Sends a text and waits for its receipt. */
  async say(room: string, content: string, cmid: string): Promise<StompFrame> {
    this.text(room, content, cmid);
    return this.next('RECEIPT', (f) => f.header('receipt-id') === `r-${cmid}`);
  }

  text(room: string, content: string, cmid: string): void {
    const headers = { destination: `/rooms/${room}/messages`, 'client-message-id': cmid, receipt: `r-${cmid}` };
    this.send('SEND', headers, JSON.stringify({ type: 'TEXT', content }));
  }

  /** The next frame, seen by no `next` before it, that fits; frames in between are passed over. */
  async next(command: string, fits: (frame: StompFrame) => boolean = () => true): Promise<StompFrame> {
    for (;;) {
      for (let i = this.#seen; i < this.frames.length; i++) {
        const frame = this.frames[i];
        if (frame?.command !== command || !fits(frame)) continue;
        this.#seen = i + 1;
        return frame;
      }
      if (this.closed !== null)
        throw new Error(`closed (${this.closed.reason}) without ${command}: ${this.describe()}`);
      await this.#change(`${command}; there are ${this.describe()}`);
    }
  }

  async nextRefusal(): Promise<Record<string, unknown>> {
    const frame = await this.next('MESSAGE', (f) => f.header('destination') === '/user/queue/errors');
    return json(frame);
  }

  async untilClosed(): Promise<Closed> {
    while (this.closed === null) await this.#change('the close');
    return this.closed;
  }

  /** Command and code of the last frame, then the close code (0 over TCP): `ERROR busy 1013`. */
  async ending(): Promise<string> {
    const { code } = await this.untilClosed();
    const last = this.frames.at(-1);
    return `${last?.command ?? 'nothing'} ${last?.header('code') ?? ''} ${String(code)}`;
  }

  /** Bodies of the MESSAGEs of one subscription so far. */
  received(subscription: string): Record<string, unknown>[] {
    return this.frames.filter((f) => f.command === 'MESSAGE' && f.header('subscription') === subscription).map(json);
  }

  async untilReceived(subscription: string, count: number): Promise<Record<string, unknown>[]> {
    while (this.#countOf(subscription) < count) await this.#change(`${String(count)} on ${subscription}`);
    return this.received(subscription);
  }

  #countOf(subscription: string): number {
    return this.frames.filter((f) => f.command === 'MESSAGE' && f.header('subscription') === subscription).length;
  }

  protected heard(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    this.#wake();
  }

  protected gone(closed: Closed): void {
    this.closed ??= closed;
    this.#wake();
  }

  describe(): string {
    return this.frames.map((f) => `${f.command} ${f.headers.join(' ')}`).join(' | ');
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #change(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), WAIT_MS);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export const json = (frame: StompFrame): Record<string, unknown> =>
  JSON.parse(frame.text() ?? '') as Record<string, unknown>;

export class WsClient extends TestClient {
  /** Sizes of what arrived, one a WebSocket message. */
  readonly messages: string[] = [];
  readonly ws: WebSocket;

  private constructor(ws: WebSocket) {
    super();
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      this.messages.push(data.toString());
      this.heard(data);
    });
    ws.on('close', (code, reason) => this.gone({ code, reason: reason.toString() }));
    ws.on('error', () => undefined);
  }

  static open(url: string, options: { headers?: Record<string, string> } = {}): Promise<WsClient> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url, { ...options, perMessageDeflate: false });
      const client = new WsClient(ws);
      ws.on('open', () => resolve(client));
      ws.on('unexpected-response', (_request, response) => {
        ws.terminate();
        reject(new Error(`status ${String(response.statusCode)} ${response.headers['retry-after'] ?? ''}`.trim()));
      });
    });
  }

  raw(bytes: string | Uint8Array): void {
    this.ws.send(bytes);
  }

  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  drop(): void {
    this.ws.terminate();
  }
}

export class TcpClient extends TestClient {
  readonly socket: net.Socket;

  private constructor(socket: net.Socket) {
    super();
    this.socket = socket;
    socket.on('data', (chunk) => this.heard(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    socket.on('close', (hadError) => this.gone({ code: 0, reason: hadError ? 'reset' : 'closed' }));
    socket.on('error', () => undefined);
  }

  static open(port: number): Promise<TcpClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      const client = new TcpClient(socket);
      socket.once('connect', () => resolve(client));
      socket.once('error', reject);
    });
  }

  raw(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  drop(): void {
    this.socket.destroy();
  }
}
