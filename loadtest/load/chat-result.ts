/** The sums over all rooms; a room that told nothing is a failure. */
import { merged, percent, quantileCurve, quantiles, showQuantiles, whole } from './figures.js';
import type { ChatLine, ChatPlan } from './protocol.js';
import type { Result } from './result.js';
import type { Plot } from './svg.js';

const SUMMED = ['sent', 'receipted', 'stored', 'received', 'expected', 'duplicates', 'gaps'] as const;
type Sums = Record<(typeof SUMMED)[number], number>;

const aSecond = (lines: readonly ChatLine[], people: number): Plot => {
  const sums = new Map<number, [number, number, number]>();
  for (const [second, counts] of lines.flatMap((line) => Object.entries(line.seconds))) {
    const sum = sums.get(Number(second)) ?? [0, 0, 0];
    sums.set(Number(second), [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]]);
  }
  const seconds = [...sums].sort(([a], [b]) => a - b);
  return {
    title: 'Messages a second',
    x: 'seconds',
    y: '',
    series: [
      { name: 'sent', points: seconds.map(([second, [sent]]) => [second, sent]) },
      { name: 'receipted', points: seconds.map(([second, [, receipted]]) => [second, receipted]) },
      { name: 'received ÷ people', points: seconds.map(([second, [, , received]]) => [second, received / people]) },
    ],
  };
};

export const chatResult = (plan: ChatPlan, lines: readonly ChatLine[]): Result => {
  const sums = Object.fromEntries(
    SUMMED.map((name) => [name, lines.reduce((sum, line) => sum + line[name], 0)]),
  ) as Sums;
  const silent = plan.vus - lines.length;
  const failures = merged([
    ...lines.map((line) => line.failures),
    silent > 0 ? { 'rooms that told nothing': silent } : {},
  ]);
  const receipt = merged(lines.map(({ receiptMs }) => receiptMs));
  const delivery = merged(lines.map(({ deliveryMs }) => deliveryMs));
  const { sent, receipted, stored, received, expected, duplicates, gaps } = sums;
  const complete = receipted === sent && stored === sent && received === expected;
  return {
    passed: sent > 0 && complete && duplicates === 0 && gaps === 0 && Object.keys(failures).length === 0,
    rows: [
      ['rooms × people', `${whole(plan.vus)} × ${whole(plan.people)}`],
      ['sent', `${whole(sent)}, ${whole((sent * 1_000) / plan.talkMs)} a second`],
      ['receipted', `${whole(receipted)} = ${percent(receipted, sent)}`],
      ['stored: in the history once, at the seq of the receipt', `${whole(stored)} = ${percent(stored, sent)}`],
      [
        'received, by everybody in the room',
        `${whole(received)} of ${whole(expected)} = ${percent(received, expected)}`,
      ],
      ['duplicates · out of order or missing before the next', `${whole(duplicates)} · ${whole(gaps)}`],
      ['receipt: p50 · p95 · p99 · longest', showQuantiles(quantiles(receipt))],
      ['delivery: p50 · p95 · p99 · longest', showQuantiles(quantiles(delivery))],
      ...Object.entries(failures).map(([why, count]) => [`failed: ${why}`, whole(count)] as const),
    ],
    plots: [
      aSecond(lines, plan.people),
      {
        title: 'So many percent took no longer',
        x: 'percent',
        y: 'ms',
        series: [
          { name: 'receipt', points: quantileCurve(receipt) },
          { name: 'delivery', points: quantileCurve(delivery) },
        ],
      },
    ],
    figures: { ...sums, failures, receiptMs: quantiles(receipt), deliveryMs: quantiles(delivery) },
  };
};
