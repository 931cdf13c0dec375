/** A running product with rooms for a benchmark. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product, secretOf, tokenFor } from '../driver/product.js';
import { restData } from '../driver/rest.js';
import type { RawWsTarget } from './raw-ws.js';

const REST_AT_ONCE = 32;

export interface BenchShop {
  readonly product: Product;
  readonly target: RawWsTarget;
  token(user: string): string;
  /** A group of these users. @returns its id */
  group(name: string, users: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** @param entry `munova.mjs` of another build; this one's where absent */
export const openBenchShop = async (entry?: string): Promise<BenchShop> => {
  const folder = mkdtempSync(join(tmpdir(), 'munova-bench-'));
  const dataDir = join(folder, 'data');
  const product = await Product.start({
    dataDir,
    env: { MUNOVA_LOG_LEVEL: 'warn' },
    ...(entry === undefined ? {} : { entry }),
  });
  const secret = secretOf(dataDir);
  const token = (user: string): string => tokenFor(secret, { sub: user, name: user });
  const { hostname, port } = new URL(product.ready.ws);
  return {
    product,
    target: { host: hostname, port: Number(port), path: '/ws' },
    token,
    group: (name, users) => openGroup(product.ready.http, token, name, users),
    close: async () => {
      await product.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A group of these users, the first of whom opens it. @returns its id */
export const openGroup = async (
  http: string,
  token: (user: string) => string,
  name: string,
  users: readonly string[],
): Promise<string> => {
  const [owner = '', ...others] = users;
  const body = { chatName: name, maxParticipants: Math.max(2, users.length), productCategoryId: [] };
  const room = await restData<{ roomId: string }>(http, 'POST', '/api/chat/group', { token: token(owner), body });
  await inBatches(others, REST_AT_ONCE, (user) =>
    restData(http, 'POST', `/api/chat/group/${room.roomId}`, { token: token(user) }),
  );
  return room.roomId;
};

/** Runs `task` over the items, at most `width` at once, in order of starting. */
export const inBatches = async <T, R>(
  items: readonly T[],
  width: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await task(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
};
