import { isRegistered, type Entry, type RoomId } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve, needsToEvolve } from '../../src/core/evolve.js';
import { roomNameKey } from '../../src/core/names.js';
import { emptyRoom, recordOf, roomFrom, withMember } from '../../src/core/state.js';
import { keyOf, type Judged } from './owner.js';
import { capacityOf, isOpen, nameOf, seated, seatOf } from './reference.js';
import { at, expected, ROOMS, USERS, World, commandFor, type Step, type Wish } from './world.js';

/** What was seen of a history so far, and must never be contradicted. */
class Witness {
  readonly world = new World((judged) => this.#judged(judged));
  readonly #seen = new Map<RoomId, Entry[]>(ROOMS.map((room) => [room, []]));
  readonly #outcomes = new Map<string, { bodyHash: string; text: string }>();
  #answers = 0;

  play(step: Step): void {
    this.#watch(() => this.world.play(step));
  }

  /** Until nobody waits for anything. */
  drain(): void {
    this.#watch(() => this.world.drain());
  }

  #watch(action: () => void): void {
    const { failures } = this.world.register;
    action();
    if (this.world.register.failures > failures) this.#sweep();
    for (const room of ROOMS) this.#checkLog(room);
    this.#checkAnswers();
    this.#checkNames();
  }

  /** Decided as the reference does, unless it is a copy of what has its outcome already. */
  #judged(judged: Judged): void {
    const { command, ctx, decision, planned } = judged;
    const known = this.world.register.outcome(command);
    if (decision.repeated) {
      expect([known?.outcome, planned.get(keyOf(command))]).toContainEqual(decision.outcome);
      expect(decision.documents).toEqual([]);
      return;
    }
    if (decision.outcome.status === 'refused' && decision.outcome.code === 'cmid-conflict') {
      expect(decision.documents).toEqual([]);
      return;
    }
    const told = decision.documents.map((d) =>
      isRegistered(d) ? (d.code ?? d.kind) : `${d.kind} ${JSON.stringify(d.data)}`,
    );
    expect({ outcome: decision.outcome, told }).toEqual(expected(judged));
    expect(ctx.known).toBeNull();
  }

  /** I1, I2, I3, I6, I9 and R5 of one room. */
  #checkLog(room: RoomId): void {
    const log = this.world.register.log(room);
    const seen = this.#seen.get(room) ?? [];
    if (log.length === seen.length && log.every((e, i) => e === seen[i])) return;
    expect(log.every((e, i) => e.seq === i + 1)).toBe(true);
    expect(new Set(log.map((e) => `${e.sender} ${e.cmid}`)).size).toBe(log.length);
    for (const [i, before] of seen.entries()) {
      const now = at(log, i);
      if (now === before) continue;
      expect(now).toEqual({ ...before, type: null, content: null, redacted: true });
      seen[i] = now;
    }
    for (let i = seen.length; i < log.length; i += 1) {
      const prefix = log.slice(0, i + 1);
      const entry = at(log, i);
      expect(seated(prefix)).toBeLessThanOrEqual(capacityOf(prefix));
      expect(entry.kind === 'created').toBe(i === 0);
      expect(entry.ts).toBeGreaterThanOrEqual(log[i - 1]?.ts ?? 0);
      expect(entry.n).toBe(prefix.filter((e) => e.kind === 'message').length);
      seen.push(entry);
    }
    for (const user of USERS) {
      const firsts = this.world.sent.filter((c) => c.actor === user && c.room === room).map((c) => c.cmid);
      const logged = log.filter((e) => e.sender === user.id && firsts.includes(e.cmid)).map((e) => e.cmid);
      expect(logged).toEqual(firsts.filter((id, i) => logged.includes(id) && firsts.indexOf(id) === i));
    }
  }

  /** I12: one body of an id has one outcome for ever, every other is a conflict, and the log agrees. */
  #checkAnswers(): void {
    for (const { command, outcome } of this.world.answers.slice(this.#answers)) {
      const first = this.#outcomes.get(keyOf(command));
      const conflict = outcome.status === 'refused' && outcome.code === 'cmid-conflict';
      const text = JSON.stringify(outcome);
      if (first === undefined) {
        if (!conflict) this.#outcomes.set(keyOf(command), { bodyHash: command.bodyHash, text });
      } else {
        expect(conflict).toBe(first.bodyHash !== command.bodyHash);
        if (!conflict) expect(text).toBe(first.text);
      }
      const entry = this.world.register
        .log(command.room)
        .find((e) => e.sender === command.actor.id && e.cmid === command.cmid);
      if (!conflict) expect(entry?.seq).toBe(outcome.status === 'logged' ? outcome.seq : undefined);
    }
    this.#answers = this.world.answers.length;
  }

  /** Names are held by exactly the groups that bear them. */
  #checkNames(): void {
    const held = ROOMS.slice(1).flatMap((room) => {
      const name = nameOf(this.world.register.log(room));
      return name === null ? [] : [[roomNameKey(name), room] as const];
    });
    expect(new Map(held).size).toBe(held.length);
    expect(new Map([...this.world.register.names].sort())).toEqual(new Map([...held].sort()));
  }

  /** What a failed commit leaves reserved is found by age in the product; here at once. */
  #sweep(): void {
    const { names } = this.world.register;
    for (const [name, room] of names) if (nameOf(this.world.register.log(room)) !== name) names.delete(name);
  }

  /** R24: from nothing and from every projection that ever was. */
  checkRebuilt(): void {
    const { register, projections } = this.world;
    for (const room of ROOMS) {
      const log = register.log(room);
      const bases = [emptyRoom(room), ...(projections.get(room) ?? []).map(roomFrom)];
      const rebuilt = bases.map((base) => {
        const tail = log.slice(base.head);
        const users = needsToEvolve(base, tail);
        const state = users.reduce((s, user) => withMember(s, user, register.member(room, user)), base);
        return tail.reduce(evolve, state);
      });
      for (const state of rebuilt) {
        expect(recordOf(state)).toEqual(recordOf(at(rebuilt, 0)));
        for (const [user, record] of state.members.entries()) {
          expect(record?.status ?? 'never').toBe(seatOf(log, user));
        }
      }
      const record = recordOf(at(rebuilt, 0));
      if (record === null) continue;
      expect(record).toMatchObject({
        status: isOpen(log) ? 'OPENED' : 'CLOSED',
        name: nameOf(log),
        memberCount: seated(log),
        stateSeq: log.length,
      });
      const owner = this.world.owners[ROOMS.indexOf(room)]?.[0];
      if (owner) expect(recordOf(owner.follow())).toEqual(record);
    }
  }
}

