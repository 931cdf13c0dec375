/** Quantiles of many values, or of how often each came. */
import type { Histogram } from './protocol.js';

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export const histogramOf = (values: readonly number[]): Histogram => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
};

export const merged = (histograms: readonly Histogram[]): Histogram => {
  const sums: Record<string, number> = {};
  for (const histogram of histograms) {
    for (const [key, count] of Object.entries(histogram)) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
};

/** The smallest value that at least the part `q` of all does not exceed; 0 where there is none. */
const quantileOf = (histogram: Histogram, q: number): number => {
  const entries = Object.entries(histogram)
    .map(([value, count]) => [Number(value), count] as const)
    .sort(([a], [b]) => a - b);
  let left = q * entries.reduce((sum, [, count]) => sum + count, 0);
  for (const [value, count] of entries) {
    left -= count;
    if (left <= 0) return value;
  }
  return 0;
};

export const quantiles = (histogram: Histogram): Quantiles => ({
  p50: quantileOf(histogram, 0.5),
  p95: quantileOf(histogram, 0.95),
  p99: quantileOf(histogram, 0.99),
  max: quantileOf(histogram, 1),
});

const PERCENTS = [...Array.from({ length: 99 }, (_, i) => i + 1), 99.5, 99.9, 100];

/** Points (percent, milliseconds) of the curve under which so many percent lie. */
export const quantileCurve = (histogram: Histogram): (readonly [number, number])[] =>
  PERCENTS.map((percent) => [percent, quantileOf(histogram, percent / 100)] as const);

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const showQuantiles = ({ p50, p95, p99, max }: Quantiles): string =>
  `${whole(p50)} · ${whole(p95)} · ${whole(p99)} · ${whole(max)} ms`;
export const percent = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(2)} %`;
