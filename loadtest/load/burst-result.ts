/** Every planned connection stands in the result once: connected, or failed with a reason, or not reported at all. */
import { histogramOf, percent, quantileCurve, quantiles, showQuantiles, whole } from './figures.js';
import type { Attempt, BurstPlan } from './protocol.js';
import type { Result } from './result.js';
import type { Plot, Point } from './svg.js';

const BUCKET_MS = 250;
export const UNREPORTED = 'not reported';

const begunAt = ({ n, lateMs }: Attempt, { burstMs, connections }: BurstPlan): number =>
  (n * burstMs) / connections + lateMs;

/** How many of `times` had been by each bucket. */
const cumulative = (times: readonly number[]): Point[] => {
  const sorted = [...times].sort((a, b) => a - b);
  const points: Point[] = [[0, 0]];
  let count = 0;
  for (let end = BUCKET_MS; count < sorted.length; end += BUCKET_MS) {
    while (count < sorted.length && (sorted[count] ?? 0) <= end) count += 1;
    points.push([end / 1_000, count]);
  }
  return points;
};

const connectTimes = (connected: readonly Attempt[], plan: BurstPlan): Plot => {
  const buckets = Map.groupBy(connected, (attempt) => Math.floor(begunAt(attempt, plan) / BUCKET_MS));
  const byBegin = [...buckets].sort(([a], [b]) => a - b);
  const line = (pick: 'p50' | 'p99'): Point[] =>
    byBegin.map(([bucket, attempts]) => [
      (bucket * BUCKET_MS) / 1_000,
      quantiles(histogramOf(attempts.map(({ connectedMs }) => connectedMs ?? 0)))[pick],
    ]);
  return {
    title: 'Connect time by when the connection began',
    x: 'seconds',
    y: 'ms',
    series: [
      { name: 'p50', points: line('p50') },
      { name: 'p99', points: line('p99') },
    ],
  };
};

export const burstResult = (plan: BurstPlan, attempts: readonly Attempt[]): Result => {
  const connected = attempts.filter(({ outcome }) => outcome === 'connected');
  const dropped = connected.filter((attempt) => attempt.dropped).length;
  const outcomes: Record<string, number> = {};
  for (const { outcome } of attempts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const unreported = plan.connections - attempts.length;
  if (unreported > 0) outcomes[UNREPORTED] = unreported;
  const connect = histogramOf(connected.map(({ connectedMs }) => connectedMs ?? 0));
  const open = histogramOf(attempts.flatMap(({ openMs }) => (openMs === null ? [] : [openMs])));
  const late = histogramOf(attempts.map(({ lateMs }) => lateMs));
  const connectedTimes = connected.map((attempt) => begunAt(attempt, plan) + (attempt.connectedMs ?? 0));
  const lastMs = connectedTimes.reduce((last, time) => Math.max(last, time), 0);
  return {
    passed: connected.length === plan.connections && dropped === 0,
    rows: [
      ['connections', `${whole(plan.connections)} in ${whole(plan.burstMs / 1_000)} s`],
      ['connected', `${whole(connected.length)} = ${percent(connected.length, plan.connections)}`],
      ['lost again before the end', whole(dropped)],
      ['connect time, TCP to CONNECTED: p50 · p95 · p99 · longest', showQuantiles(quantiles(connect))],
      ['of it TCP and upgrade', showQuantiles(quantiles(open))],
      ['last one connected after', `${(lastMs / 1_000).toFixed(1)} s`],
      ['the generator itself was late by', showQuantiles(quantiles(late))],
      ...Object.entries(outcomes)
        .filter(([outcome]) => outcome !== 'connected')
        .map(([outcome, count]) => [`failed: ${outcome}`, whole(count)] as const),
    ],
    plots: [
      {
        title: 'Connections',
        x: 'seconds',
        y: '',
        series: [
          { name: 'begun', points: cumulative(attempts.map((attempt) => begunAt(attempt, plan))) },
          { name: 'connected', points: cumulative(connectedTimes) },
        ],
      },
      connectTimes(connected, plan),
      {
        title: 'Connect time: so many percent took no longer',
        x: 'percent',
        y: 'ms',
        series: [
          { name: 'CONNECTED', points: quantileCurve(connect) },
          { name: 'upgrade', points: quantileCurve(open) },
        ],
      },
    ],
    figures: {
      planned: plan.connections,
      connected: connected.length,
      dropped,
      outcomes,
      connectMs: quantiles(connect),
      openMs: quantiles(open),
      lateMs: quantiles(late),
      lastConnectedMs: Math.round(lastMs),
    },
  };
};
