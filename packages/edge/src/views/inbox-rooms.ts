import { MAX_ROOMS_PER_USER } from '@munova/contracts';
import type { Memberships, RoomDirectory, RoomId, UserId } from '@munova/contracts';
import type { RoomView } from './room-view.js';
import type { RoomViews, Standing } from './room-views.js';

/** What the inbox of a user is made of: read from the directory, the marks and the logs, as REST reads them. */
export class InboxRooms {
  readonly #directory: RoomDirectory;
  readonly #memberships: Memberships;
  readonly #views: RoomViews;

  constructor(directory: RoomDirectory, memberships: Memberships, views: RoomViews) {
    this.#directory = directory;
    this.#memberships = memberships;
    this.#views = views;
  }

  async all(user: UserId): Promise<readonly Standing[]> {
    const query = { memberId: user, sort: 'latest', limit: MAX_ROOMS_PER_USER } as const;
    return this.#views.standings(user, (await this.#directory.list(query)).items);
  }

  async of(user: UserId, rooms: readonly RoomId[]): Promise<readonly Standing[]> {
    return this.#views.standings(user, await this.#directory.getMany(rooms));
  }

  async show(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomView>> {
    const records = await this.#directory.getMany(rooms);
    const views = await this.#views.many(records);
    return new Map(records.flatMap(({ roomId }, i) => (views[i] === undefined ? [] : [[roomId, views[i]] as const])));
  }

  async isKicked(user: UserId, room: RoomId): Promise<boolean> {
    return (await this.#memberships.get(room, user))?.status === 'kicked';
  }
}
