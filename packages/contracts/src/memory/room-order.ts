import { compareCodePoints, decodeNumberCursor, decodeTextCursor, encodeCursor } from '../cursor.js';
import type { RoomRecord, RoomSort } from '../ports/directory.js';
import type { PageOrder } from './paging.js';

/** Where a room stands in a sorted list: its sort key, and its id to part equals. */
interface Place {
  readonly key: string | number;
  readonly id: string;
}

const KEYS: Record<RoomSort, (room: RoomRecord) => string | number> = {
  latest: (r) => r.lastMessageTime ?? r.createdAt,
  members: (r) => r.memberCount,
  name: (r) => r.name,
  created: (r) => r.createdAt,
};

/** Names ascend by code point, numbers descend, and equals go by id, ascending. */
const comparePlaces = (a: Place, b: Place): number => {
  const byKey =
    typeof a.key === 'number' && typeof b.key === 'number'
      ? b.key - a.key
      : compareCodePoints(String(a.key), String(b.key));
  return byKey === 0 ? compareCodePoints(a.id, b.id) : byKey;
};

/** @throws {ChatError} `bad-request` for a cursor that is not of this sort. */
export const roomOrder = (sort: RoomSort, cursor: string | undefined): PageOrder<RoomRecord> => {
  const placeOf = (room: RoomRecord): Place => ({ key: KEYS[sort](room), id: room.roomId });
  const from = cursor === undefined ? null : decodePlace(sort, cursor);
  return {
    compare: (a, b) => comparePlaces(placeOf(a), placeOf(b)),
    isBehind: (room) => from === null || comparePlaces(from, placeOf(room)) < 0,
    cursorOf: (room) => encodeCursor(sort, KEYS[sort](room), room.roomId),
  };
};

const decodePlace = (sort: RoomSort, cursor: string): Place =>
  sort === 'name' ? decodeTextCursor(sort, cursor) : decodeNumberCursor(sort, cursor);
