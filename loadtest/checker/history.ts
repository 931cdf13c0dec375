/**
 * What the checker reads: one JSON object a line, in the order in which one recorder saw things
 * happen (invocations when they began, results when they came), as Jepsen's histories. At the end
 * stand the rooms' histories as REST gave them. It holds nothing but what clients saw.
 */

/** A SEND left this session, for the first time or again. */
export interface SendEvent {
  readonly e: 'send';
  readonly session: string;
  readonly user: string;
  readonly room: string;
  readonly cmid: string;
  readonly content: string;
}
/** Its RECEIPT came. */
export interface ReceiptEvent {
  readonly e: 'receipt';
  readonly session: string;
  readonly user: string;
  readonly room: string;
  readonly cmid: string;
  readonly seq: number;
}
/** Its refusal came. */
export interface RefusedEvent {
  readonly e: 'refused';
  readonly session: string;
  readonly user: string;
  readonly room: string;
  readonly cmid: string;
  readonly code: string;
  readonly retry: 'never' | 'later' | 'unknown';
}
/** The receipt of a SUBSCRIBE: entries follow from `after` + 1. */
export interface SubscribedEvent {
  readonly e: 'subscribed';
  readonly session: string;
  readonly sub: string;
  readonly room: string;
  readonly after: number;
  readonly head: number;
}
/** A MESSAGE came on a subscription. */
export interface DeliveredEvent {
  readonly e: 'delivered';
  readonly session: string;
  readonly sub: string;
  readonly entry: LoggedEntry;
}
/** The subscription was still there at the end of the run, after everything had been quiet. */
export interface LiveEvent {
  readonly e: 'live';
  readonly session: string;
  readonly sub: string;
  readonly room: string;
}
/** One entry of a room's history, read at the end. */
export interface HistoryEvent {
  readonly e: 'history';
  readonly entry: LoggedEntry;
}
/** The room's head, read with its history. */
export interface HeadEvent {
  readonly e: 'head';
  readonly room: string;
  readonly head: number;
}

export interface LoggedEntry {
  readonly roomId: string;
  readonly seq: number;
  readonly n: number;
  readonly kind: string;
  readonly senderId: string;
  readonly clientMessageId: string;
  readonly content: string | null;
  readonly redacted?: boolean;
  readonly data: unknown;
  readonly createdAt: string;
}

export type HistoryLine =
  SendEvent | ReceiptEvent | RefusedEvent | SubscribedEvent | DeliveredEvent | LiveEvent | HistoryEvent | HeadEvent;

/** Strings and numbers that each kind of line must have. */
const SHAPES: Readonly<Record<HistoryLine['e'], Readonly<Record<string, 'string' | 'number' | 'object'>>>> = {
  send: { session: 'string', user: 'string', room: 'string', cmid: 'string', content: 'string' },
  receipt: { session: 'string', user: 'string', room: 'string', cmid: 'string', seq: 'number' },
  refused: { session: 'string', user: 'string', room: 'string', cmid: 'string', code: 'string', retry: 'string' },
  subscribed: { session: 'string', sub: 'string', room: 'string', after: 'number', head: 'number' },
  delivered: { session: 'string', sub: 'string', entry: 'object' },
  live: { session: 'string', sub: 'string', room: 'string' },
  history: { entry: 'object' },
  head: { room: 'string', head: 'number' },
};
const ENTRY_SHAPE = {
  roomId: 'string',
  seq: 'number',
  n: 'number',
  kind: 'string',
  senderId: 'string',
  clientMessageId: 'string',
  createdAt: 'string',
} as const;

const fits = (value: unknown, shape: Readonly<Record<string, string>>): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(shape).every(([name, type]) => typeof fields[name] === type && fields[name] !== null);
};

/** @throws {SyntaxError} saying what is wrong with the line */
export const parseLine = (text: string): HistoryLine => {
  const value = JSON.parse(text) as { readonly e?: unknown; readonly entry?: unknown };
  const kind = String(value.e) as HistoryLine['e'];
  if (!Object.hasOwn(SHAPES, kind)) throw new SyntaxError(`unknown kind of line ${JSON.stringify(value.e)}`);
  if (!fits(value, SHAPES[kind]))
    throw new SyntaxError(`"${kind}" lacks one of ${Object.keys(SHAPES[kind]).join(', ')}`);
  if ('entry' in SHAPES[kind] && !fits(value.entry, ENTRY_SHAPE)) {
    throw new SyntaxError(`the entry of "${kind}" lacks one of ${Object.keys(ENTRY_SHAPE).join(', ')}`);
  }
  return value as HistoryLine;
};
