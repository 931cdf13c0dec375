/** Who somebody is to a room, and what that lets him see. */
import { readRefusal, sellerOf, type Actor, type ErrorCode, type MemberRecord, type UserId } from '@munova/contracts';
import type { RoomFacts, RoomState } from './types.js';

export type Standing = 'owner' | 'member' | 'buyer' | 'seller' | 'left' | 'kicked' | 'stranger';

/** An actor in a room that exists for him. */
export interface Place {
  readonly facts: RoomFacts;
  readonly standing: Standing;
  /** Holds a seat: may send. */
  readonly seated: boolean;
  readonly admin: boolean;
}

/** Null: to this actor there is no such room (CHAT_01); another's inquiry and a missing room are alike. */
export const placeOf = (state: RoomState, actor: Actor): Place | null => {
  const { facts } = state;
  if (facts === null) return null;
  const admin = actor.role === 'admin';
  const standing = facts.type === 'GROUP' ? inGroup(state, facts, actor.id) : inInquiry(facts, actor);
  if (facts.type === 'ONE_ON_ONE' && standing === 'stranger' && !admin) return null;
  return { facts, standing, seated: SEATED.has(standing), admin };
};

const SEATED: ReadonlySet<Standing> = new Set<Standing>(['owner', 'member', 'buyer', 'seller']);

const inInquiry = (facts: RoomFacts, actor: Actor): Standing => {
  if (actor.id === facts.buyerId) return 'buyer';
  return sellerOf(actor) === facts.sellerId ? 'seller' : 'stranger';
};

const inGroup = (state: RoomState, facts: RoomFacts, user: UserId): Standing => {
  if (user === facts.ownerId) return 'owner';
  const record = loadedMember(state, user);
  if (record === null) return 'stranger';
  return record.status === 'joined' ? 'member' : record.status;
};

/** @throws {Error} the caller did not load what `needs` asked for. */
export const loadedMember = (state: RoomState, user: UserId): MemberRecord | null => {
  const record = state.members.get(user);
  if (record === undefined) throw new Error(`the member record of ${user} in ${state.room} is not loaded`);
  return record;
};

/** Whether the actor may watch and read; what it `needsToRead` must be loaded. */
export const mayRead = (state: RoomState, actor: Actor): ErrorCode | null =>
  readRefusal(state.facts, () => placeOf(state, actor)?.seated === true, actor);

/** Members to load before `mayRead`. */
export const needsToRead = (state: RoomState, actor: Actor): UserId[] =>
  actor.role === 'admin' ? [] : unloaded(state, [actor.id]);

/** Of these users the ones whose standing follows from a record that is not loaded yet. */
export const unloaded = (state: RoomState, users: readonly UserId[]): UserId[] =>
  state.facts?.type === 'GROUP'
    ? [...new Set(users)].filter((user) => user !== state.facts?.ownerId && !state.members.has(user))
    : [];
