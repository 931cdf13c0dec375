/** What both scenarios have come to, as the report shows it. */
import type { Plot } from './svg.js';

export interface Result {
  /** All that was asked for has happened. */
  readonly passed: boolean;
  /** Rows of the report: what, and how much. */
  readonly rows: readonly (readonly [string, string])[];
  readonly plots: readonly Plot[];
  /** The same for programs. */
  readonly figures: object;
}