const wish: fc.Arbitrary<Wish> = fc.record({
  user: fc.nat(5),
  room: fc.nat(2),
  kind: fc.constantFrom(
    ...([
      'message',
      'message',
      'message',
      'message',
      'join',
      'join',
      'join',
      'leave',
      'leave',
      'kick',
      'kick',
    ] as const),
    ...(['unkick', 'close', 'open', 'open', 'update', 'update', 'redact', 'redact', 'create-group'] as const),
    'create-inquiry',
  ),
  other: fc.nat(5),
  name: fc.nat(4),
  size: fc.nat(5),
  target: fc.nat(24),
});

const where = { room: fc.nat(2), owner: fc.nat(1) };
const send = fc.record({ do: fc.constant('send' as const), wish });
const deliver = fc.record({
  do: fc.constant('deliver' as const),
  picks: fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }),
  owner: fc.nat(1),
});
const copy = fc.record({
  do: fc.constant('copy' as const),
  of: fc.nat(100),
  twist: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: send },
  { weight: 8, arbitrary: deliver },
  { weight: 4, arbitrary: copy },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'trim' as const), ...where }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('project' as const), half: fc.boolean(), ...where }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fate' as const), fate: fc.constantFrom('refused', 'lost', 'part') }),
  },
);

/** Most of a history would be CHAT_01 without rooms: they are asked for first. */
const PRELUDE: readonly Step[] = [
  ...[0, 1, 2].map((room) => ({ user: 0, room, kind: 'create-group' as const })),
  ...[1, 2, 1, 2].map((room, i) => ({ user: i < 2 ? 2 : 5, room, kind: 'join' as const })),
].map((wished) => ({ do: 'send', wish: { ...wished, other: 0, name: wished.room % 2, size: 1, target: 1 } }));

describe('random histories', () => {
  it('[I1] [I2] [I3] [I6] [I9] [I12] [R1] [R16] [R24] hold with retries, late copies, stale owners, crashes and failed appends', () => {
    const tally = new Map<string, number>();
    fc.assert(
      fc.property(fc.nat(3), fc.array(step, { minLength: 20, maxLength: 90, size: 'max' }), (race, steps) => {
        const witness = new Witness();
        for (const s of PRELUDE) witness.play(s);
        if (race > 0) witness.drain();
        for (const s of steps) witness.play(s);
        witness.drain();
        witness.checkRebuilt();
        expect(witness.world.answers.length).toBeGreaterThanOrEqual(witness.world.sent.length);
        for (const { outcome } of witness.world.answers) {
          const what = outcome.status === 'logged' ? outcome.kind : outcome.status === 'noop' ? 'noop' : outcome.code;
          tally.set(what, (tally.get(what) ?? 0) + 1);
        }
      }),
      { numRuns: 500 },
    );
    // A suite that never reaches a rule proves nothing about it.
    const reached = [...tally.keys()];
    const kinds = [
      'created',
      'message',
      'joined',
      'left',
      'kicked',
      'closed',
      'opened',
      'renamed',
      'resized',
      'redacted',
    ];
    const codes = ['CHAT_01', 'CHAT_02', 'CHAT_03', 'CHAT_04', 'CHAT_06', 'CHAT_09', 'CHAT_10', 'AUTH_01', 'AUTH_02'];
    expect(reached).toEqual(expect.arrayContaining([...kinds, ...codes, 'noop', 'not-found', 'cmid-conflict']));
  }, 60_000);

  it('[I12] [R1] a late copy that the room has forgotten runs into its first outcome in the store', () => {
    const witness = new Witness();
    for (const s of PRELUDE) witness.play(s);
    const refused = commandFor({ user: 3, room: 1, kind: 'message', other: 0, name: 0, size: 0, target: 7 }, 900);
    witness.world.send(refused);
    witness.drain();
    witness.world.send(commandFor({ user: 3, room: 1, kind: 'join', other: 0, name: 0, size: 0, target: 0 }, 901));
    witness.drain();
    witness.play({ do: 'crash', room: 1, owner: 0 });
    witness.world.copies.push(refused);
    witness.play({ do: 'deliver', picks: [6], owner: 0 });
    expect(witness.world.answers.at(-1)?.outcome).toEqual({ status: 'refused', code: 'CHAT_03' });
    expect(witness.world.register.failures).toBe(1);
    expect(witness.world.register.log(at(ROOMS, 1)).filter((e) => e.kind === 'message')).toEqual([]);
  });
});
