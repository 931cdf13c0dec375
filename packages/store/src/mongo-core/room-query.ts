/** A `RoomQuery` as one filter and one sort. */
import {
  STORE_KEYWORD_TERMS,
  decodeNumberCursor,
  decodeTextCursor,
  encodeCursor,
  keywordTerms,
  searchKeyword,
  tagTerms,
} from '@munova/contracts';
import type { Page, RoomId, RoomQuery, RoomRecord, RoomSort, Tag } from '@munova/contracts';
import type { Filter, Sort } from './commands.js';

interface Order {
  readonly field: string;
  readonly direction: 1 | -1;
  readonly keyOf: (room: RoomRecord) => string | number;
}

const ORDERS: Record<RoomSort, Order> = {
  latest: { field: 'latest', direction: -1, keyOf: (r) => r.lastMessageTime ?? r.createdAt },
  members: { field: 'memberCount', direction: -1, keyOf: (r) => r.memberCount },
  name: { field: 'name', direction: 1, keyOf: (r) => r.name },
  created: { field: 'createdAt', direction: -1, keyOf: (r) => r.createdAt },
};

/** Both types by name where a query names none: every index of the rooms begins with the type. */
const TYPES = { $in: ['GROUP', 'ONE_ON_ONE'] } as const;

export const roomSortOf = (sort: RoomSort): Sort => ({ [ORDERS[sort].field]: ORDERS[sort].direction, _id: 1 });

/**
 * `joined`: the rooms of `memberId`, where the query names one.
 * @throws {ChatError} `bad-request` for a bad cursor.
 */
export const roomFilterOf = (query: RoomQuery, tree: readonly Tag[], joined: readonly RoomId[] | null): Filter => {
  const parts: readonly Filter[] = [
    { type: query.type ?? TYPES },
    ...(joined === null ? [] : [{ _id: { $in: joined } }]),
    ...where('buyerId', query.buyerId),
    ...where('sellerId', query.sellerId),
    ...where('ownerId', query.ownerId),
    ...where('status', query.status),
    ...where('hasSpace', query.hasSpace),
    ...(query.minMembers === undefined ? [] : [{ memberCount: { $gte: query.minMembers } }]),
    ...(query.maxMembers === undefined ? [] : [{ memberCount: { $lte: query.maxMembers } }]),
    ...tagFilters(query, tree),
    ...keywordFilters(query.keyword),
    ...cursorFilters(query),
  ];
  return { $and: parts };
};

const where = (field: string, value: string | boolean | undefined): readonly Filter[] =>
  value === undefined ? [] : [{ [field]: value }];

const tagFilters = ({ tagIds = [], tagMode }: RoomQuery, tree: readonly Tag[]): readonly Filter[] => {
  if (tagIds.length === 0) return [];
  const families = tagTerms(tagIds, tree);
  return (tagMode === 'all' ? families : [families.flat()]).map((terms) => ({ terms: { $in: terms } }));
};

/** Terms find the candidates, the text itself decides: a name may have all pairs of a keyword and not the keyword. */
export const keywordFilters = (given: string | undefined): readonly Filter[] => {
  const keyword = searchKeyword(given);
  if (keyword === null) return [];
  const terms = keywordTerms(keyword).slice(0, STORE_KEYWORD_TERMS);
  return [{ terms: { $all: terms } }, { form: { $regex: literally(keyword) } }];
};

/** Every character means itself. No name holds U+0000, which no pattern may: it is looked for in vain. */
const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('\0', '(?!)');

const cursorFilters = ({ sort, cursor }: RoomQuery): readonly Filter[] => {
  if (cursor === undefined) return [];
  const { field, direction } = ORDERS[sort];
  const { key, id } = sort === 'name' ? decodeTextCursor(sort, cursor) : decodeNumberCursor(sort, cursor);
  const [upTo, beyond] = direction === -1 ? ['$lte', '$lt'] : ['$gte', '$gt'];
  // The first half alone bounds the index range; the second leaves out what the page before ended with.
  return [{ [field]: { [upTo]: key } }, { $or: [{ [field]: { [beyond]: key } }, { _id: { $gt: id } }] }];
};

/** `rooms` holds one more than the limit where there is a next page. */
export const pageOfRooms = ({ sort, limit }: RoomQuery, rooms: readonly RoomRecord[]): Page<RoomRecord> =>
  pageOf(rooms, limit, (room) => encodeCursor(sort, ORDERS[sort].keyOf(room), room.roomId));

/** `found` holds one more than the limit where there is a next page. */
export const pageOf = <T>(found: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> => {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
};
