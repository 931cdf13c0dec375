/** The product that a load is put on: one of our own, or one that runs already. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from 'munova';
import { Product, secretOf } from '../driver/product.js';
import { UsageError } from './options.js';

export interface Target {
  readonly http: readonly string[];
  readonly ws: readonly string[];
  readonly secret: string;
  /** Of a process of our own; null for others'. */
  readonly pid: number | null;
  readonly backlog: number | null;
  close(): Promise<void>;
}

const webSocketOf = (http: string): string => `${http.replace('http', 'ws')}/ws`;

/** @throws {UsageError} where the secret of a product that runs is not given */
export const openTarget = async (urls: readonly string[]): Promise<Target> => {
  if (urls.length > 0) {
    const secret = process.env['MUNOVA_JWT_SECRET'];
    if (secret === undefined || secret === '')
      throw new UsageError('--target needs the secret of its tokens in MUNOVA_JWT_SECRET');
    return { http: urls, ws: urls.map(webSocketOf), secret, pid: null, backlog: null, close: () => Promise.resolve() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'munova-load-'));
  const dataDir = join(folder, 'data');
  const product = await Product.start({ dataDir, env: { MUNOVA_LOG_LEVEL: 'warn' } });
  return {
    http: [product.ready.http],
    ws: [product.ready.ws],
    secret: process.env['MUNOVA_JWT_SECRET'] || secretOf(dataDir),
    pid: product.ready.pid,
    backlog: readConfig({}).backlog,
    close: async () => {
      await product.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
