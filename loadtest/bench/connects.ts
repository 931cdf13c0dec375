/** Connects: TCP, upgrade, CONNECT with a token, CONNECTED; 5,000 of them, 200 at once. Then what an idle one weighs. */
import { readFileSync } from 'node:fs';
import { inBatches, openBenchShop } from './shop.js';
import { quantile } from './statistics.js';
import { StompUser } from './stomp-user.js';

const CONNECTIONS = 5_000;
const AT_ONCE = 200;
const SETTLE_MS = 3_000;
const WARM_UP = 500;

export interface ConnectsResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly idleBytes: number;
}

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1_024;

export const benchConnects = async (): Promise<ConnectsResult> => {
  const shop = await openBenchShop();
  // Tokens are signed before the clock starts: signing is the storefront's work.
  const tokens = Array.from({ length: WARM_UP + CONNECTIONS }, (_, i) => shop.token(`u${String(i)}`));
  // The first connections pay for compiling and for the pages that the heap grows by once.
  const warm = await inBatches(tokens.slice(0, WARM_UP), AT_ONCE, (token) => StompUser.connect(shop.target, token));
  const before = residentBytes(shop.product.ready.pid);
  const latencies: number[] = [];
  const begun = performance.now();
  const users = await inBatches(tokens.slice(WARM_UP), AT_ONCE, async (token) => {
    const from = performance.now();
    const user = await StompUser.connect(shop.target, token);
    latencies.push(performance.now() - from);
    return user;
  });
  const seconds = (performance.now() - begun) / 1_000;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idleBytes = (residentBytes(shop.product.ready.pid) - before) / CONNECTIONS;
  for (const user of [...warm, ...users]) user.destroy();
  await shop.close();
  return { perSecond: CONNECTIONS / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), idleBytes };
};
