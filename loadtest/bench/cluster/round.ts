/** One round: the replica set alone, the bus alone, and each layout from a fresh cluster on. */
import { resolve } from 'node:path';
import type { ClusterServers } from '../../driver/cluster.js';
import { benchBareStore, type BareFigures } from './bare-store.js';
import { benchBus, type BusFigures } from './bus.js';
import type { BenchOptions } from './options.js';
import type { CatchUpFigures } from './protocol.js';
import { layoutName, Stand, type Layout, type Measured } from './stand.js';

const WARM_UP_MS = 2_000;
const WARM_UP_PER_SECOND = 200;
const BARE_IN_FLIGHT = [1, 2];
const PER_BATCH = [1, 64];
const CATCH_UPS_AT_ONCE = [1, 16];

export interface LayoutFigures {
  readonly layout: string;
  readonly paced: readonly (Measured & { readonly rate: number })[];
  readonly saturated: Measured;
  /** In the order of `CATCH_UPS_AT_ONCE`. */
  readonly catchUps: readonly CatchUpFigures[];
}

export interface Round {
  readonly layouts: readonly LayoutFigures[];
  /** With 1 and 2 inserts in flight. */
  readonly bare: readonly BareFigures[];
  /** With 1 and 64 messages a batch. */
  readonly bus: readonly BusFigures[];
}

export const measureRound = async (
  servers: ClusterServers,
  options: BenchOptions,
  say: (text: string) => void,
): Promise<Round> => {
  const layouts: LayoutFigures[] = [];
  let bare: readonly BareFigures[] = [];
  for (const layout of options.layouts) {
    say(` ${layoutName(layout)}`);
    const stand = await Stand.open(servers, layout, { env: profiled(options) });
    try {
      layouts.push(await measureLayout(stand, layout, options, say));
      if (layouts.length < options.layouts.length) continue;
    } finally {
      await stand.close();
    }
    say(' store');
    bare = await benchBareStore(servers, stand.mongoUrl, BARE_IN_FLIGHT, options.ms);
  }
  say(' bus\n');
  const bus: BusFigures[] = [];
  for (const perBatch of PER_BATCH) bus.push(await benchBus(servers, perBatch, options.ms));
  return { layouts, bare, bus };
};

const profiled = ({ profiles }: BenchOptions): Readonly<Record<string, string>> =>
  profiles === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profiles)}` };

const measureLayout = async (
  stand: Stand,
  layout: Layout,
  { users, rooms, rates, ms, samples }: BenchOptions,
  say: (text: string) => void,
): Promise<LayoutFigures> => {
  await stand.seat(users, rooms);
  await stand.measure({ do: 'pace', perSecond: WARM_UP_PER_SECOND, ms: WARM_UP_MS });
  const paced: LayoutFigures['paced'][number][] = [];
  for (const rate of rates) {
    say(` ${String(rate)}`);
    paced.push({ rate, ...(await stand.measure({ do: 'pace', perSecond: rate, ms })) });
  }
  say(' saturated');
  const saturated = await stand.measure({ do: 'saturate', warmUpMs: WARM_UP_MS, ms });
  say(' catch-up');
  const catchUps = await stand.catchUp(samples, CATCH_UPS_AT_ONCE);
  return { layout: layoutName(layout), paced, saturated, catchUps };
};
