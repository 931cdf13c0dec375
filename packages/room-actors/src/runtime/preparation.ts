import {
  ROOMS_PREPARED_AT_ONCE,
  Slots,
  type Entry,
  type Seq,
  type StoredOutcome,
  type UserId,
} from '@munova/contracts';
import { needsToRead } from '../core/access.js';
import { trimMembers } from '../core/state.js';
import type { RoomState } from '../core/types.js';
import { PLAN_MAX_DOCUMENTS_PER_ROOM } from './limits.js';
import type { Environment } from './environment.js';
import { needsOf } from './planner.js';
import type { Projector } from './projector.js';
import { keyOf, type RoomActor } from './room-actor.js';
import type { SharedCall } from './shared-call.js';
import { follow, withRecords } from './tail.js';
import type { Pending } from './ticket.js';

/**
 * Reads from the store what a room needs before its next plan: its state, the end of its log after a
 * failed commit, and what its oldest commands ask for. At most ROOMS_PREPARED_AT_ONCE at a time.
 */
export class Preparation {
  readonly #env: Environment;
  readonly #projector: Projector;
  readonly #barrier: SharedCall<void>;
  readonly #slots = new Slots(ROOMS_PREPARED_AT_ONCE);

  constructor(env: Environment, projector: Projector, barrier: SharedCall<void>) {
    this.#env = env;
    this.#projector = projector;
    this.#barrier = barrier;
  }

  /** @throws whatever the store throws; the room is as far as it came, and may be prepared again. */
  async prepare(room: RoomActor): Promise<void> {
    await this.#slots.run(() => this.#read(room));
  }

  async #read(room: RoomActor): Promise<void> {
    do {
      await this.#upToDate(room);
      await this.#runErrands(room);
      await this.#lookUp(room, room.mailbox.oldest(PLAN_MAX_DOCUMENTS_PER_ROOM));
    } while ((room.stale || room.unprojected.length > 0 || room.unpublished.length > 0) && !room.gone);
    if (room.gone || room.state === null) return;
    room.state = trimMembers(room.state);
    const pendings = room.mailbox.oldest(PLAN_MAX_DOCUMENTS_PER_ROOM);
    room.state = await this.#loadMembers(room, room.state, pendings);
    for (const pending of pendings) await this.#askFor(room, room.state, pending);
  }

  /** A tail that nobody projected is projected and told of, and one that this process wrote without knowing is published. */
  async #upToDate(room: RoomActor): Promise<void> {
    if (room.undecided) await this.#barrier.make();
    room.undecided = false;
    if (room.state === null || room.stale) {
      await follow(this.#env.store, room);
      room.stale = false;
    }
    const { unprojected } = room;
    if (unprojected.length > 0) {
      await this.#projector.projectState([room], []);
      room.shard.notify(unprojected);
    } else if (room.tail > 0) this.#projector.touched(room);
    room.shard.publish(room.id, room.unpublished);
    room.unpublished = [];
    const intents = room.openIntents;
    room.openIntents = [];
    for (const intent of intents) intent.left -= 1;
    this.#projector.settle(intents.filter((intent) => intent.left === 0).map(({ id }) => id));
  }

  async #runErrands(room: RoomActor): Promise<void> {
    for (let errand = room.errands.shift(); errand; errand = room.errands.shift()) await errand();
  }

  async #lookUp(room: RoomActor, pendings: readonly Pending[]): Promise<void> {
    const unknown = pendings.filter((p) => (p.lookUp || room.suspect) && p.known === undefined);
    if (unknown.length === 0) return;
    const keys = unknown.map(({ command }) => ({ room: room.id, sender: command.actor.id, cmid: command.cmid }));
    const found = await this.#env.store.log.findOutcomes(keys, this.#env.runtime.clock.now());
    for (const pending of unknown) {
      pending.known = found.get(keyOf(pending.command)) ?? null;
      pending.inDoubt = false;
      if (!pending.known) continue;
      room.rememberFound(pending.command, pending.known);
      room.stale ||= isAhead(pending.known, room.state);
    }
  }

  async #loadMembers(room: RoomActor, state: RoomState, pendings: readonly Pending[]): Promise<RoomState> {
    const users = new Set<UserId>();
    for (const { command } of pendings) for (const user of needsOf(state, command).members) users.add(user);
    for (const { frame } of room.watching) for (const user of needsToRead(state, frame.actor)) users.add(user);
    if (users.size === 0) return state;
    const wanted = [...users];
    return withRecords(state, wanted, await this.#env.store.memberships.getMany(room.id, wanted));
  }

  async #askFor(room: RoomActor, state: RoomState, pending: Pending): Promise<void> {
    if (pending.known) return;
    const { target, reserveName } = needsOf(state, pending.command);
    if (target !== null && pending.target === undefined) pending.target = await this.#entryAt(room, target);
    if (reserveName === null || (pending.name?.key === reserveName && pending.name.asOf === room.names)) return;
    const verdict = await this.#env.store.names.reserve(reserveName, room.id, this.#env.runtime.clock.now());
    pending.name = { key: reserveName, taken: verdict === 'taken', asOf: room.names };
  }

  async #entryAt(room: RoomActor, seq: Seq): Promise<Entry | null> {
    const [entry] = await this.#env.store.log.readAfter(room.id, (seq - 1) as Seq, 1);
    return entry?.seq === seq ? entry : null;
  }
}

/** Logged since the log was followed: it is not projected, and so not to be answered yet. */
const isAhead = ({ outcome }: StoredOutcome, state: RoomState | null): boolean =>
  outcome.status === 'logged' && outcome.seq > (state?.head ?? 0);
