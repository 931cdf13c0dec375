/**
 * One connection of a process to a server. Invariants:
 * 1. Requests arrive in the order in which they were sent, and answers come in that order as well.
 * 2. Every call settles: with its answer, or with an unknown outcome when its time is over or the connection ends.
 * 3. A connection that owed an answer for too long is ended.
 */
import { RedisUnknownError } from '@munova/bus';
import type { FakeCall, FakeCaller, Fate, Network, OpenConnection } from './network.js';
import type { Ear, FakeServer } from './server.js';

export class FakeConnection implements Ear, OpenConnection {
  readonly caller: FakeCaller;
  readonly server: FakeServer;
  readonly #redis: Network;
  readonly #incarnation: number;
  readonly #onMessage: (channel: string, message: string) => void;
  readonly #onEnd: () => void;
  readonly #pending = new Set<(error: Error) => void>();
  /** When the last request arrives, the last answer comes, and the last message of each channel. */
  readonly #arrivals = { request: 0, answer: 0, messages: new Map<string, number>() };
  open = true;

  constructor(
    redis: Network,
    caller: FakeCaller,
    server: FakeServer,
    onMessage: (channel: string, message: string) => void,
    onEnd: () => void,
  ) {
    this.#redis = redis;
    this.caller = caller;
    this.server = server;
    this.#incarnation = server.incarnation;
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  /** @throws {RedisRefusedError | RedisUnknownError} */
  call<T>(call: FakeCall, limitMs: number, act: (server: FakeServer) => T | Promise<T>): Promise<T> {
    const fate = this.#redis.fateOf(call);
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        timer.cancel();
        this.#pending.delete(fail);
        end();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const timer = this.caller.timers.after(limitMs, () => {
        fail(new RedisUnknownError('no answer in time'));
        this.end();
      });
      this.#pending.add(fail);
      this.#send(call, fate, act).then(
        (answer) => settle(() => resolve(answer)),
        (error: unknown) => fail(error as Error),
      );
    });
  }

  hear(channel: string, message: string): void {
    const fate = this.#redis.messageFateOf({ client: this.caller.name, channel, message });
    if (fate === 'lost' || this.#redis.isSilent(this.caller.name)) return;
    const now = this.#redis.now;
    const last = this.#arrivals.messages.get(channel) ?? 0;
    const at = Math.max(now + this.#redis.networkMs() + (fate?.delayMs ?? 0), last);
    this.#arrivals.messages.set(channel, at);
    this.caller.timers.after(at - now, () => {
      if (this.open) this.#onMessage(channel, message);
    });
  }

  /** Both sides find out: what is under way is of unknown outcome. */
  end(): void {
    if (!this.open) return;
    this.open = false;
    this.#redis.ended(this);
    this.server.leave(this);
    for (const fail of [...this.#pending]) fail(new RedisUnknownError('the connection was lost'));
    this.#onEnd();
  }

  abandon(): void {
    this.open = false;
    this.#redis.ended(this);
    this.server.leave(this);
  }

  #send<T>(call: FakeCall, fate: Fate, act: (server: FakeServer) => T | Promise<T>): Promise<T> {
    if (typeof fate === 'object' && fate !== null) return this.#sendLate(call, fate.lateMs, act);
    const arrives = Math.max(this.#redis.now + this.#redis.networkMs(), this.#arrivals.request);
    const answered = Math.max(arrives + this.#redis.networkMs(), this.#arrivals.answer);
    this.#arrivals.request = arrives;
    this.#arrivals.answer = answered;
    const silent = this.#redis.isSilent(this.caller.name);
    return this.caller.travel({
      name: `redis ${call.what}`,
      there: arrives - this.#redis.now,
      back: answered - arrives,
      act: async () => {
        if (fate === 'request-lost' || silent || this.server.incarnation !== this.#incarnation) return never<T>();
        if (fate === 'request-reset') return this.#reset<T>();
        const answer = await act(this.server);
        if (fate === 'answer-lost' || this.#redis.isSilent(this.caller.name)) return never<T>();
        return fate === 'answer-reset' ? this.#reset<T>() : answer;
      },
    });
  }

  #sendLate<T>(call: FakeCall, lateMs: number, act: (server: FakeServer) => T | Promise<T>): Promise<T> {
    void this.caller.travel({
      name: `redis ${call.what} (late)`,
      there: this.#redis.networkMs() + lateMs,
      back: 0,
      act: async () => (this.server.incarnation === this.#incarnation ? void (await act(this.server)) : undefined),
    });
    return this.#reset();
  }

  #reset<T>(): Promise<T> {
    this.caller.timers.after(0, () => this.end());
    return never();
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
