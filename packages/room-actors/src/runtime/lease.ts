/**
 * A process's membership lease. Invariants:
 * 1. It is held only within LEASE_TTL_MS of the *sending* of the last renewal that succeeded.
 * 2. Whoever asks after that finds `onLapse` already run, once per incarnation.
 * 3. An incarnation that lapsed is never held again: once the store answers, the process joins as another one.
 * 4. One that was marked dead does nothing more: `onDead` is told, once.
 */
import {
  LEASE_RENEW_MS,
  LEASE_RETRY_MS,
  LEASE_TTL_MS,
  nodeIdOf,
  pause,
  type Log,
  type Membership,
  type NodeId,
  type NodeIntroduction,
  type Runtime,
  type Timer,
} from '@munova/contracts';
import type { Authority } from './authority.js';
import { messageOf } from './environment.js';

export interface LeaseOptions {
  readonly runtime: Runtime;
  readonly membership: Membership;
  readonly log: Log;
  /** The process; each incarnation is an id of its own under it. */
  readonly name: string;
  readonly introduction: Omit<NodeIntroduction, 'node'>;
}

export interface LeaseEvents {
  /** A new incarnation holds its lease. */
  onHeld(): void;
  /** The lease ran out: whatever was done in its name ends now. */
  onLapse(): void;
  /** Others have taken this process for dead: it must exit. */
  onDead(): void;
}

/** Renewals further apart than this are a gap: what was observed of others before it proves nothing. */
const GAP_MS = LEASE_TTL_MS / 2;

type Phase = 'joining' | 'held' | 'lapsed' | 'over';

export class Lease implements Authority {
  readonly #options: LeaseOptions;
  readonly #events: LeaseEvents;
  #node: NodeId;
  #phase: Phase = 'joining';
  #deadline = 0;
  #renewedAt = 0;
  #steadySince = 0;
  #expiry: Timer | null = null;

  constructor(options: LeaseOptions, events: LeaseEvents) {
    this.#options = options;
    this.#events = events;
    this.#node = this.#incarnation();
  }

  /** The incarnation there is. */
  get node(): NodeId {
    return this.#node;
  }

  /** Monotonic ms at which the lease ends unless it is renewed; 0 where there is none. */
  get heldUntil(): number {
    return this.#phase === 'held' ? this.#deadline : 0;
  }

  /** When the unbroken run of renewals began, monotonic ms. */
  get steadySince(): number {
    return this.#steadySince;
  }

  holds(): boolean {
    if (this.#phase !== 'held') return false;
    if (this.#now() < this.#deadline) return true;
    this.#lapse();
    return false;
  }

  start(): void {
    this.#options.runtime.spawn.background('lease', () => this.#run());
  }

  /** Ends it without a word, as a crash would. Idempotent. */
  stop(): void {
    this.#phase = 'over';
    this.#expiry?.cancel();
  }

  /** Of a process that has nothing left. @throws {ChatError} `unavailable` */
  async leave(): Promise<void> {
    this.stop();
    await this.#options.membership.leave(this.#node);
  }

  async #run(): Promise<void> {
    const { timers, clock } = this.#options.runtime;
    while (this.#phase !== 'over') {
      const sentAt = clock.monotonic();
      let wait = LEASE_RENEW_MS;
      try {
        await this.#step(sentAt);
      } catch (error) {
        wait = LEASE_RETRY_MS;
        this.#options.log.warn({ node: this.#node, error: messageOf(error) }, 'the lease could not be renewed');
      }
      await pause(timers, Math.max(wait - (this.#now() - sentAt), 0));
    }
  }

  async #step(sentAt: number): Promise<void> {
    const { membership, introduction } = this.#options;
    if (this.#phase === 'joining') await membership.join({ ...introduction, node: this.#node });
    // A first join may have landed long ago without an answer: only a renewal says that the lease is fresh.
    const verdict = await membership.renew(this.#node);
    if (this.#isOver()) return;
    if (verdict === 'dead') this.#die();
    else if (this.#phase === 'joining' || this.holds()) this.#hold(sentAt);
    // An answer older than a lease says nothing of now: others may have taken it for dead since. It asks again at once.
    else if (this.#now() < sentAt + LEASE_TTL_MS) await this.#comeBack();
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #hold(sentAt: number): void {
    const now = this.#now();
    if (now >= sentAt + LEASE_TTL_MS) return;
    const fresh = this.#phase === 'joining';
    if (fresh || now - this.#renewedAt > GAP_MS) this.#steadySince = now;
    this.#renewedAt = now;
    this.#deadline = sentAt + LEASE_TTL_MS;
    this.#phase = 'held';
    this.#expiry?.cancel();
    this.#expiry = this.#options.runtime.timers.after(this.#deadline - now, () => this.holds());
    if (fresh) this.#events.onHeld();
  }

  #lapse(): void {
    this.#phase = 'lapsed';
    this.#options.log.warn({ node: this.#node }, 'the lease ran out; every shard is given up');
    this.#events.onLapse();
  }

  /** Nobody took it for dead, so its record may go, and with it its claim to what it owned; else others see it end. */
  async #comeBack(): Promise<void> {
    const former = this.#node;
    this.#node = this.#incarnation();
    this.#phase = 'joining';
    await this.#options.membership.leave(former);
    if (!this.#isOver()) await this.#step(this.#now());
  }

  #die(): void {
    const held = this.#phase === 'held';
    this.stop();
    if (held) this.#events.onLapse();
    this.#options.log.error({ node: this.#node, alert: true }, 'this process was taken for dead');
    this.#events.onDead();
  }

  #incarnation(): NodeId {
    return nodeIdOf(this.#options.name, this.#options.runtime.random.id());
  }

  #now(): number {
    return this.#options.runtime.clock.monotonic();
  }
}
