import { setTimeout as sleep } from 'node:timers/promises';
import { DRAIN_WAIT_MS, nodeName, type NodeRecord } from '@munova/contracts';
import type { OpenCluster } from '../cluster/open-cluster.js';
import { asOperator, type OperatorOptions } from '../cluster/operator.js';

/** Between two looks, ms. */
const LOOK_MS = 500;
const PAGE_TIMEOUT_MS = 2_000;

/** Hands a node's work over: marks it, waits until it has nothing left, and says how far it is. The node stays up. */
export const drain = (node: string, options: OperatorOptions): Promise<void> =>
  asOperator(options, async (cluster) => {
    const { membership } = cluster.store;
    const { nodes } = await membership.view();
    const target = theOne(node, nodes);
    if (target.role === 'actors') expectHeir(target, nodes);
    await membership.markDraining(target.node);
    const what = target.role === 'actors' ? 'shards' : 'connections';
    await unready(target);
    let told = -1;
    for (let waited = 0; ; waited += LOOK_MS) {
      const left = await workLeft(cluster, target);
      if (left === 0) break;
      if (left !== told) say(`${node}: ${String(left)} ${what} left`);
      told = left;
      if (waited > DRAIN_WAIT_MS) throw new Error(`${node} still has ${String(left)} ${what}; it goes on draining`);
      await sleep(LOOK_MS);
    }
    say(`${node}: has nothing left and may be stopped`);
  });

/** The node has noticed: from then on it takes nothing in. */
const unready = async ({ node, address }: NodeRecord): Promise<void> => {
  for (let waited = 0; address !== null && (await page(address, '/readyz')).ok; waited += LOOK_MS) {
    if (waited > DRAIN_WAIT_MS) throw new Error(`${node} does not notice that it is to drain`);
    await sleep(LOOK_MS);
  }
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** By its name, or by its id where several have the name. */
const theOne = (wanted: string, nodes: readonly NodeRecord[]): NodeRecord => {
  const present = nodes.filter(({ status }) => status !== 'dead');
  const found = present.filter(({ node }) => node === wanted || nodeName(node) === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const among = (only === undefined ? present : found).map(({ node }) => (only === undefined ? nodeName(node) : node));
  if (only !== undefined) throw new Error(`several nodes are called ${wanted}; give one of ${among.join(', ')}`);
  throw new Error(`there is no node ${wanted}; there are ${among.join(', ') || 'none at all'}`);
};

/** The last one would keep everything. */
const expectHeir = (target: NodeRecord, nodes: readonly NodeRecord[]): void => {
  const heirs = nodes.filter(
    ({ node, role, status }) => node !== target.node && role === 'actors' && status === 'live',
  );
  if (heirs.length > 0) return;
  throw new Error(`${nodeName(target.node)} is the only live actor node: start another one to hand its shards to`);
};

/** Shards of an actor node, connections of an edge; 0 of one that has left. */
const workLeft = async ({ store, ownership }: OpenCluster, { node, role, address }: NodeRecord): Promise<number> => {
  const { nodes } = await store.membership.view();
  const record = nodes.find((each) => each.node === node);
  if (role === 'actors') {
    if (record?.status === 'dead') throw new Error(`${node} has been taken for dead; others take its shards`);
    return (await ownership.shards()).filter(({ owner }) => owner === node).length;
  }
  return record === undefined || record.status === 'dead' ? 0 : connectionsOf(address ?? '');
};

const connectionsOf = async (address: string): Promise<number> =>
  Number(/^munova_connections (\d+)/m.exec(await (await page(address, '/metrics')).text())?.[1]);

const page = async (address: string, path: string): Promise<Response> => {
  try {
    return await fetch(`${address}${path}`, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
  } catch (cause) {
    throw new Error(`it drains, but how far it is cannot be read from ${address}${path}`, { cause });
  }
};
