/** What the fake replica set takes its time for, as MongoDB does by default. */

/** From a primary's crash to the next one (ms): ten seconds of silence, and an election. */
export const ELECTION_MS = 11_000;
/** From a step-down with a hand-over to the next primary (ms). */
export const HAND_OVER_MS = 300;
/** From a write on the primary to a secondary's having it, at least and at most (ms). */
export const REPLICATION_MIN_MS = 1;
export const REPLICATION_MAX_MS = 4;
/** Committed writes that a new primary does not know to be, at most (ops). */
export const COMMITS_UNKNOWN_MAX = 8;
/** From an election until a client that waits for a primary has found it, at most: the driver's least pause between looks (ms). */
export const DISCOVERY_MS = 500;
/** As the driver waits: for a primary, for an answer, for a majority (ms). */
export const SELECTION_MS = 5_000;
export const ANSWER_MS = 10_000;
export const CONFIRM_MS = 5_000;
