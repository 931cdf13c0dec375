/**
 * The way of a command through its room: receive -> decide -> commit -> evolve -> publish -> receipt.
 * Read this first; what each stage leans on is in `core` (the rules) and `runtime` (the machinery).
 *
 * 1. Nothing is published or receipted before the append that holds it has resolved (I4, I5).
 * 2. A failed append proves nothing: its plans are dropped, and every command in it is looked up
 *    by id before it is planned again (I3, I12).
 * 3. The commands of a room are planned in the order they came, one write at a time (I1, I6).
 * 4. Every entry that was read is removed from its stream, and only with the answer to its last frame.
 */
import {
  MAILBOX_MAX_COMMANDS,
  WireVersionError,
  isStateEntry,
  pause,
  type CommandFrame,
  type Intent,
  type StreamEntry,
  type WatchFrame,
} from '@munova/contracts';
import { holdsName } from './core/state.js';
import { answerWatches } from './runtime/admission.js';
import { openBatch, type ReadableBatch } from './runtime/envelope.js';
import { messageOf, type Environment } from './runtime/environment.js';
import type { Failures } from './runtime/failures.js';
import { intentsOf } from './runtime/intents.js';
import { Lane, type LaneWork } from './runtime/lane.js';
import { isPrepared, planRoom, type Budget, type RoomPlan } from './runtime/planner.js';
import type { Preparation } from './runtime/preparation.js';
import type { Projector } from './runtime/projector.js';
import { persistently, retryMs } from './runtime/retry.js';
import type { RoomActor } from './runtime/room-actor.js';
import type { Rooms } from './runtime/rooms.js';
import type { Shard } from './runtime/shard.js';
import { Superseded } from './runtime/tail.js';
import { Ticket, pendingOf } from './runtime/ticket.js';

export interface MessagePathParts {
  readonly env: Environment;
  readonly rooms: Rooms;
  readonly preparation: Preparation;
  readonly projector: Projector;
  readonly failures: Failures;
  /** The log of a shard's room shows a newer owner. */
  readonly onSuperseded: (shard: Shard, why: string) => void;
}

export class MessagePath implements LaneWork {
  readonly #env: Environment;
  readonly #parts: MessagePathParts;
  readonly #lane: Lane;

  constructor(parts: MessagePathParts) {
    this.#env = parts.env;
    this.#parts = parts;
    this.#lane = new Lane(parts.env, this);
  }

  // ---- receive: from the shard's stream into the rooms' mailboxes --------------------------------

  receive(shard: Shard, entries: readonly StreamEntry[]): void {
    const repeat = shard.firstRead;
    shard.firstRead = false;
    for (const entry of entries) {
      const batch = this.#open(shard, entry);
      if (batch) this.#deliver(shard, entry, batch, repeat || batch.attempt > 1);
    }
  }

