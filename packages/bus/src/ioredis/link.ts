/**
 * A connection that is made when it is needed and made anew when it was lost. Invariants:
 * 1. ioredis recovers nothing by itself here: no reconnecting, no queue of what could not be sent, no sending again,
 *    no subscribing again. What was under way when a connection ends fails with it.
 * 2. One connection is being made at a time; after one that could not be made there is a pause.
 * 3. A connection that owes an answer and says nothing for its silence limit is ended.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { REDIS_COMMAND_TIMEOUT_MS, REDIS_CONNECT_TIMEOUT_MS, REDIS_RETRY_MS } from '@munova/contracts';
import { RedisRefusedError } from '../commands.js';

/** Where a server is found and how one gets in. */
export type Access = Pick<
  RedisOptions,
  | 'host'
  | 'port'
  | 'username'
  | 'password'
  | 'db'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelUsername'
  | 'sentinelPassword'
> & { readonly enableTLSForSentinelMode?: boolean };

/** As people name the server. */
export const nameOf = ({ name, host, port }: Access): string => name ?? `${host ?? ''}:${String(port ?? '')}`;

const NO_RECOVERY: RedisOptions = {
  lazyConnect: true,
  // The replies of XREAD and of subscriptions are the same on every server that way.
  protocol: 2,
  connectTimeout: REDIS_CONNECT_TIMEOUT_MS,
  retryStrategy: null,
  sentinelRetryStrategy: () => null,
  sentinelReconnectStrategy: () => null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
};

export interface LinkOptions {
  /** ms of silence, while an answer is owed, that end the connection. */
  readonly silenceMs: number;
  /** ms that one command may take; absent where commands wait on purpose. */
  readonly commandMs?: number;
  readonly onConnect?: (redis: Redis) => void;
  readonly onEnd?: () => void;
}

/** For commands that are answered at once. */
export const PROMPT: LinkOptions = { silenceMs: REDIS_COMMAND_TIMEOUT_MS, commandMs: REDIS_COMMAND_TIMEOUT_MS };

export class Link {
  readonly #access: Access;
  readonly #options: LinkOptions;
  #redis: Promise<Redis> | null = null;
  #connection: Redis | null = null;
  #pauseUntil = 0;
  #closed = false;

  constructor(access: Access, options: LinkOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** @throws {RedisRefusedError} `UNSENT` where there is no connection and none could be made. */
  async get(): Promise<Redis> {
    if (this.#redis === null && (this.#closed || performance.now() < this.#pauseUntil)) {
      throw new RedisRefusedError('UNSENT', 'not connected');
    }
    this.#redis ??= this.#connect();
    return this.#redis;
  }

  /** Ends the connection; the next `get` makes another. */
  drop(): void {
    this.#connection?.disconnect();
  }

  close(): void {
    this.#closed = true;
    this.drop();
  }

  async #connect(): Promise<Redis> {
    const { silenceMs, commandMs, onConnect, onEnd } = this.#options;
    let reason: unknown = null;
    let connected = false;
    const redis = new Redis({
      ...NO_RECOVERY,
      ...this.#access,
      socketTimeout: silenceMs,
      ...(commandMs !== undefined && { commandTimeout: commandMs }),
    });
    this.#connection = redis;
    redis.on('error', (error) => (reason ??= error));
    redis.once('end', () => {
      // The end of one that could not be made comes after the next one was begun.
      if (this.#connection === redis) this.#redis = null;
      if (connected) onEnd?.();
    });
    try {
      await withinConnectTimeout(redis);
    } catch (error) {
      redis.disconnect();
      this.#redis = null;
      this.#pauseUntil = performance.now() + REDIS_RETRY_MS;
      const cause = reason ?? error;
      throw new RedisRefusedError('UNSENT', cause instanceof Error ? cause.message : String(cause), { cause });
    }
    connected = true;
    onConnect?.(redis);
    return redis;
  }
}

/** A server that is there and loads its data may take longer than a caller can wait. */
const withinConnectTimeout = async (redis: Redis): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the connection took too long')), REDIS_CONNECT_TIMEOUT_MS);
  try {
    await Promise.race([redis.connect(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
