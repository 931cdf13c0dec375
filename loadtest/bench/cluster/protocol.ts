/** What the benchmark and its generator say to each other, over the channel between parent and child. */
import type { RawWsTarget } from '../raw-ws.js';

export interface Visitor {
  readonly token: string;
  readonly room: string;
  readonly target: RawWsTarget;
}

export interface Reader {
  readonly token: string;
  readonly room: string;
  readonly target: RawWsTarget;
  /** Entries that stand before those that are read. */
  readonly after: number;
  readonly entries: number;
}

export type Order =
  /** Connects and subscribes everybody. */
  | { readonly do: 'connect'; readonly visitors: readonly Visitor[] }
  /** Messages start at a fixed rate, from one user after the other, whatever the receipts do. */
  | { readonly do: 'pace'; readonly perSecond: number; readonly ms: number }
  /** Each user sends again as soon as his receipt came. */
  | { readonly do: 'saturate'; readonly warmUpMs: number; readonly ms: number }
  /** `messages` into each room that somebody sits in, of which there are few. */
  | { readonly do: 'fill'; readonly messages: number }
  /** Everybody leaves. */
  | { readonly do: 'leave' }
  /** Each reader connects, then subscribes behind `after`; the time from there to the last entry. */
  | { readonly do: 'catch-up'; readonly readers: readonly Reader[]; readonly atOnce: number };

export interface LoadFigures {
  readonly sent: number;
  readonly perSecond: number;
  /** ms from when a message was due to its receipt. */
  readonly receiptMean: number;
  readonly receiptP50: number;
  readonly receiptP99: number;
  /** ms from when a message was due until another member of the room had it; one member of each room listens. */
  readonly deliveryP50: number;
  readonly deliveryP99: number;
  /** Receipts, and messages at all subscribers, of those expected; 1 is all. */
  readonly receipted: number;
  readonly received: number;
  /** ms by which the generator itself began a message late. */
  readonly lateP99: number;
}

export interface CatchUpFigures {
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

export interface AnswerTo {
  readonly connect: null;
  readonly pace: LoadFigures;
  readonly saturate: LoadFigures;
  readonly fill: null;
  readonly leave: null;
  readonly 'catch-up': CatchUpFigures;
}

export type Answer = { readonly result: AnswerTo[keyof AnswerTo] } | { readonly error: string };
