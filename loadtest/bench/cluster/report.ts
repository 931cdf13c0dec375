/** The committed report: medians, the rounds beside them, and the marks. Pure but for the machine's name and the date. */
import { svgOf } from '../../load/svg.js';
import { machine, micros, ms, percent, times, today, whole } from '../format.js';
import { median } from '../statistics.js';
import type { BenchOptions } from './options.js';
import type { LayoutFigures, Round } from './round.js';
import { byTier, type Measured } from './stand.js';

/** What the design's prototype took, edge, actor and Redis together, with 64 messages a batch. */
const PROTOTYPE_BUS_MICROS = 34;
/** Everybody sends every 2 s. */
const TARGET_EVERY_S = 2;

type Of = (round: Round) => number;
type Show = (value: number) => string;

const middle = (rounds: readonly Round[], of: Of): number => median(rounds.map(of));

const row = (name: string, rounds: readonly Round[], of: Of, show: Show, mark = ''): string => {
  const values = rounds.map(of);
  return `| ${name} | **${show(median(values))}** | ${values.map(show).join(' · ')} | ${mark} |`;
};

const HEAD = ['| what | median | rounds | mark |', '| --- | --- | --- | --- |'];

/** The figures of one load in each round. */
class Loads {
  readonly #of: (round: Round) => Measured;

