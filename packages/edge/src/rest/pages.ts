import { LEGACY_LIST_MAX, LIST_LIMIT_DEFAULT } from '@munova/contracts';
import type { Page } from '@munova/contracts';
import { ok } from './answer.js';
import type { Answer } from './answer.js';

export interface PagingQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** What of a page a store is asked for. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

const asked = ({ limit, cursor }: PagingQuery, absent: number): PageRequest => ({
  limit: limit ?? absent,
  ...(cursor === undefined ? {} : { cursor }),
});

/** `{items, nextCursor}` */
export const page = async <T, V>(
  query: PagingQuery,
  read: (request: PageRequest) => Promise<Page<T>>,
  render: (items: readonly T[]) => readonly V[] | Promise<readonly V[]>,
): Promise<Answer> => {
  const { items, nextCursor } = await read(asked(query, LIST_LIMIT_DEFAULT));
  return ok({ items: await render(items), nextCursor });
};

/** As `page`; called with neither parameter, an array of the newest LEGACY_LIST_MAX and `X-Next-Cursor`. */
export const list = async <T, V>(
  query: PagingQuery,
  read: (request: PageRequest) => Promise<Page<T>>,
  render: (items: readonly T[]) => readonly V[] | Promise<readonly V[]>,
): Promise<Answer> => {
  if (query.limit !== undefined || query.cursor !== undefined) return page(query, read, render);
  const { items, nextCursor } = await read(asked(query, LEGACY_LIST_MAX));
  return ok(await render(items), nextCursor === null ? {} : { 'X-Next-Cursor': nextCursor });
};
