/** One started product for a whole file of tests, and the short ways to people and rooms in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Headers } from './link.js';
import { type Claims, Product, type ProductOptions, secretOf, tokenFor } from './product.js';
import type { RawFrame } from './raw-link.js';
import { WireClient, type WsOptions } from './wire-client.js';

/** The one wrapper around every REST answer. */
export interface Wrapped<T> {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly data: T;
}

export interface WireAnswer<T> {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly body: Wrapped<T>;
}

export interface WireCall {
  readonly as?: string | Claims;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Headers;
}

/** The room as every client sees it. */
export interface RoomBody {
  readonly roomId: string;
  readonly name: string;
  readonly status: string;
  readonly memberCount: number;
  readonly head: number;
  readonly lastMessage: string | null;
  readonly lastMessageTime: string | null;
  readonly createdAt: string;
}

/** The room as those in it see it in their lists. */
export interface MyRoomBody extends RoomBody {
  readonly readSeq: number;
  readonly unreadCount: number;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export const ADMIN: Claims = { sub: 'wire-admin', name: '운영자', role: 'admin' };
export const SELLER: Claims = { sub: 'wire-seller', name: '가게', role: 'seller' };

export class WireShop {
  readonly product: Product;
  readonly secret: string;
  readonly #folder: string;
  readonly #clients: WireClient[] = [];
  #made = 0;

  private constructor(product: Product, folder: string) {
    this.product = product;
    this.#folder = folder;
    this.secret = secretOf(join(folder, 'data'));
  }

  static async open(options: Partial<ProductOptions> = {}): Promise<WireShop> {
    const folder = mkdtempSync(join(tmpdir(), 'munova-wire-'));
    return new WireShop(await Product.start({ dataDir: join(folder, 'data'), ...options }), folder);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.product.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A name that nobody in this shop has yet. */
  fresh(prefix: string): string {
    this.#made += 1;
    return `${prefix}-${String(this.#made)}`;
  }

  token(who: string | Claims, expiresInMs?: number): string {
    return tokenFor(this.secret, typeof who === 'string' ? { sub: who } : who, expiresInMs);
  }

  /** A call as it comes back, status, headers and body. */
  async call<T = unknown>(method: string, path: string, call: WireCall = {}): Promise<WireAnswer<T>> {
    const { as, body, key, headers = {} } = call;
    const response = await fetch(`${this.product.ready.http}${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${this.token(as)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Wrapped<T> };
  }

  /** `data` of a successful call. @throws with the answer where it is none */
  async data<T>(method: string, path: string, call: WireCall = {}): Promise<T> {
    const { status, body } = await this.call<T>(method, path, call);
    if (status >= 400) throw new Error(`${method} ${path}: ${String(status)} ${JSON.stringify(body)}`);
    return body.data;
  }

  /** Status and code of a call, whatever they are. */
  async outcome(method: string, path: string, call: WireCall = {}): Promise<[number, string]> {
    const { status, body } = await this.call(method, path, call);
    return [status, body.code];
  }

  /** Says something over REST; `key` is its idempotency key. */
  post(room: string, as: string, content: string, key?: string): Promise<{ seq: number }> {
    return this.data('POST', `/api/chat/messages/${room}`, {
      as,
      body: { type: 'TEXT', content },
      ...(key === undefined ? {} : { key }),
    });
  }

  /** A group room of `owner` with these members; its id. */
  async group(owner: string | Claims, members: readonly (string | Claims)[] = [], more: object = {}): Promise<string> {
    const body = { chatName: this.fresh('모임'), maxParticipants: 100, productCategoryId: [], ...more };
    const { roomId } = await this.data<RoomBody>('POST', '/api/chat/group', { as: owner, body });
    for (const member of members) await this.data('POST', `/api/chat/group/${roomId}`, { as: member });
    return roomId;
  }

  /** A product of SELLER's; its id. */
  async shoe(more: object = {}): Promise<string> {
    const id = this.fresh('shoe');
    const body = { name: `운동화 ${id}`, price: 89_000, imageUrl: null, sellerId: SELLER.sub, ...more };
    await this.data('PUT', `/api/products/${id}`, { as: ADMIN, body });
    return id;
  }

  /** An inquiry of `buyer` about a fresh product; its id. */
  async inquiry(buyer: string | Claims): Promise<string> {
    const { roomId } = await this.data<RoomBody>('POST', `/api/chat/one-to-one/${await this.shoe()}`, { as: buyer });
    return roomId;
  }

  /** Not connected yet. */
  async tcp(): Promise<WireClient> {
    return this.#keep(await WireClient.tcp(this.product.target));
  }

  /** Not connected yet. */
  async ws(options?: WsOptions): Promise<WireClient> {
    return this.#keep(await WireClient.ws(this.product.target, options));
  }

  /** Connected over TCP, and hearing refusals on subscription `err`. */
  async person(who: string | Claims, headers: Headers = {}): Promise<WireClient> {
    return this.#hearing(await this.tcp(), who, headers);
  }

  /** The same over WebSocket. */
  async webPerson(who: string | Claims, headers: Headers = {}): Promise<WireClient> {
    return this.#hearing(await this.ws(), who, headers);
  }

  /** Connected over WebSocket, hearing no refusals: whatever is refused ends it. */
  async deafPerson(who: string | Claims, headers: Headers = {}): Promise<WireClient> {
    const client = await this.ws();
    expectCommand('CONNECTED', await client.connect(this.token(who), headers));
    return client;
  }

  /** Everything due to `client` has come: a word in another room of its user went there and back. */
  async settle(client: WireClient, user: string): Promise<void> {
    const room = await this.group(user);
    const id = this.fresh('fence');
    await subscribe(client, room, { id });
    await say(client, room, '여기까지');
    await client.bodiesOf(id, 1);
    await client.ask('UNSUBSCRIBE', { id });
  }

  async #hearing(client: WireClient, who: string | Claims, headers: Headers): Promise<WireClient> {
    expectCommand('CONNECTED', await client.connect(this.token(who), headers));
    expectCommand('RECEIPT', await client.ask('SUBSCRIBE', { destination: '/user/queue/errors', id: 'err' }));
    return client;
  }

  #keep(client: WireClient): WireClient {
    this.#clients.push(client);
    return client;
  }
}

const expectCommand = (command: string, frame: RawFrame): void => {
  if (frame.command !== command) throw new Error(`${command} was due, this came: ${JSON.stringify(frame)}`);
};

/** A SEND's destination and body. */
export const say = (
  client: WireClient,
  room: string,
  content: string,
  headers: Headers = {},
  type = 'TEXT',
): Promise<RawFrame> =>
  client.ask('SEND', { destination: `/rooms/${room}/messages`, ...headers }, JSON.stringify({ type, content }));

/** A SUBSCRIBE to a room, as `s` unless the headers say otherwise. */
export const subscribe = (client: WireClient, room: string, headers: Headers = {}): Promise<RawFrame> =>
  client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's', ...headers });
