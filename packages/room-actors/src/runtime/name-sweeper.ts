/**
 * Frees group names that were reserved for a room or a rename that never came to be: at once where its
 * command is answered `later`, else by a sweep. Invariants:
 * 1. A name is released only in the room's turn, while no plan and no reservation of it is under way
 *    here, and after its log was followed to the end.
 * 2. A sweep finds nothing in the log: `abandoned` is appended as its first entry, and the name is released only
 *    if that append succeeded. Whoever comes to create the room later finds seq 1 taken. A command
 *    that was answered `later` may come again, so its room is not abandoned: it reserves the name anew.
 * 3. A sweep looks at what this process saw stand unchanged for RESERVATION_GRACE_MS of its own clock: an
 *    append of whoever reserved the name may be under way until then. A restart begins to count anew.
 * 4. Something in the log: the name is released unless the state it makes has that name, since
 *    then no `renamed` to it is in force. A rename that is begun later reserves the name anew.
 */
import {
  AppendError,
  FIRST_SEQ,
  NAME_SWEEP_LIMIT,
  RESERVATION_GRACE_MS,
  asClientMessageId,
  asUserId,
  type Entry,
  type NameReservation,
} from '@munova/contracts';
import { evolve } from '../core/evolve.js';
import { holdsName } from '../core/state.js';
import { messageOf, type Environment } from './environment.js';
import { persistently } from './retry.js';
import type { OnWork, RoomActor } from './room-actor.js';
import { follow } from './tail.js';

/** Who abandons a room: nobody's id, since `~` is not in a user's alphabet. */
const SWEEPER = asUserId('~sweeper');

/** What this process has seen of reservations: their age is counted here, since they were written by another's clock. */
export class SeenReservations {
  readonly #env: Environment;
  /** When those that the last look found were first seen, by this process's monotonic clock; at most NAME_SWEEP_LIMIT. */
  #since: ReadonlyMap<string, number> = new Map();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Looks, and gives those that stood unchanged through RESERVATION_GRACE_MS of looks. */
  async stale(): Promise<readonly NameReservation[]> {
    const found = await this.#env.store.names.unsettled(NAME_SWEEP_LIMIT);
    const now = this.#env.runtime.clock.monotonic();
    const seen = found.map((reservation) => {
      const key = JSON.stringify([reservation.name, reservation.room, reservation.at]);
      return { reservation, key, since: this.#since.get(key) ?? now };
    });
    this.#since = new Map(seen.map(({ key, since }) => [key, since]));
    return seen.filter(({ since }) => now - since >= RESERVATION_GRACE_MS).map(({ reservation }) => reservation);
  }
}

/** To be run as an errand of the room. A failure leaves the name for the next sweep, and the room stale. */
export const settleName = async (env: Environment, room: RoomActor, name: string): Promise<void> => {
  try {
    await follow(env.store, room);
    if (room.state?.head === 0) await abandon(env, room);
    await release(env, room, name);
  } catch (error) {
    room.stale = true;
    env.metrics.storeFailure('name-sweep');
    env.log.warn({ room: room.id, error: messageOf(error) }, 'a reserved name could not be settled');
  }
};

/**
 * Frees the name of a command of which surely nothing was applied: its sender may try again as another
 * command, which must not meet this one's reservation. Tries until it succeeds or a sweep sees to it.
 */
export const giveNameBack = (env: Environment, room: RoomActor, name: string, onWork: OnWork): void => {
  const { clock, spawn } = env.runtime;
  const until = clock.monotonic() + RESERVATION_GRACE_MS;
  const inTurn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      room.errands.push(() => release(env, room, name).then(resolve, reject));
      onWork(room);
    });
  const onError = (error: unknown): void => {
    env.metrics.storeFailure('give-name-back');
    env.log.warn({ room: room.id, error: messageOf(error) }, 'a name was not given back yet');
  };
  const wanted = (): boolean => !room.gone && clock.monotonic() < until;
  spawn.background('give a name back', () => persistently(env.runtime, wanted, inTurn, onError));
};

/** Voids the verdicts on names that the room's commands have: they ask anew. */
const release = async (env: Environment, room: RoomActor, name: string): Promise<void> => {
  if (room.state === null || holdsName(room.state, name)) return;
  await env.store.names.release(name, room.id);
  room.names += 1;
};

const abandon = async (env: Environment, room: RoomActor): Promise<void> => {
  const entry: Entry = {
    kind: 'abandoned',
    room: room.id,
    seq: FIRST_SEQ,
    sender: SWEEPER,
    senderName: '',
    senderRole: 'admin',
    cmid: asClientMessageId('~abandoned'),
    type: null,
    content: null,
    redacted: false,
    data: null,
    bodyHash: '',
    ts: env.runtime.clock.now(),
    n: 0,
    epoch: room.shard.epoch,
  };
  try {
    await env.store.log.append({ documents: [entry], intents: [] });
  } catch (error) {
    if (!(error instanceof AppendError) || error.applied !== 'no') room.undecided = true;
    throw error;
  }
  if (room.state) room.state = evolve(room.state, entry);
};
