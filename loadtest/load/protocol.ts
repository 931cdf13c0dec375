/** What the runner tells the k6 scripts, by files, and what they tell the runner, one line of JSON each on stderr. */

/** Both scenarios. Times are milliseconds. */
export interface LoadPlan {
  /** Makes names of this run its own on a store that has seen others. */
  readonly run: string;
  /** `ws://host:port/ws` of every process that takes connections; used in turn. */
  readonly ws: readonly string[];
  /** `http://host:port`, likewise. */
  readonly http: readonly string[];
  /** Virtual users of k6: each a thread of JavaScript that holds many sockets. */
  readonly vus: number;
  /** How long an answer may take until it counts as missing. */
  readonly patienceMs: number;
}

/** Connection n is due n ÷ connections of the burst after its begin, whatever became of those before it. */
export interface BurstPlan extends LoadPlan {
  readonly connections: number;
  readonly burstMs: number;
  /** All connections stay open for this long after the burst. */
  readonly holdMs: number;
}

/** One room a virtual user; each person in it says something every `everyMs`. */
export interface ChatPlan extends LoadPlan {
  readonly people: number;
  readonly everyMs: number;
  readonly talkMs: number;
}

/** Sums since the begin, of one virtual user. */
export interface ProgressLine {
  readonly kind: 'progress';
  readonly vu: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** `connected`, or why not: the code of an ERROR frame, what the socket said, `timeout`. */
export interface Attempt {
  readonly n: number;
  /** How late the generator itself was: begun after it was due. */
  readonly lateMs: number;
  /** From its begin to the open WebSocket, TCP included; null where it never opened. */
  readonly openMs: number | null;
  /** From its begin to CONNECTED; null where that never came. */
  readonly connectedMs: number | null;
  readonly outcome: string;
  /** It was connected and ended before the run did. */
  readonly dropped: boolean;
}

export interface BurstLine {
  readonly kind: 'burst';
  readonly attempts: readonly Attempt[];
}

/** How many took so many milliseconds. */
export type Histogram = Readonly<Record<string, number>>;

export interface ChatLine {
  readonly kind: 'chat';
  readonly sent: number;
  /** Distinct messages with a RECEIPT. */
  readonly receipted: number;
  /** Messages that the history read afterwards has exactly once, at the seq of their RECEIPT. */
  readonly stored: number;
  /** Messages at subscribers, each counted once for each; `sent` × people where all is well. */
  readonly received: number;
  readonly expected: number;
  readonly duplicates: number;
  /** Entries that did not follow the one before them at the same subscriber. */
  readonly gaps: number;
  /** Sockets and calls that failed, by why. */
  readonly failures: Readonly<Record<string, number>>;
  readonly receiptMs: Histogram;
  readonly deliveryMs: Histogram;
  /** By the second since the begin: sent, receipted, received. */
  readonly seconds: Readonly<Record<string, readonly [number, number, number]>>;
}

export type LoadLine = ProgressLine | BurstLine | ChatLine;
