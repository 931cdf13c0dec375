/** The two files that the runner wrote for this run, and the way back to it. */
import { SharedArray } from 'k6/data';
import type { LoadLine, LoadPlan } from '../load/protocol.ts';

/** Between the end of the preparations and the first connection: every virtual user is there by then (milliseconds). */
export const LEAD_MS = 1_000;
const PROGRESS_MS = 1_000;

const fileNamedBy = (variable: string): string => {
  const path = __ENV[variable];
  if (path === undefined) throw new Error(`${variable} is not set: start this script with "npm run load"`);
  return open(path);
};

export const readPlan = <P extends LoadPlan>(): P => JSON.parse(fileNamedBy('MUNOVA_LOAD_PLAN')) as P;

/** One a person, signed beforehand; one copy for all virtual users. */
export const tokens = new SharedArray<string>(
  'tokens',
  () => JSON.parse(fileNamedBy('MUNOVA_LOAD_TOKENS')) as string[],
);

export const tell = (line: LoadLine): void => console.log(JSON.stringify(line));

/** Tells the sums every second until it is called. */
export const tellProgress = (vu: number, counts: Record<string, number>): (() => void) => {
  const timer = setInterval(() => tell({ kind: 'progress', vu, counts }), PROGRESS_MS);
  return () => {
    tell({ kind: 'progress', vu, counts });
    clearInterval(timer);
  };
};

/** Of the addresses, the one whose turn it is. */
export const turn = (addresses: readonly string[], n: number): string => addresses[n % addresses.length] ?? '';

/** k6's own metrics, for the report. */
export const handleSummary = (data: { readonly metrics: object }): Record<string, string> => ({
  [String(__ENV['MUNOVA_LOAD_METRICS'])]: JSON.stringify(data.metrics),
});
