/** A cluster under load, for a test that harms it and then has the outside checker judge what its clients saw. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import type { Verdict } from '../../checker/check.js';
import { Cluster, type ClusterMember, type ClusterOptions } from '../../driver/cluster.js';
import type { LinkTarget } from '../../driver/link.js';
import type { SeededRandom } from '../../driver/random.js';
import { Recorder } from '../../driver/recorder.js';
import { judge, quiet } from '../../driver/run-shop.js';
import { openShop, type Shop } from '../../driver/shop.js';
import { Talker } from '../../driver/talker.js';
import { until } from '../../driver/wait.js';
import { clusterOf, type ClusterBody } from '../cluster/place.js';
import { scratchFolder, seededRun } from '../e2e/run.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether each harm is done to its full extent. */
    readonly munovaFaults: 'all' | 'selected';
  }
}

/** Within this time after the last message behind a harm, everything has its outcome and is everywhere (I11). */
const AT_REST_MS = 60_000;
/** What a cluster may take for anything that ends a harm. */
export const LIMIT_MS = 60_000;
/** Of one test. */
export const TEST_MS = 400_000;
export const isThorough = inject('munovaFaults') === 'all';

const SIZE = { buyers: 20, sellers: 4, groups: 6, groupsPerBuyer: 2 };
const PAUSE_MS = 20;
/** Violations in the words of a failed test; the first ones tell the story. */
const MAX_SHOWN = 20;

/** Loads the processes of a cluster with one of the known ways to be wrong (packages/simulator/src/mutants.ts). */
const mutant = process.env['MUNOVA_MUTANT'];
const mutator = new URL('../../../packages/simulator/dist/mutate.js', import.meta.url).href;
const wrongly: Readonly<Record<string, string>> =
  mutant === undefined ? {} : { NODE_OPTIONS: `--import=${mutator}?mutant=${mutant}` };

const expectMutated = (cluster: Cluster): void => {
  if (mutant === undefined) return;
  const isPatched = cluster.members.some(({ log }) => log.includes(`"mutant":"${mutant}"`));
  if (!isPatched) throw new Error(`no process of a cluster loads what ${mutant} changes`);
};

/** Gone with the test. */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const cluster = await Cluster.start({ ...options, env: { ...wrongly, ...options.env } });
  onTestFinished(() => cluster.destroy());
  return cluster;
};

export interface Ground {
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  readonly shop: Shop;
  readonly talker: Talker;
  readonly recorder: Recorder;
  /** Of an edge that runs. */
  readonly http: () => string;
  /** As `/admin/cluster` shows it. */
  readonly look: () => Promise<ClusterBody>;
}

/** Clients go to one running edge after the other. */
const edgeChooser = (cluster: Cluster): { target: () => LinkTarget; http: () => string } => {
  let turn = 0;
  const running = (): readonly ClusterMember[] => {
    const edges = cluster.edges.filter((edge) => edge.running);
    return edges.length === 0 ? cluster.edges : edges;
  };
  const next = (): ClusterMember => {
    const edges = running();
    turn += 1;
    return edges[turn % edges.length] ?? cluster.member('edge-1');
  };
  return { target: () => next().target, http: () => (running()[0] ?? cluster.member('edge-1')).ready.http };
};

/**
 * Lets a shop talk over all edges while `harm` is done; when that has ended and everything is at rest, the history of
 * its clients must break no invariant.
 */
export const underLoad = async (
  file: string,
  cluster: Cluster,
  harm: (ground: Ground) => Promise<void>,
): Promise<Verdict> => {
  expectMutated(cluster);
  const random = seededRun(file, 'npm run faults --');
  const folder = scratchFolder();
  const { target, http } = edgeChooser(cluster);
  await cluster.munova('seed', '--url', http());
  const recorder = new Recorder(join(folder, 'history.jsonl'));
  const shop = await openShop({ size: SIZE, random, secret: cluster.secret, http, target, recorder });
  const load = { random, pauseMs: PAUSE_MS, droppers: shop.personas, dropChance: 0.01 };
  const talker = new Talker(shop, { ...load, repeatChance: 0.05, closeChance: 0.005 });
  const look = async (): Promise<ClusterBody> => (await clusterOf(cluster, http())).data;
  const ground = { cluster, random, shop, talker, recorder, http, look };
  try {
    talker.start();
    await talker.progress(50);
    await harm(ground);
    await talker.progress(50);
    await talker.stop();
    await quiet(shop, http(), AT_REST_MS);
    const verdict = await judge(shop, recorder, http());
    expect(verdict.violations.slice(0, MAX_SHOWN)).toEqual([]);
    expect(verdict.receipts).toBeGreaterThan(50);
    return verdict;
  } finally {
    await talker.stop();
    for (const persona of shop.personas) persona.finish();
    for (const { name, log } of cluster.members) writeFileSync(join(folder, `${name}.log`), log);
  }
};

/** Every shard has an owner that is a live actor node. */
export const untilOwned = async ({ look }: Pick<Ground, 'look'>): Promise<void> => {
  await until('every shard has a live owner', LIMIT_MS, async () => {
    const { nodes, shards } = await look();
    const live = new Set(nodes.filter(({ status }) => status === 'live').map(({ node }) => node));
    return shards.every(({ owner }) => owner !== null && live.has(owner));
  });
};

/** Longer than nodes wait between two rounds of handing shards over. */
const SHARED_OUT_MS = 5_000;

/** The actor nodes have shared the shards out: for a while none has changed its owner. */
export const untilSharedOut = async ({ look }: Pick<Ground, 'look'>): Promise<void> => {
  let known = '';
  let since = 0;
  await until('no shard changes its owner', LIMIT_MS, async () => {
    const owners = (await look()).shards.map(({ owner }) => owner ?? '').join(' ');
    if (owners !== known) since = Date.now();
    known = owners;
    return Date.now() - since > SHARED_OUT_MS && !owners.split(' ').includes('');
  });
};

/** Whoever talked has been told what became of it; nothing is under way. */
export const untilSettled = async ({ shop }: Pick<Ground, 'shop'>): Promise<void> => {
  await until('everything said has its outcome', LIMIT_MS, () =>
    shop.personas.every(({ connected, unsettled }) => connected && unsettled === 0),
  );
};

/** What a member logged; `time` is ISO 8601. */
export const logLines = (member: ClusterMember): readonly { readonly time: string; readonly msg: string }[] =>
  member.log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as { time: string; msg: string });
