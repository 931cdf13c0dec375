import { OWED_PATIENCE_MS } from '@munova/contracts';
import type { ChatError, SessionId } from '@munova/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DispatcherBench, message, ROOM } from './fake-shard.js';
import { HostileActor } from './hostile-actor.js';

/** What a client does with an id that was answered `later`. */
interface Habits {
  /** Chance of giving it up. */
  readonly givesUp: number;
  /** Chance of sending, long after, what was given up. */
  readonly regrets: number;
  /** Longest pause before it is sent again, ms. */
  readonly hesitates: number;
}

/**
 * A client that waits for nothing: it sends whatever is said at once, and each message that was answered
 * `later` again when it likes. Where its session is ended it begins another one and sends all it has.
 */
class PipeliningClient {
  readonly sessions: SessionId[] = [];
  readonly firstSends = new Map<SessionId, Set<string>>();
  readonly unsettled = new Set<string>();
  readonly #bench: DispatcherBench;
  readonly #habits: Habits;
  #said = 0;

  constructor(bench: DispatcherBench, habits: Habits) {
    this.#bench = bench;
    this.#habits = habits;
    this.#connect();
  }

  say(): void {
    const cmid = `m-${String(++this.#said)}`;
    this.unsettled.add(cmid);
    this.#send(cmid);
  }

  get #session(): SessionId {
    return this.sessions.at(-1)!;
  }

  #connect(): void {
    const session = `s${String(this.sessions.length)}` as SessionId;
    this.sessions.push(session);
    this.firstSends.set(session, new Set());
    for (const cmid of this.unsettled) this.#send(cmid);
  }

  #send(cmid: string): void {
    const session = this.#session;
    this.firstSends.get(session)?.add(cmid);
    this.#bench.dispatcher.submit(session, message(cmid)).then(
      ({ outcome }) => {
        if (outcome.status === 'later') this.#onLater(session, cmid);
        else this.unsettled.delete(cmid);
      },
      (error: ChatError) => {
        expect(error.code).toBe('outcome-unknown');
        if (session !== this.#session) return;
        this.#bench.dispatcher.endSession(session);
        this.#connect();
      },
    );
  }

  #onLater(session: SessionId, cmid: string): void {
    const { timers, random } = this.#bench.runtime;
    const { givesUp, regrets, hesitates } = this.#habits;
    const gaveUp = random.next() < givesUp;
    if (gaveUp) this.unsettled.delete(cmid);
    if (gaveUp && random.next() >= regrets) return;
    timers.after((gaveUp ? OWED_PATIENCE_MS : 0) + random.next() * hesitates, () => {
      if (session === this.#session) this.#send(cmid);
    });
  }
}

it('[I6] [E24] [E28] send order is seq order for a client that waits for no answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(3_000)), { minLength: 1, maxLength: 15 }),
      fc.record({ givesUp: fc.constantFrom(0, 0.3), regrets: fc.constantFrom(0, 0.5), hesitates: fc.nat(5_000) }),
      async (seed, bursts, habits) => {
        const bench = new DispatcherBench(seed);
        const actor = new HostileActor(bench, () => bench.runtime.random.next());
        const client = new PipeliningClient(bench, habits);
        for (const [count, pause] of bursts) {
          for (let i = 0; i < count; i++) client.say();
          await bench.runtime.advance(pause);
        }
        await bench.runtime.advance(900_000);
        const log = actor.logs.get(ROOM) ?? [];
        for (const [session, sent] of client.firstSends) {
          const ofSession = (cmid: string): boolean => actor.loggedFor.get(`${ROOM} ${cmid}`) === session;
          expect(log.filter(ofSession)).toEqual([...sent].filter(ofSession));
        }
        expect([...client.unsettled]).toEqual([]);
        expect([bench.dispatcher.pending, bench.runtime.faults]).toEqual([0, []]);
      },
    ),
    { numRuns: 150 },
  );
});
