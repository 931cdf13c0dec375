import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findStrace } from '../../driver/strace.js';
import { scratchFolder, startProduct } from './run.js';

const BACKLOG = 77;
const CONNECTIONS = 1_000;

describe('[K1, K2] listening', () => {
  it('[K2] both listeners ask the kernel for the backlog that is configured', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const trace = join(folder, 'trace.txt');
    const wrapper = [findStrace(), '-f', '-o', trace, '-e', 'trace=listen'];
    const env = { MUNOVA_BACKLOG: String(BACKLOG) };
    const product = await startProduct({ dataDir: join(folder, 'data'), wrapper, env });
    await product.end('SIGTERM');
    const asked = [...readFileSync(trace, 'utf8').matchAll(/listen\(\d+, (\d+)\) += 0/g)].map(([, n]) => Number(n));
    expect(asked).toEqual([BACKLOG, BACKLOG]);
  });

  it('[K1] a host that allows less than is configured is warned of at start', { timeout: 60_000 }, async () => {
    const product = await startProduct({
      dataDir: join(scratchFolder(), 'data'),
      env: { MUNOVA_MAX_CONNECTIONS: String(CONNECTIONS) },
      wrapper: ['prlimit', `--nofile=${String(CONNECTIONS)}:${String(CONNECTIONS)}`],
    });
    await product.end('SIGTERM');
    const warned = product.stderr.filter((line) => line.includes('is below what MUNOVA_MAX_CONNECTIONS needs'));
    expect(warned).toHaveLength(1);
    expect(JSON.parse(warned[0] ?? '')).toMatchObject({ limit: 'open files', has: 1_000, needs: 1_256 });
  });
});
