/** The committed report: medians, the rounds beside them, and the marks. */
import type { ConnectsResult } from './connects.js';
import type { FanOutResult } from './fan-out.js';
import { kib, machine, micros, ms, times, today, whole } from './format.js';
import type { SendsResult } from './sends.js';
import { median } from './statistics.js';

export interface Round {
  readonly sends: SendsResult;
  readonly fanOut: FanOutResult;
  readonly connects: ConnectsResult;
}

interface Figure {
  readonly name: string;
  readonly of: (round: Round) => number;
  readonly show: (value: number) => string;
  readonly mark: string;
}

const figure = (name: string, of: Figure['of'], show: Figure['show'], mark = ''): Figure => ({ name, of, show, mark });

const FIGURES: readonly Figure[] = [
  figure(
    'durable sends a second, 1,000 users in 200 rooms, saturated',
    (r) => r.sends.saturatedPerSecond,
    whole,
    '≥ 5,000',
  ),
  figure('— receipt p50', (r) => r.sends.saturatedP50, ms),
  figure('— receipt p99', (r) => r.sends.saturatedP99, ms),
  figure('— deliveries a second beside them', (r) => r.sends.deliveriesPerSecond, whole),
  figure('durable sends a second, paced', (r) => r.sends.pacedPerSecond, whole),
  figure('— receipt p50', (r) => r.sends.pacedP50, ms),
  figure('— receipt p99', (r) => r.sends.pacedP99, ms),
  figure('fan-out to 1,000 subscribers, deliveries a second', (r) => r.fanOut.deliveriesPerSecond, whole),
  figure('— Socket.IO, same driver', (r) => r.fanOut.socketIoDeliveriesPerSecond, whole),
  figure('— ratio', (r) => r.fanOut.deliveriesPerSecond / r.fanOut.socketIoDeliveriesPerSecond, times, '≥ 3 ×'),
  figure('connects a second, with token and session', (r) => r.connects.perSecond, whole, '≥ 2,500'),
  figure('— processor time of the server for one', (r) => r.connects.cpuMicros, micros),
  figure('— p50', (r) => r.connects.p50, ms),
  figure('— p99', (r) => r.connects.p99, ms),
  figure('resident memory of an idle connection, 5,000 of them', (r) => r.connects.idleBytes, kib, '≤ 16 KB'),
];

const row = ({ name, of, show, mark }: Figure, rounds: readonly Round[]): string => {
  const values = rounds.map(of);
  return `| ${name} | **${show(median(values))}** | ${values.map(show).join(' · ')} | ${mark} |`;
};

const NOT_MEASURED =
  "What this does not measure: a network, TLS, a disk other than this machine's (`synchronous=FULL` costs what its sync " +
  'costs), histories of more than a few thousand entries, clients that are slow. Kernel memory of a socket (about 4 KB) ' +
  'is not in the resident size. Socket.IO here stores nothing, orders nothing and acknowledges before delivery.';

/** Markdown. */
export const report = (rounds: readonly Round[]): string =>
  [
    '# One process, measured',
    '',
    `${today()}, ${machine()}. \`npm run bench\`; medians of ${String(rounds.length)} rounds, ` +
      'the rounds beside them. Server and driver share the cores and talk over loopback.',
    '',
    '| what | median | rounds | first mark |',
    '| --- | --- | --- | --- |',
    ...FIGURES.map((f) => row(f, rounds)),
    '',
    NOT_MEASURED,
    '',
  ].join('\n');
