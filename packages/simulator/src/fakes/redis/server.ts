/**
 * One primary and the replica that follows it. Invariants:
 * 1. The replica has the primary's effects up to `replicationMs` ago, script by script: a failover loses whole scripts
 *    from the end, and nothing else.
 * 2. Connections and subscriptions are of one incarnation; what was sent to an earlier one and had not arrived is lost.
 */
import type { Clock, Timers } from '@munova/contracts';
import { RedisRefusedError, type ScriptName, type StreamPosition, type StreamReply } from '@munova/bus';
import { Dataset, type Effect } from './dataset.js';
import { ALLOWED_OUT_OF_MEMORY, Run, SCRIPTS } from './scripts.js';

/** Somebody who hears a server's channels. */
export interface Ear {
  readonly caller: { readonly name: string };
  hear(channel: string, message: string): void;
}

/** A read that waits. */
interface Waiter {
  readonly streams: readonly StreamPosition[];
  readonly end: (replies: readonly StreamReply[]) => void;
  readonly count: number;
}

interface Replicating {
  readonly due: number;
  readonly effects: readonly Effect[];
}

export interface ServerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** ms that its replica is behind. */
  readonly replicationMs: number;
}

export class FakeServer {
  readonly #options: ServerOptions;
  #data = new Dataset();
  #replica = new Dataset();
  #replicating: Replicating[] = [];
  readonly #waiters = new Map<object, Waiter>();
  readonly #channels = new Map<string, Set<Ear>>();
  /** ms that its clock is ahead of the world's. */
  #skewMs = 0;
  #downUntil = -Infinity;
  incarnation = 0;
  /** Out of memory. */
  full = false;
  /** Demoted, and not yet found out. */
  readOnly = false;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get up(): boolean {
    return this.#options.clock.monotonic() >= this.#downUntil;
  }

  /** The replica takes over, after `downMs`; its clock is off by `skewMs`. */
  failOver(downMs: number, skewMs: number): void {
    this.#replicate();
    this.#begin(this.#replica, downMs);
    this.#skewMs = skewMs;
  }

  restartEmpty(downMs: number): void {
    this.#begin(new Dataset(), downMs);
  }

  forget(key: string): void {
    const run = this.#begun();
    run.change({ do: 'del', key });
    this.#commit(run);
  }

  add(key: string, fields: readonly string[]): void {
    const run = this.#begun();
    run.add(key, fields);
    this.#commit(run);
  }

  run(name: ScriptName, keys: readonly string[], args: readonly string[]): readonly (string | number)[] {
    if (this.readOnly) throw new RedisRefusedError('READONLY', "READONLY You can't write against a read only replica.");
    if (this.full && !ALLOWED_OUT_OF_MEMORY.has(name)) throw new RedisRefusedError('OOM', 'OOM out of memory');
    const run = this.#begun();
    const reply = SCRIPTS[name](run, keys, args);
    this.#commit(run);
    return reply;
  }

  read(streams: readonly StreamPosition[], count: number): readonly StreamReply[] {
    const replies = streams.map(({ key, after }) => ({ key, entries: this.#data.xread(key, after, count) }));
    return replies.filter(({ entries }) => entries.length > 0);
  }

  /** `reader` names the connection. */
  block(
    reader: object,
    streams: readonly StreamPosition[],
    count: number,
    blockMs: number,
  ): Promise<readonly StreamReply[]> {
    const there = this.read(streams, count);
    if (there.length > 0) return Promise.resolve(there);
    return new Promise((resolve) => {
      const timer = this.#options.timers.after(blockMs, () => end([]));
      const end = (replies: readonly StreamReply[]): void => {
        timer.cancel();
        this.#waiters.delete(reader);
        resolve(replies);
      };
      this.#waiters.set(reader, { streams, count, end });
    });
  }

  unblock(reader: object): boolean {
    const waiter = this.#waiters.get(reader);
    waiter?.end([]);
    return waiter !== undefined;
  }

  publish(channel: string, message: string): void {
    for (const ear of this.#channels.get(channel) ?? []) ear.hear(channel, message);
  }

  subscribe(ear: Ear, channels: readonly string[]): void {
    for (const name of channels) this.#channels.set(name, (this.#channels.get(name) ?? new Set()).add(ear));
  }

  unsubscribe(ear: Ear, channels: readonly string[]): void {
    for (const name of channels) this.#channels.get(name)?.delete(ear);
  }

  /** The channels of a process go on without it. */
  deafen(client: string): void {
    for (const ears of this.#channels.values()) {
      for (const ear of ears) if (ear.caller.name === client) ears.delete(ear);
    }
  }

  /** What a connection that ended was subscribed to and waited for. */
  leave(connection: Ear): void {
    this.#waiters.delete(connection);
    for (const ears of this.#channels.values()) ears.delete(connection);
  }

  #begin(data: Dataset, downMs: number): void {
    this.#data = data;
    this.#replica = data.copy();
    this.#replicating = [];
    this.#waiters.clear();
    this.#channels.clear();
    this.#skewMs = 0;
    this.#downUntil = this.#options.clock.monotonic() + downMs;
    this.readOnly = false;
    this.incarnation += 1;
  }

  #begun(): Run {
    return new Run(this.#data, Math.floor(this.#options.clock.now()) + this.#skewMs);
  }

  #commit({ effects, published }: Run): void {
    this.#replicate();
    const due = this.#options.clock.monotonic() + this.#options.replicationMs;
    if (effects.length > 0) this.#replicating.push({ due, effects });
    for (const { channel, message } of published) this.publish(channel, message);
    this.#serve(new Set(effects.filter((effect) => effect.do === 'xadd').map(({ key }) => key)));
  }

  /** Brings the replica to where it is by now. */
  #replicate(): void {
    const now = this.#options.clock.monotonic();
    const behind = this.#replicating.findIndex(({ due }) => due > now);
    const arrived = this.#replicating.splice(0, behind < 0 ? this.#replicating.length : behind);
    for (const { effects } of arrived) for (const effect of effects) this.#replica.apply(effect);
  }

  #serve(keys: ReadonlySet<string>): void {
    if (keys.size === 0) return;
    for (const { streams, count, end } of [...this.#waiters.values()]) {
      if (streams.some(({ key }) => keys.has(key))) end(this.read(streams, count));
    }
  }
}
