/**
 * The whole runtime under random commands of several edges and random faults of store and stream,
 * checked against nothing but the log and what the edges were told.
 */
import {
  asRoomId,
  asSeq,
  type Command,
  type Entry,
  type Outcome,
  type ReplyItem,
  type RoomId,
} from '@munova/contracts';
import { seededRandom } from '@munova/contracts/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf, freshId, haneul, jisoo, minji, say } from '../core/people.js';
import type { Sent, SimEdge } from './edge.js';
import { groupOf, join, storeDown } from './scenes.js';
import { World } from './world.js';

const ROOMS = ['r-1', 'r-2', 'r-3'].map(asRoomId);
const PEOPLE = [minji, jisoo, haneul];
const NAMES = ['부츠', '운동화', '샌들'];
const ROUNDS = 14;
const CAPACITY = 2;

type Random = ReturnType<typeof seededRandom>;
const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random.next() * of.length)] as T;

type Answer = ReplyItem['outcome'];

/**
 * One un-answered batch at a time in its room; what it got no answer to it repeats. As at an edge a
 * command's first answer counts, and a `later` is the answer of everything behind it in the batch too.
 */
class Session {
  readonly name: string;
  readonly edge: SimEdge;
  readonly room: RoomId;
  /** First SENDs in order. */
  readonly history: Sent[] = [];
  readonly answers = new Map<Sent, Answer>();
  #sent: readonly Sent[] = [];
  #heard = 0;
  #attempt = 0;
  #old: Command[] = [];

  constructor(name: string, edge: SimEdge, room: RoomId) {
    this.name = name;
    this.edge = edge;
    this.room = room;
  }

  async act(random: Random): Promise<void> {
    const unanswered = this.#unanswered;
    if (unanswered.length > 0) return this.#repeat(unanswered, random);
    const later = this.#sent.filter((s) => this.answers.get(s)?.status === 'later').map((s) => s.command);
    const commands =
      later.length > 0 ? later : Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => this.#make(random));
    this.#attempt = 1;
    this.#sent = await this.edge.send(this.name, commands);
    this.#old = [...this.#old, ...commands];
    this.history.push(...this.#sent);
  }

  /** Only repeats. */
  async insist(): Promise<void> {
    this.#attempt += 1;
    await this.edge.again(this.name, this.#unanswered, this.#attempt);
  }

  get #unanswered(): readonly Sent[] {
    this.listen();
    return this.#sent.filter((s) => !this.answers.has(s));
  }

  /** Takes in what the edge was told since. */
  listen(): void {
    const { replies } = this.edge;
    for (const { ref, outcome } of replies.slice(this.#heard)) {
      const at = this.#sent.findIndex((s) => s.ref === ref);
      const settled = at < 0 ? [] : outcome.status === 'later' ? this.#sent.slice(at) : this.#sent.slice(at, at + 1);
      for (const sent of settled) if (!this.answers.has(sent)) this.answers.set(sent, outcome);
    }
    this.#heard = replies.length;
  }

  async #repeat(unanswered: readonly Sent[], random: Random): Promise<void> {
    if (random.next() < 0.5) return;
    this.#attempt += 1;
    await this.edge.again(this.name, unanswered, this.#attempt);
  }

  #make(random: Random): Command {
    const actor = pick(random, PEOPLE);
    const { room } = this;
    const chance = random.next();
    if (chance < 0.1 && this.#old.length > 0) return pick(random, this.#old);
    if (chance < 0.2) return groupOf(room, minji, CAPACITY, pick(random, NAMES));
    if (chance < 0.35) return join(room, actor);
    if (chance < 0.4) return commandOf('leave', room, actor, {});
    if (chance < 0.45) return commandOf('kick', room, minji, { userId: actor.id });
    if (chance < 0.5) return commandOf('update', room, minji, { name: pick(random, NAMES), maxParticipants: null });
    if (chance < 0.55) return commandOf('redact', room, minji, { targetSeq: asSeq(1 + Math.floor(random.next() * 8)) });
    return say(room, actor, `m${String(random.next())}`, freshId());
  }
}

const faulty = (world: World, random: Random): void => {
  world.faults.append = async (_commit, proceed) => {
    const chance = random.next();
    if (chance < 0.1) throw storeDown('no');
    if (chance < 0.2) throw storeDown('unknown');
    await proceed();
    if (chance < 0.35) throw storeDown('unknown');
  };
  world.faults.call = async () => {
    if (random.next() < 0.1) throw new Error('no answer');
  };
  world.beforeStreamCommit = async () => {
    if (random.next() < 0.15) throw new Error('no bus');
  };
};

const heal = (world: World): void => {
  world.faults.none();
  world.beforeStreamCommit = () => Promise.resolve();
};

const run = async (seed: number): Promise<{ world: World; sessions: Session[]; edges: SimEdge[] }> => {
  const random = seededRandom(seed);
  const world = await World.started({
    seed,
    shards: 2,
    limits: { mailboxCommands: 6, commitDocuments: 8, activeRooms: 3 },
  });
  const edges = [await world.edge('edge-1'), await world.edge('edge-2')];
  const sessions = ROOMS.flatMap((room) => edges.map((edge) => new Session(`${edge.id}-${room}`, edge, room)));
  for (const edge of edges)
    for (const room of ROOMS) await edge.append(room, null, [{ frame: 'announce', rooms: [room] }]);
  faulty(world, random);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const session of sessions) if (random.next() < 0.7) await session.act(random);
    if (random.next() < 0.1) await world.crashAndRestart();
    else await world.pass(pick(random, [0, 5, 50, 500]));
  }
  heal(world);
  for (let i = 0; i < 5; i += 1) {
    await world.pass(5_000);
    for (const session of sessions) await session.insist();
  }
  // Whoever meets a room again finds and projects what a crash left behind.
  for (const room of ROOMS) await edges[0]?.watch(room, minji);
  await world.pass(10_000);
  return { world, sessions, edges };
};