  /** A poisoned entry is set aside and a newer one stays: neither may keep the others. */
  #open(shard: Shard, { entryId, batch }: StreamEntry): ReadableBatch | null {
    const where = { shard: shard.id, entry: entryId };
    try {
      const opened = openBatch(batch);
      shard.unresolved += 1;
      return opened;
    } catch (error) {
      if (error instanceof WireVersionError) {
        shard.unreadable = true;
        shard.needs = Math.max(shard.needs, error.version);
        this.#env.metrics.unreadable();
        this.#env.log.warn({ ...where, version: error.version }, 'an envelope is newer than this process reads');
        return null;
      }
      shard.unresolved += 1;
      shard.outbox.remove(entryId);
      this.#env.metrics.setAside();
      this.#env.log.error({ ...where, alert: true, error: messageOf(error) }, 'an entry is no batch and was removed');
      return null;
    }
  }

  #deliver(shard: Shard, { entryId }: StreamEntry, batch: ReadableBatch, repeat: boolean): void {
    const now = this.#env.runtime.clock.monotonic();
    const origin = { edge: batch.edge, session: batch.session, repeat, since: now };
    const ticket = new Ticket(shard, entryId, origin, batch.frames.length);
    if (batch.frames.length === 0) shard.outbox.remove(entryId);
    for (const frame of batch.frames) {
      switch (frame.frame) {
        case 'command':
          this.#accept(ticket, frame);
          break;
        case 'watch':
          this.#watch(ticket, frame);
          break;
        case 'announce':
          for (const room of frame.rooms) shard.watches.watch(room, batch.edge, now);
          ticket.resolved();
          break;
        case 'unwatch':
          for (const room of frame.rooms) shard.watches.unwatch(room, batch.edge);
          ticket.resolved();
          break;
      }
    }
  }

  #accept(ticket: Ticket, frame: CommandFrame): void {
    const { room: id } = frame.command;
    const pending = pendingOf(ticket, frame);
    const room = ticket.turnedAway.has(id) ? null : this.#parts.rooms.of(id, ticket.shard);
    if (room === null || room.load >= this.#env.limits.mailboxCommands) {
      ticket.turnedAway.add(id);
      this.#parts.failures.refuse(pending, 'busy');
      return;
    }
    room.mailbox.push(pending);
    if (room.phase === 'resting') this.advance(room);
  }

  #watch(ticket: Ticket, frame: WatchFrame): void {
    const room = this.#parts.rooms.of(frame.room, ticket.shard);
    const watch = { ticket, frame };
    if (room === null || room.watching.length >= MAILBOX_MAX_COMMANDS) {
      ticket.answerWatch(watch, { status: 'refused', code: 'busy' });
      return;
    }
    room.watching.push(watch);
    this.advance(room);
  }

  /** What the room does next, once it has nothing under way. */
  advance(room: RoomActor): void {
    if (room.gone) return;
    answerWatches(this.#env, room);
    if (room.phase !== 'resting') return;
    this.#parts.rooms.rouse(room);
    if (this.#mustPrepare(room)) this.#prepare(room);
    else if (room.mailbox.length > 0) this.#lane.offer(room);
    else this.#parts.rooms.rest(room);
  }

  #mustPrepare(room: RoomActor): boolean {
    if (room.state === null || room.stale) return true;
    return room.errands.length > 0 || room.watching.length > 0 || !isPrepared(room, room.state);
  }

  #prepare(room: RoomActor): void {
    room.phase = 'preparing';
    this.#env.runtime.spawn.background('prepare', async () => {
      const { timers, random } = this.#env.runtime;
      try {
        if (room.failures > 0) await pause(timers, retryMs(room.failures, random));
        if (!room.gone) await this.#parts.preparation.prepare(room);
      } catch (error) {
        if (!room.gone) this.#notPrepared(room, error);
        return;
      }
      if (room.gone) return;
      this.#parts.failures.prepared(room);
      room.phase = 'resting';
      this.advance(room);
    });
  }

  #notPrepared(room: RoomActor, error: unknown): void {
    if (error instanceof Superseded) this.#parts.onSuperseded(room.shard, error.message);
    else if (this.#parts.failures.notPrepared(room, error)) this.#prepare(room);
    else this.#parts.rooms.drop(room);
  }

  // ---- decide: the rooms' oldest commands become documents, on a draft of the state --------------

  plan(room: RoomActor, budget: Budget): RoomPlan {
    room.phase = 'writing';
    this.#env.metrics.mailboxDepth(room.mailbox.length);
    const plan = planRoom(room, this.#env.runtime.clock.now(), budget, (pending, error) => {
      this.#env.log.error({ room: room.id, kind: pending.command.kind, error: messageOf(error) }, 'a bug in a rule');
      this.#parts.failures.turnAway(room, [pending], 'internal');
    });
    room.planned = plan.steps.length;
    return plan;
  }

  done(plan: RoomPlan): void {
    this.#conclude(plan);
  }

  // ---- commit: many rooms' documents in one append ------------------------------------------------

  async commit(plans: readonly RoomPlan[]): Promise<void> {
    const sorted = [...plans].sort((a, b) => (a.room.id < b.room.id ? -1 : 1));
    const documents = sorted.flatMap((plan) => plan.documents);
    const intents = intentsOf(sorted, this.#env.runtime.random);
    const { clock } = this.#env.runtime;
    const started = clock.monotonic();
    try {
      await this.#env.store.log.append({ documents, intents });
    } catch (error) {
      this.#parts.failures.appendFailed(sorted, intents, error);
      for (const { room } of sorted) this.#freed(room);
      return;
    }
    this.#env.metrics.committed(documents.length, clock.monotonic() - started);
    for (const { steps } of sorted) {
      for (const { pending } of steps) this.#env.metrics.waited(started - pending.ticket.since);
    }
    this.#evolve(sorted, intents);
  }

  // ---- evolve: what is durable becomes the rooms' state, and the directory's -----------------------

  #evolve(plans: readonly RoomPlan[], intents: readonly Intent[]): void {
    const toProject: RoomPlan[] = [];
    for (const plan of plans) {
      const { room } = plan;
      if (room.gone) continue;
      room.state = plan.draft;
      room.failures = 0;
      room.suspect = false;
      if (!plan.changesState) {
        if (plan.entries.length > 0) this.#parts.projector.touched(room);
        this.#conclude(plan);
        continue;
      }
      room.unprojected.push(...plan.entries.filter(isStateEntry));
      toProject.push(plan);
    }
    if (toProject.length === 0) return;
    this.#env.runtime.spawn.background('project', () => this.#project(toProject, intents));
  }

  /** State entries are in the directory before anybody hears of them. */
  async #project(plans: readonly RoomPlan[], intents: readonly Intent[]): Promise<void> {
    const open = (): RoomPlan[] => plans.filter((plan) => !plan.room.gone);
    const project = (): Promise<void> => {
      const rooms = open().map((plan) => plan.room);
      const shards = new Set(rooms.map((room) => room.shard.id));
      const settled = intents.filter((intent) => shards.has(intent.shard)).map((intent) => intent.id);
      return this.#parts.projector.projectState(rooms, settled);
    };
    await persistently(
      this.#env.runtime,
      () => open().length > 0,
      project,
      (error) => {
        this.#env.metrics.storeFailure('project');
        this.#env.log.warn({ rooms: plans.length, error: messageOf(error) }, 'a projection failed and is tried again');
      },
    );
    for (const plan of open()) this.#conclude(plan);
  }

  #conclude(plan: RoomPlan): void {
    if (plan.names.length === 0) this.#publish(plan);
    else {
      this.#env.runtime.spawn.background('release names', async () => {
        await this.#releaseNames(plan);
        if (!plan.room.gone) this.#publish(plan);
      });
    }
  }

  /** In the room's turn, so that no reservation of it is under way; what fails here the sweeper does. */
  async #releaseNames({ room, names }: RoomPlan): Promise<void> {
    room.names += 1;
    for (const name of names) {
      if (room.state === null || holdsName(room.state, name)) continue;
      try {
        await this.#env.store.names.release(name, room.id);
      } catch (error) {
        this.#env.log.warn({ room: room.id, error: messageOf(error) }, 'a name was not released');
      }
    }
  }

  // ---- publish and receipt: to the edges that watch, and to whoever sent --------------------------

  #publish({ room, entries, steps }: RoomPlan): void {
    room.shard.publish(room.id, entries);
    room.shard.notify(entries);
    for (const { pending, decision } of steps) {
      const { outcome, repeated } = decision;
      if (repeated) this.#env.metrics.repeated();
      if (outcome.status === 'refused') this.#env.metrics.refused(outcome.code);
      pending.ticket.answer(pending, outcome, repeated);
    }
    room.planned = 0;
    this.#freed(room);
  }

  #freed(room: RoomActor): void {
    if (room.gone) return;
    room.phase = 'resting';
    this.advance(room);
  }
}