  constructor(
    readonly rounds: readonly Round[],
    of: (round: Round) => Measured | undefined,
  ) {
    this.#of = (round) => {
      const found = of(round);
      if (found === undefined) throw new Error('a round lacks a load');
      return found;
    };
  }

  row(name: string, of: (load: Measured) => number, show: Show, mark?: string): string {
    return row(name, this.rounds, (round) => of(this.#of(round)), show, mark);
  }

  middle(of: (load: Measured) => number): number {
    return middle(this.rounds, (round) => of(this.#of(round)));
  }
}

const layoutOf = (round: Round, layout: string): LayoutFigures | undefined =>
  round.layouts.find((each) => each.layout === layout);

const saturatedOf = (rounds: readonly Round[], layout: string): Loads =>
  new Loads(rounds, (round) => layoutOf(round, layout)?.saturated);

const pacedOf = (rounds: readonly Round[], layout: string, rate: number): Loads =>
  new Loads(rounds, (round) => layoutOf(round, layout)?.paced.find((each) => each.rate === rate));

const receipts = (loads: Loads): readonly string[] => [
  loads.row('— receipt p50', (load) => load.receiptP50, ms),
  loads.row('— receipt p99', (load) => load.receiptP99, ms),
];

const marks = (rounds: readonly Round[], layout: string, { users, rooms, rates }: BenchOptions): readonly string[] => {
  const saturated = saturatedOf(rounds, layout);
  const target = users / TARGET_EVERY_S;
  const people = `${whole(users)} users in ${whole(rooms)} rooms`;
  const lines = [
    `## ${layout}: ${people}`,
    '',
    ...HEAD,
    saturated.row('durable sends a second, saturated', (load) => load.perSecond, whole, '≥ 6,000'),
    ...receipts(saturated),
    saturated.row('— received by all subscribers', (load) => load.received, percent, '100 %'),
  ];
  if (rates.includes(target)) {
    const paced = pacedOf(rounds, layout, target);
    lines.push(
      paced.row(`everybody every ${String(TARGET_EVERY_S)} s, receipts a second`, (load) => load.perSecond, whole),
      paced.row('— receipt p50', (load) => load.receiptP50, ms),
      paced.row('— receipt p99', (load) => load.receiptP99, ms, '≤ 50 ms'),
      paced.row('— delivery p99', (load) => load.deliveryP99, ms),
      paced.row('— received by all subscribers', (load) => load.received, percent, '100 %'),
    );
  }
  return [...lines, '', ...ladder(rounds, layout, rates), ''];
};

const ladder = (rounds: readonly Round[], layout: string, rates: readonly number[]): readonly string[] => {
  const line = (name: string, loads: Loads): string => {
    const pair = (p50: (load: Measured) => number, p99: (load: Measured) => number): string =>
      `${loads.middle(p50).toFixed(1)} · ${ms(loads.middle(p99))}`;
    const shares = byTier((tier) => loads.middle((load) => load.shares[tier]));
    const cells = [
      name,
      whole(loads.middle((load) => load.perSecond)),
      pair(
        (load) => load.receiptP50,
        (load) => load.receiptP99,
      ),
      pair(
        (load) => load.deliveryP50,
        (load) => load.deliveryP99,
      ),
      percent(loads.middle((load) => load.received)),
      ms(loads.middle((load) => load.lateP99)),
      Object.values(shares)
        .map((share) => String(Math.round(share * 100)))
        .join(' · '),
    ];
    return `| ${cells.join(' | ')} |`;
  };
  return [
    'Medians. Processor share in % of one core: edges · actor nodes · Redis · MongoDB · generator.',
    '',
    '| offered a second | receipts a second | receipt p50 · p99 | delivery p50 · p99 | received | generator late, p99 | processor share |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rates.map((rate) => line(whole(rate), pacedOf(rounds, layout, rate))),
    line('saturated', saturatedOf(rounds, layout)),
  ];
};

const STAGES: readonly (readonly [string, (load: Measured) => number])[] = [
  ['client, sockets, decoding and writing at the edge', ({ stages }) => stages.clientAndSockets],
  ['at the edge, until it is in the stream', ({ stages }) => stages.append],
  ['— of it the call to Redis', ({ stages }) => stages.appendCall],
  ['in the stream until it is read, and back by pub/sub', ({ stages }) => stages.underWay],
  ['at the actor, read and waiting for a group commit', ({ stages }) => stages.wait],
  ['the insert, w: majority, j: true', ({ stages }) => stages.insert],
  ['durable, until its stream commit is done', ({ stages }) => stages.publish],
  ['— of it the call to Redis', ({ stages }) => stages.publishCall],
  ['**receipt, mean**', ({ receiptMean }) => receiptMean],
];

const stages = (columns: readonly (readonly [string, Loads])[]): readonly string[] => [
  '## Where the time of a message goes',
  '',
  'Means in ms, medians of the rounds. Parts without a dash add up.',
  '',
  `| part | ${columns.map(([name]) => name).join(' | ')} |`,
  `| --- |${' --- |'.repeat(columns.length)}`,
  ...STAGES.map(([name, of]) => `| ${name} | ${columns.map(([, loads]) => loads.middle(of).toFixed(2)).join(' | ')} |`),
  `| documents of a group commit | ${columns.map(([, loads]) => loads.middle((load) => load.stages.documents).toFixed(1)).join(' | ')} |`,
  `| batches of a read | ${columns.map(([, loads]) => loads.middle((load) => load.stages.readBatches).toFixed(1)).join(' | ')} |`,
  '',
];

const processors = (columns: readonly (readonly [string, Loads])[]): readonly string[] => {
  const of = (tier: keyof Measured['micros']): string =>
    columns.map(([, loads]) => whole(loads.middle((load) => load.micros[tier]))).join(' | ');
  const sum = (load: Measured): number => Object.values(load.micros).reduce((total, each) => total + each, 0);
  return [
    '## What a message takes of the processors',
    '',
    'µs of processor time, all threads, with its deliveries.',
    '',
    `| process | ${columns.map(([name]) => name).join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    `| edges | ${of('edges')} |`,
    `| actor nodes | ${of('actors')} |`,
    `| Redis | ${of('redis')} |`,
    `| MongoDB, three members | ${of('mongods')} |`,
    `| load generator | ${of('generator')} |`,
    `| **together** | ${columns.map(([, loads]) => whole(loads.middle(sum))).join(' | ')} |`,
    '',
  ];
};

const bareStore = (rounds: readonly Round[], layouts: readonly string[]): readonly string[] => {
  const [first] = rounds;
  const bare = (round: Round, i: number): number => round.bare[i]?.documentsPerSecond ?? 0;
  const best = (round: Round): number => Math.max(...round.bare.map(({ documentsPerSecond }) => documentsPerSecond));
  return [
    '## The replica set alone',
    '',
    '`insertMany` of 256 of the documents that the product wrote, its indexes, ordered, w: majority, j: true, by the bare driver with nothing else running.',
    '',
    ...HEAD,
    ...(first?.bare ?? []).flatMap(({ inFlight }, i) => [
      row(`documents a second, ${String(inFlight)} in flight`, rounds, (round) => bare(round, i), whole),
      row('— p50', rounds, (round) => round.bare[i]?.p50 ?? 0, ms),
      row('— p99', rounds, (round) => round.bare[i]?.p99 ?? 0, ms),
      row('— processor time of MongoDB for one', rounds, (round) => round.bare[i]?.mongodMicros ?? 0, micros),
    ]),
    ...layouts.map((layout) =>
      row(
        `${layout} saturated, of the better of these`,
        rounds,
        (round) => (layoutOf(round, layout)?.saturated.perSecond ?? 0) / best(round),
        times,
      ),
    ),
    '',
  ];
};

const bus = (rounds: readonly Round[]): readonly string[] => [
  '## The bus alone',
  '',
  'Append, read, stream commit and fan-out through the adapters and one Redis, with encoding and decoding, without a store: 1,024 messages under way over 64 shards. µs of processor time a message.',
  '',
  ...HEAD,
  ...(rounds[0]?.bus ?? []).flatMap(({ perBatch }, i) => {
    const of = (name: keyof Round['bus'][number]) => (round: Round) => round.bus[i]?.[name] ?? 0;
    const all = (round: Round): number => of('edgeMicros')(round) + of('actorMicros')(round) + of('redisMicros')(round);
    return [
      row(`messages a second, ${String(perBatch)} a batch`, rounds, of('messagesPerSecond'), whole),
      row('— round trip p50', rounds, of('p50'), ms),
      row('— round trip p99', rounds, of('p99'), ms),
      row('— edge', rounds, of('edgeMicros'), micros),
      row('— actor', rounds, of('actorMicros'), micros),
      row('— Redis', rounds, of('redisMicros'), micros),
      row('— together', rounds, all, micros, perBatch === 1 ? '' : `${String(PROTOTYPE_BUS_MICROS)} µs (prototype)`),
    ];
  }),
  '',
];

const catchUps = (rounds: readonly Round[], layouts: readonly string[]): readonly string[] => {
  const figures = (round: Round, layout: string) => layoutOf(round, layout)?.catchUps ?? [];
  const [first] = rounds;
  return [
    '## 1,000 entries to catch up with',
    '',
    'SUBSCRIBE with `last-seq`, from the frame to the 1,000th entry, each on a connection of its own, over 8 rooms.',
    '',
    ...HEAD,
    ...layouts.flatMap((layout) =>
      (first === undefined ? [] : figures(first, layout)).flatMap(({ samples }, i) => {
        const name = `${layout}, ${i === 0 ? 'one after the other' : '16 at once'}, ${whole(samples)} of them`;
        return [
          row(`${name}: p50`, rounds, (round) => figures(round, layout)[i]?.p50 ?? 0, ms),
          row('— p99', rounds, (round) => figures(round, layout)[i]?.p99 ?? 0, ms),
        ];
      }),
    ),
    '',
  ];
};

const NOT_MEASURED =
  'What this does not measure: a network, TLS, machines of their own for each process, disks other than this one, a ' +
  'Redis Cluster, elections and take-overs under load, histories of more than some ten thousand entries, slow clients.';

const roundsOf = (count: number): string =>
  count === 1 ? 'one round' : `medians of ${String(count)} rounds, the rounds beside them`;

/** Markdown. */
export const report = (rounds: readonly Round[], options: BenchOptions): string => {
  const layouts = (rounds[0]?.layouts ?? []).map(({ layout }) => layout);
  const target = options.users / TARGET_EVERY_S;
  const columns = layouts.flatMap((layout): (readonly [string, Loads])[] => [
    ...(options.rates.includes(target)
      ? [[`${layout}, ${whole(target)} a second`, pacedOf(rounds, layout, target)] as const]
      : []),
    [`${layout}, saturated`, saturatedOf(rounds, layout)],
  ]);
  return [
    '# A cluster, measured',
    '',
    `${today()}, ${machine()}. \`npm run bench -- cluster\`; ${roundsOf(rounds.length)}. ` +
      'One Redis, a replica set of three members, the edges, the actor nodes (E+A below) and one process ' +
      'that makes the load share the cores and talk over loopback. Every message is committed by a majority, ' +
      `journaled, receipted, and delivered to all ${String(options.users / options.rooms)} members of its room. ` +
      '[README.md](README.md) says what was learnt from it.',
    '',
    '![Receipt p99 by the rate that is offered](cluster.svg)',
    '',
    ...layouts.flatMap((layout) => marks(rounds, layout, options)),
    ...stages(columns),
    ...processors(columns),
    ...bareStore(rounds, layouts),
    ...bus(rounds),
    ...catchUps(rounds, layouts),
    NOT_MEASURED,
    '',
  ].join('\n');
};

export const latencyPlot = (rounds: readonly Round[]): string =>
  svgOf({
    title: 'Receipt p99 by the rate that is offered',
    x: 'messages a second',
    y: 'ms',
    series: (rounds[0]?.layouts ?? []).map(({ layout, paced }) => ({
      name: `${layout}, p99`,
      points: paced.map(({ rate }) => [rate, pacedOf(rounds, layout, rate).middle((load) => load.receiptP99)] as const),
    })),
  });