const checkLog = async (world: World, room: RoomId): Promise<readonly Entry[]> => {
  const log = await world.log(room);
  expect(log.map((e) => e.seq)).toEqual(log.map((_, i) => i + 1));
  expect(new Set(log.map((e) => `${e.sender} ${e.cmid}`)).size).toBe(log.length);
  let members = 0;
  let [ts, epoch] = [0, 0];
  for (const entry of log) {
    if (entry.kind === 'joined') members += 1;
    if ((entry.kind === 'left' || entry.kind === 'kicked') && !entry.data.seatless) members -= 1;
    expect(members).toBeLessThanOrEqual(CAPACITY);
    expect(entry.epoch).toBeGreaterThanOrEqual(epoch);
    expect(entry.ts).toBeGreaterThanOrEqual(ts);
    [ts, epoch] = [entry.ts, entry.epoch];
  }
  const record = await world.store.directory.get(room);
  if (log[0]?.kind === 'created') expect(record).toMatchObject({ stateSeq: log.length, memberCount: members });
  return log;
};

const checkReplies = (log: readonly Entry[], sessions: readonly Session[]): void => {
  const outcomes = new Map<string, Outcome>();
  for (const { edge, history, room } of sessions) {
    if (log[0] !== undefined && log[0].room !== room) continue;
    for (const { ref, command } of history) {
      const key = `${command.actor.id} ${command.cmid}`;
      for (const { outcome } of edge.replies.filter((reply) => reply.ref === ref)) {
        if (outcome.status === 'later') continue;
        expect(outcomes.get(key) ?? outcome).toEqual(outcome);
        outcomes.set(key, outcome);
        const logged = log.find((e) => e.sender === command.actor.id && e.cmid === command.cmid);
        expect(logged?.seq).toBe(outcome.status === 'logged' ? outcome.seq : undefined);
      }
    }
  }
};

/** Over the first SENDs of accepted ids. */
const checkOrder = (log: readonly Entry[], { answers, history }: Session): void => {
  const seen = new Set<string>();
  let last = 0;
  for (const sent of history) {
    const outcome = answers.get(sent);
    const key = `${sent.command.actor.id} ${sent.command.cmid}`;
    if (outcome?.status !== 'logged' || seen.has(key)) continue;
    seen.add(key);
    expect(outcome.seq).toBeGreaterThan(last);
    last = outcome.seq;
  }
  expect(last).toBeLessThanOrEqual(log.length);
};

/** What an edge was sent of a room is what stands in the log; a redaction may have blanked it since. */
const checkPublished = (log: readonly Entry[], published: readonly Entry[]): void => {
  for (const entry of published) {
    const there = log[entry.seq - 1];
    expect({ ...there, type: null, content: null, redacted: null }).toEqual({
      ...entry,
      type: null,
      content: null,
      redacted: null,
    });
    if (there && !there.redacted) expect(there.content).toBe(entry.content);
  }
};

describe('the runtime under random commands and faults', () => {
  it('[I1] [I2] [I3] [I4] [I6] [I7] [I9] [I12] [A39] log, replies and publications agree, and everything resolves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        const { world, sessions, edges } = await run(seed);
        for (const room of ROOMS) {
          const log = await checkLog(world, room);
          const own = sessions.filter((session) => session.room === room);
          checkReplies(log, own);
          for (const session of own) {
            session.listen();
            checkOrder(log, session);
            for (const sent of session.history) expect(session.answers.has(sent)).toBe(true);
          }
          for (const edge of edges) checkPublished(log, edge.entries(room));
          expect(await world.waiting(room)).toBe(0);
        }
        expect(await world.store.projection.openIntents()).toEqual([]);
        world.node.stop();
      }),
      // Seeds that failed once.
      { numRuns: 40, examples: [[245120288], [1358018813], [1887724254], [25]] },
    );
  });
});
