/** What the bus costs a message, without a store: an edge and an actor over the product's adapters and a real Redis. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClusterServers } from '../../driver/cluster.js';
import { processorMicros } from '../../driver/process-stats.js';
import { quantile } from '../statistics.js';
import type { BusCount, BusPeerOptions } from './bus-protocol.js';

const SHARDS = 64;
const WINDOW = 1_024;
const WARM_UP_MS = 2_000;
const GENERATIONS = 1_000_000;

export interface BusFigures {
  readonly perBatch: number;
  readonly messagesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of a message, µs. */
  readonly edgeMicros: number;
  readonly actorMicros: number;
  readonly redisMicros: number;
}

export const benchBus = async (
  { redis, redisServer }: ClusterServers,
  perBatch: number,
  ms: number,
): Promise<BusFigures> => {
  const generation = String(1_000 + randomInt(GENERATIONS));
  const start = (role: BusPeerOptions['role']): ChildProcess => {
    const options: BusPeerOptions = { role, redis, generation, shards: SHARDS, perBatch, window: WINDOW };
    return fork(fileURLToPath(new URL('bus-main.js', import.meta.url)), [JSON.stringify(options)]);
  };
  const [actor, edge] = [start('actor'), start('edge')];
  const look = async (): Promise<{ count: BusCount; at: number; ran: readonly number[] }> => {
    edge.send('count');
    const [count] = (await once(edge, 'message')) as [BusCount];
    const pids = [edge.pid ?? 0, actor.pid ?? 0, redisServer?.primary.pid ?? 0];
    return { count, at: performance.now(), ran: pids.map(processorMicros) };
  };
  await pause(WARM_UP_MS);
  const before = await look();
  await pause(ms);
  const after = await look();
  for (const peer of [edge, actor]) {
    const exit = once(peer, 'exit');
    peer.disconnect();
    await exit;
  }
  const messages = after.count.messages - before.count.messages;
  const [edgeMicros = 0, actorMicros = 0, redisMicros = 0] = after.ran.map(
    (ran, i) => (ran - (before.ran[i] ?? 0)) / messages,
  );
  const { times } = after.count;
  return {
    perBatch,
    messagesPerSecond: (messages * 1_000) / (after.at - before.at),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    edgeMicros,
    actorMicros,
    redisMicros,
  };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
