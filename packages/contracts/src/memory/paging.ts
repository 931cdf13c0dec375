import type { Page } from '../ports/directory.js';

/** How one list is sorted and gone on with. */
export interface PageOrder<T> {
  readonly compare: (a: T, b: T) => number;
  /** Whether the item stands behind the place from which the list goes on; always true from the start. */
  readonly isBehind: (item: T) => boolean;
  /** Names the item's place. */
  readonly cursorOf: (item: T) => string;
}

/** One page of the items in order. It sorts them all, so this is for stores that hold everything in memory. */
export const pageOf = <T>(items: readonly T[], order: PageOrder<T>, limit: number): Page<T> => {
  const rest = items.filter(order.isBehind).sort(order.compare);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, nextCursor: last !== undefined && rest.length > page.length ? order.cursorOf(last) : null };
};
