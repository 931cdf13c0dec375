/**
 * A cluster of this build against one of another, taking turns on the same machine and the same servers:
 *
 *     node loadtest/dist/bench/cluster/compare-main.js OTHER_CHECKOUT [ROUNDS]
 *
 * The other checkout has been built. One edge and one actor node, 3,000 users in 600 rooms, 1,500 messages a second and
 * then saturated. Prints both medians of each figure, and this build's as a part of the other's.
 */
import { resolve } from 'node:path';
import { startClusterServers, type ClusterServers } from '../../driver/cluster.js';
import { median } from '../statistics.js';
import { Stand, type Measured } from './stand.js';

const ROUNDS = 3;
const [USERS, ROOMS] = [3_000, 600];
const WARM_UP = { do: 'pace', perSecond: 200, ms: 2_000 } as const;
const LOADS = {
  paced: { do: 'pace', perSecond: 1_500, ms: 5_000 },
  saturated: { do: 'saturate', warmUpMs: 2_000, ms: 5_000 },
} as const;
const LOAD_NAMES = ['paced', 'saturated'] as const;
const FIGURES: Readonly<Record<string, (load: Measured) => number>> = {
  'receipts a second': ({ perSecond }) => perSecond,
  'receipt p50, ms': ({ receiptP50 }) => receiptP50,
  'receipt p99, ms': ({ receiptP99 }) => receiptP99,
  'edge, µs a message': ({ micros }) => micros.edges,
  'actor, µs a message': ({ micros }) => micros.actors,
  'Redis, µs a message': ({ micros }) => micros.redis,
  'MongoDB, µs a message': ({ micros }) => micros.mongods,
  'insert, ms': ({ stages }) => stages.insert,
};

type Result = Readonly<Record<(typeof LOAD_NAMES)[number], Measured>>;

const measure = async (servers: ClusterServers, entry: string | undefined): Promise<Result> => {
  const stand = await Stand.open(servers, { edges: 1, actors: 1 }, entry === undefined ? {} : { entry });
  try {
    await stand.seat(USERS, ROOMS);
    await stand.measure(WARM_UP);
    return { paced: await stand.measure(LOADS.paced), saturated: await stand.measure(LOADS.saturated) };
  } finally {
    await stand.close();
  }
};

const [folder, rounds = String(ROUNDS)] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder of another checkout is expected');
const other = resolve(folder, 'packages/munova/bin/munova.mjs');

const results: Record<'this' | 'other', Result[]> = { this: [], other: [] };
const servers = await startClusterServers();
try {
  for (let round = 0; round < Number(rounds); round += 1) {
    // Who comes first changes, so that what the machine does meanwhile favours neither.
    for (const side of round % 2 === 0 ? (['other', 'this'] as const) : (['this', 'other'] as const)) {
      const result = await measure(servers, side === 'other' ? other : undefined);
      results[side].push(result);
      process.stderr.write(`${side} ${JSON.stringify(result)}\n`);
    }
  }
} finally {
  await servers.stop();
}
for (const load of LOAD_NAMES) {
  for (const [name, of] of Object.entries(FIGURES)) {
    const [theirs, ours] = [results.other, results.this].map((all) => median(all.map((result) => of(result[load]))));
    if (theirs === undefined || ours === undefined) continue;
    process.stdout.write(
      `${load}, ${name}: other ${theirs.toFixed(1)}, this ${ours.toFixed(1)}, ratio ${(ours / theirs).toFixed(2)}\n`,
    );
  }
}
