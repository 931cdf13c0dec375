import {
  BEFORE_FIRST,
  TAIL_PAGE_ENTRIES,
  asSeq,
  isStateEntry,
  type Entry,
  type Epoch,
  type MemberRecord,
  type RoomId,
} from '@munova/contracts';
import { evolve, needsToEvolve } from '../core/evolve.js';
import { emptyRoom, roomFrom, withMember } from '../core/state.js';
import type { RoomState } from '../core/types.js';
import type { ActorStore } from './environment.js';
import type { RoomActor } from './room-actor.js';

/** The log holds an entry of a greater epoch: this process does not own the shard any more (I7). */
export class Superseded extends Error {
  constructor(room: RoomId, epoch: Epoch) {
    super(`room ${room} has an entry of epoch ${String(epoch)}`);
    this.name = 'Superseded';
  }
}

/**
 * Brings the room's state to the end of its log: the projection and what stands behind it, page by
 * page, or only what came since; what is new to a state that had been there is still to be published.
 * @throws {Superseded} @throws {LogViolation} @throws {ChatError} `unavailable`.
 */
export const follow = async (store: ActorStore, room: RoomActor): Promise<void> => {
  const found: Entry[] = [];
  const known = room.state !== null;
  let state = room.state;
  if (state === null) {
    const record = await store.directory.get(room.id);
    state = record ? roomFrom(record) : emptyRoom(room.id);
    room.projectedSeq = state.head;
  }
  const unprojected: Entry[] = [];
  // A projection does not tell whose it is: the last entry in it is read as well, for its epoch alone.
  let after = known || state.head === BEFORE_FIRST ? state.head : asSeq(state.head - 1);
  for (;;) {
    const page = await store.log.readAfter(room.id, after, TAIL_PAGE_ENTRIES);
    checkOwner(room, page);
    const { head }: RoomState = state;
    const news = page.filter(({ seq }) => seq > head);
    state = await evolvedOver(store, state, news);
    unprojected.push(...news.filter(isStateEntry));
    if (known) found.push(...news);
    if (page.length < TAIL_PAGE_ENTRIES) break;
    after = state.head;
  }
  room.state = state;
  room.unprojected.push(...unprojected);
  room.unpublished.push(...found);
};

const checkOwner = ({ id, shard }: RoomActor, page: readonly Entry[]): void => {
  const newer = page.find(({ epoch }) => epoch > shard.epoch);
  if (newer !== undefined) throw new Superseded(id, newer.epoch);
};

const evolvedOver = async (store: ActorStore, from: RoomState, page: readonly Entry[]): Promise<RoomState> => {
  const users = needsToEvolve(from, page);
  let state = from;
  if (users.length > 0) state = withRecords(state, users, await store.memberships.getMany(state.room, users));
  for (const entry of page) state = evolve(state, entry);
  return state;
};

/** Of `users` those without a record were surely never members. */
export const withRecords = (
  state: RoomState,
  users: readonly MemberRecord['user'][],
  records: readonly MemberRecord[],
): RoomState => {
  const byUser = new Map(records.map((record) => [record.user, record]));
  return users.reduce((next, user) => withMember(next, user, byUser.get(user) ?? null), state);
};
