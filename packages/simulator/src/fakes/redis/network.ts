/** What lies between processes and the servers of a fake Redis. */
import type { Timers } from '@munova/contracts';
import type { FakeServer } from './server.js';

/** What reaches Redis for a process: its own timers, and a way there and back that outlives it. `SimProcess` is one. */
export interface FakeCaller {
  readonly name: string;
  readonly timers: Timers;
  travel<T>(trip: { name: string; there: number; back: number; act: () => Promise<T> }): Promise<T>;
}

export interface FakeCall {
  /** The name of the calling process. */
  readonly client: string;
  readonly what: 'append' | 'commit' | 'lag' | 'read' | 'block' | 'unblock' | 'publish' | 'subscribe' | 'unsubscribe';
  readonly keys: readonly string[];
}

/**
 * Lost: nobody notices before a time limit. Reset: the connection ends, and both sides notice. Late: the connection
 * ends for its caller, and what it had sent arrives so much later all the same.
 */
export type Fate =
  'request-lost' | 'request-reset' | 'answer-lost' | 'answer-reset' | { readonly lateMs: number } | null;

/** A message may come late, which lets those of other channels overtake it, never those of its own. */
export type MessageFate = 'lost' | { readonly delayMs: number } | null;

/** A connection as those see it who end it. */
export interface OpenConnection {
  readonly caller: FakeCaller;
  readonly server: FakeServer;
  end(): void;
  /** Its process is gone: nobody there is told anything. */
  abandon(): void;
}

export interface FakeMessage {
  /** The name of the hearing process. */
  readonly client: string;
  readonly channel: string;
  readonly message: string;
}

/** The ways, and what becomes of what takes them. */
export interface Network {
  readonly cluster: boolean;
  /** ms from an arbitrary origin. */
  readonly now: number;
  /** ms of one way. */
  networkMs(): number;
  serverOf(key: string): FakeServer;
  fateOf(call: FakeCall): Fate;
  messageFateOf(message: FakeMessage): MessageFate;
  /** Nothing passes to and from this process. */
  isSilent(client: string): boolean;
  began(connection: OpenConnection): void;
  ended(connection: OpenConnection): void;
}
