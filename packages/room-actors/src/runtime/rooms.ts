/**
 * The rooms in memory. Invariants:
 * 1. `#active` holds every room that is not gone, and never more than the bound (I10).
 * 2. `#resting` holds the rooms with nothing to do, those that rest longest first.
 * 3. A room is dropped only with nothing waiting in it and nothing of it unprojected; its watches stay with its shard.
 */
import { COMMIT_MAX_DOCUMENTS, PASSIVATE_AFTER_MS, type RoomId } from '@munova/contracts';
import { messageOf, type Environment } from './environment.js';
import type { Projector } from './projector.js';
import { RoomActor, type OnWork } from './room-actor.js';
import type { Shard } from './shard.js';

/** Rooms that make way at a time when memory is full. */
const EVICTION_BATCH = 64;

export class Rooms {
  readonly #env: Environment;
  readonly #projector: Projector;
  /** A room that got work while it was leaving has to go on. */
  readonly #onWork: OnWork;
  readonly #active = new Map<RoomId, RoomActor>();
  readonly #resting = new Set<RoomActor>();

  constructor(env: Environment, projector: Projector, onWork: OnWork) {
    this.#env = env;
    this.#projector = projector;
    this.#onWork = onWork;
  }

  get size(): number {
    return this.#active.size;
  }

  /** Null when memory is full of rooms that are all at work. */
  of(id: RoomId, shard: Shard): RoomActor | null {
    const there = this.#active.get(id);
    if (there) return there;
    if (this.#active.size >= this.#env.limits.activeRooms) this.#makeWay();
    if (this.#active.size >= this.#env.limits.activeRooms) return null;
    const room = new RoomActor(id, shard);
    this.#active.set(id, room);
    this.#env.metrics.activeRooms(this.#active.size);
    return room;
  }

  /** The room was roused since it last rested, so it stands behind all others. */
  rest(room: RoomActor): void {
    room.phase = 'resting';
    room.restingSince = this.#env.runtime.clock.monotonic();
    this.#resting.add(room);
  }

  rouse(room: RoomActor): void {
    this.#resting.delete(room);
  }

  /** Lets go of the room at once: what is known of it here is worth nothing, or nothing. */
  drop(room: RoomActor): void {
    room.phase = 'gone';
    this.#resting.delete(room);
    if (this.#active.get(room.id) === room) this.#active.delete(room.id);
    this.#env.metrics.activeRooms(this.#active.size);
  }

  dropShard(shard: Shard): void {
    for (const room of this.#active.values()) if (room.shard === shard) this.drop(room);
  }

  /** Passivates what has rested for PASSIVATE_AFTER_MS. */
  sweep(): void {
    const before = this.#env.runtime.clock.monotonic() - PASSIVATE_AFTER_MS;
    const idle: RoomActor[] = [];
    for (const room of this.#resting) {
      if (room.restingSince > before) break;
      idle.push(room);
    }
    this.#passivate(idle);
  }

  /** Projects every room of these shards whose directory record is behind its log. @throws {ChatError} */
  async projectAll(shards: ReadonlySet<Shard>): Promise<void> {
    const behind = [...this.#active.values()].filter((room) => room.tail > 0 && shards.has(room.shard));
    for (let at = 0; at < behind.length; at += COMMIT_MAX_DOCUMENTS) {
      await this.#projector.projectState(behind.slice(at, at + COMMIT_MAX_DOCUMENTS), []);
    }
  }

  #makeWay(): void {
    this.#passivate([...this.#resting].slice(0, EVICTION_BATCH));
  }

  /** Rooms that the directory shows in full go at once, the others after one more projection. */
  #passivate(rooms: readonly RoomActor[]): void {
    const behind: RoomActor[] = [];
    for (const room of rooms) {
      this.#resting.delete(room);
      if (room.tail > 0) {
        room.phase = 'leaving';
        behind.push(room);
      } else this.drop(room);
    }
    for (let at = 0; at < behind.length; at += COMMIT_MAX_DOCUMENTS) {
      const some = behind.slice(at, at + COMMIT_MAX_DOCUMENTS);
      this.#env.runtime.spawn.background('passivate', () => this.#leave(some));
    }
  }

  async #leave(rooms: readonly RoomActor[]): Promise<void> {
    let projected = false;
    try {
      await this.#projector.projectState(rooms, []);
      projected = true;
    } catch (error) {
      this.#env.metrics.storeFailure('passivate');
      this.#env.log.warn({ rooms: rooms.length, error: messageOf(error) }, 'rooms were not projected and stay');
    }
    for (const room of rooms) {
      if (room.gone) continue;
      const atWork = room.load > 0 || room.watching.length > 0 || room.errands.length > 0;
      if (projected && !atWork) this.drop(room);
      else {
        this.rest(room);
        this.#onWork(room);
      }
    }
  }
}
