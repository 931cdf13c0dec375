/** A `RoomQuery` as one SELECT. Lists are bound as JSON arrays, so that few distinct statements exist. */
import {
  STORE_KEYWORD_TERMS,
  decodeNumberCursor,
  decodeTextCursor,
  encodeCursor,
  keywordTerms,
  searchKeyword,
  tagTerms,
} from '@munova/contracts';
import type { Page, RoomQuery, RoomRecord, RoomSort, Tag } from '@munova/contracts';
import type { SQLInputValue } from 'node:sqlite';

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

interface Order {
  readonly column: string;
  readonly descending: boolean;
  readonly keyOf: (room: RoomRecord) => string | number;
}

const ORDERS: Record<RoomSort, Order> = {
  latest: { column: 'latest', descending: true, keyOf: (r) => r.lastMessageTime ?? r.createdAt },
  members: { column: 'member_count', descending: true, keyOf: (r) => r.memberCount },
  name: { column: 'name', descending: false, keyOf: (r) => r.name },
  created: { column: 'created_at', descending: true, keyOf: (r) => r.createdAt },
};

const when = (value: SQLInputValue | undefined, sql: string): readonly Condition[] =>
  value === undefined ? [] : [{ sql, values: [value] }];

const tagConditions = (query: RoomQuery, tree: readonly Tag[]): readonly Condition[] => {
  if (query.tagIds === undefined || query.tagIds.length === 0) return [];
  const families = tagTerms(query.tagIds, tree);
  const sql = 'room IN (SELECT room FROM room_terms WHERE term IN (SELECT value FROM json_each(?)))';
  return (query.tagMode === 'all' ? families : [families.flat()]).map((terms) => ({
    sql,
    values: [JSON.stringify(terms)],
  }));
};

/** Terms find the candidates, `instr` decides: a name may have all pairs of a keyword and not the keyword. */
const keywordConditions = (query: RoomQuery): readonly Condition[] => {
  const keyword = searchKeyword(query.keyword);
  if (keyword === null) return [];
  const terms = keywordTerms(keyword).slice(0, STORE_KEYWORD_TERMS);
  return [
    {
      sql: `room IN (SELECT room FROM room_terms WHERE term IN (SELECT value FROM json_each(?))
                     GROUP BY room HAVING count(*) = ?)`,
      values: [JSON.stringify(terms), terms.length],
    },
    { sql: 'instr(name_form, ?) > 0', values: [keyword] },
  ];
};

/** An inquiry has no maximum, and neither room nor want of it. */
const spaceConditions = ({ hasSpace }: RoomQuery): readonly Condition[] =>
  hasSpace === undefined ? [] : [{ sql: `member_count ${hasSpace ? '<' : '>='} max_participants`, values: [] }];

const cursorConditions = ({ sort, cursor }: RoomQuery): readonly Condition[] => {
  if (cursor === undefined) return [];
  const { column, descending } = ORDERS[sort];
  const { key, id } = sort === 'name' ? decodeTextCursor(sort, cursor) : decodeNumberCursor(sort, cursor);
  const [upTo, beyond] = descending ? ['<=', '<'] : ['>=', '>'];
  // The first half alone bounds the index range; the second leaves out what the page before ended with.
  return [{ sql: `${column} ${upTo} ? AND (${column} ${beyond} ? OR room > ?)`, values: [key, key, id] }];
};

/** @throws {ChatError} `bad-request` for a bad cursor. */
export const roomQuerySql = (
  query: RoomQuery,
  tree: readonly Tag[],
): { readonly sql: string; readonly values: readonly SQLInputValue[] } => {
  const conditions: readonly Condition[] = [
    ...when(query.type, 'type = ?'),
    ...when(query.memberId, `room IN (SELECT room FROM memberships WHERE user = ? AND status = 'joined')`),
    ...when(query.buyerId, 'buyer = ?'),
    ...when(query.sellerId, 'seller = ?'),
    ...when(query.ownerId, 'owner = ?'),
    ...when(query.status, 'status = ?'),
    ...when(query.minMembers, 'member_count >= ?'),
    ...when(query.maxMembers, 'member_count <= ?'),
    ...spaceConditions(query),
    ...tagConditions(query, tree),
    ...keywordConditions(query),
    ...cursorConditions(query),
  ];
  const { column, descending } = ORDERS[query.sort];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map((c) => c.sql).join(' AND ')}`;
  return {
    sql: `SELECT * FROM rooms ${where} ORDER BY ${column} ${descending ? 'DESC' : 'ASC'}, room LIMIT ?`,
    values: [...conditions.flatMap((c) => c.values), query.limit + 1],
  };
};

/** `rooms` holds one more than the limit where there is a next page. */
export const pageOfRooms = ({ sort, limit }: RoomQuery, rooms: readonly RoomRecord[]): Page<RoomRecord> => {
  const items = rooms.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rooms.length > limit && last !== undefined ? encodeCursor(sort, ORDERS[sort].keyOf(last), last.roomId) : null;
  return { items, nextCursor };
};
