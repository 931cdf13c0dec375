/** The checker's entry for programs that have a history in memory. */
export { check, CHECKED, type CheckId, type Verdict, type Violation } from './check.js';
export { Gatherer } from './facts.js';
export type { HistoryLine, LoggedEntry } from './history.js';
