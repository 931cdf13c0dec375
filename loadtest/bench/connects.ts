/**
 * Connects: TCP, upgrade, CONNECT with a token, CONNECTED, 200 at once. First 5,000 that then stay idle, to weigh
 * them; with those gone and the code warm, 5,000 more against the clock.
 */
import { processorMicros, residentBytes } from '../driver/process-stats.js';
import { inBatches, openBenchShop } from './shop.js';
import { quantile } from './statistics.js';
import { StompUser } from './stomp-user.js';

const CONNECTIONS = 5_000;
const AT_ONCE = 200;
const SETTLE_MS = 3_000;
/** The first ones pay for compiling and for the pages that the heap grows by once; they are not weighed. */
const WARM_UP = 2_000;

export interface ConnectsResult {
  readonly perSecond: number;
  /** Processor time of the server a connect, all its threads, µs. */
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  readonly idleBytes: number;
}

/** @param entry `munova.mjs` of the build to measure; this one's where absent */
export const benchConnects = async (entry?: string): Promise<ConnectsResult> => {
  const shop = await openBenchShop(entry);
  const { pid } = shop.product.ready;
  // Tokens are signed before the clock starts: signing is the storefront's work.
  const tokens = Array.from({ length: WARM_UP + CONNECTIONS }, (_, i) => shop.token(`u${String(i)}`));
  const connect = (some: readonly string[], onConnected: (ms: number) => void): Promise<StompUser[]> =>
    inBatches(some, AT_ONCE, async (token) => {
      const from = performance.now();
      const user = await StompUser.connect(shop.target, token);
      onConnected(performance.now() - from);
      return user;
    });
  const first = await connect(tokens.slice(0, WARM_UP), () => undefined);
  const before = residentBytes(pid);
  const idle = await connect(tokens.slice(WARM_UP), () => undefined);
  await pause(SETTLE_MS);
  const idleBytes = (residentBytes(pid) - before) / CONNECTIONS;
  for (const user of [...first, ...idle]) user.destroy();
  await pause(SETTLE_MS);
  const latencies: number[] = [];
  const ranBefore = processorMicros(pid);
  const begun = performance.now();
  const users = await connect(tokens.slice(WARM_UP), (ms) => latencies.push(ms));
  const seconds = (performance.now() - begun) / 1_000;
  const cpuMicros = (processorMicros(pid) - ranBefore) / CONNECTIONS;
  for (const user of users) user.destroy();
  await shop.close();
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { perSecond: CONNECTIONS / seconds, cpuMicros, p50, p99, idleBytes };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
