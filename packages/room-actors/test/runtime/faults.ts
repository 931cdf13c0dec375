/** A store whose calls a test may hold up, fail, or let succeed and then fail. */
import type { GroupCommit, Store } from '@munova/contracts';
import type { ActorStore } from '../../src/index.js';

export type StoreCall =
  | 'barrier'
  | 'readAfter'
  | 'findOutcomes'
  | 'project'
  | 'openIntents'
  | 'directory'
  | 'memberships'
  | 'reserve'
  | 'release'
  | 'unsettled';

export class StoreFaults {
  append: (commit: GroupCommit, proceed: () => Promise<void>) => Promise<void> = (_commit, proceed) => proceed();
  call: (call: StoreCall, room: string | null) => Promise<void> = () => Promise.resolve();

  /** Every append waits at the gate that is returned. */
  holdAppends(): Gate {
    const gate = new Gate();
    this.append = async (_commit, proceed) => {
      await gate.pass();
      await proceed();
    };
    return gate;
  }

  none(): void {
    this.append = (_commit, proceed) => proceed();
    this.call = () => Promise.resolve();
  }
}

export const faultyStore = (store: Store, faults: StoreFaults): ActorStore => {
  const { log, projection, directory, memberships, names } = store;
  const through = async <T>(call: StoreCall, room: string | null, proceed: () => Promise<T>): Promise<T> => {
    await faults.call(call, room);
    return proceed();
  };
  return {
    log: {
      append: (commit) => faults.append(commit, () => log.append(commit)),
      barrier: () => through('barrier', null, () => log.barrier()),
      readAfter: (room, after, limit) => through('readAfter', room, () => log.readAfter(room, after, limit)),
      readPage: (room, bounds, limit) => log.readPage(room, bounds, limit),
      heads: (rooms) => log.heads(rooms),
      findOutcomes: (keys, now) => through('findOutcomes', keys[0]?.room ?? null, () => log.findOutcomes(keys, now)),
    },
    projection: {
      project: (updates, settled) =>
        through('project', updates[0]?.record.roomId ?? null, () => projection.project(updates, settled)),
      openIntents: () => through('openIntents', null, () => projection.openIntents()),
    },
    directory: {
      get: (room) => through('directory', room, () => directory.get(room)),
      getMany: (rooms) => directory.getMany(rooms),
      list: (query) => directory.list(query),
    },
    memberships: {
      get: (room, user) => memberships.get(room, user),
      getMany: (room, users) => through('memberships', room, () => memberships.getMany(room, users)),
      members: (room, cursor, limit) => memberships.members(room, cursor, limit),
      countRooms: (user) => memberships.countRooms(user),
    },
    names: {
      reserve: (name, room, now) => through('reserve', room, () => names.reserve(name, room, now)),
      release: (name, room) => through('release', room, () => names.release(name, room)),
      unsettled: (limit) => through('unsettled', null, () => names.unsettled(limit)),
    },
  };
};

/** A point that something waits at until a test lets it go on. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();
  waiting = 0;

  async pass(): Promise<void> {
    this.waiting += 1;
    await this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}
