import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { Product, type ProductOptions } from '../../driver/product.js';
import { SeededRandom } from '../../driver/random.js';

/** The seed of this run: `MUNOVA_SEED`, else a fresh one. Printed with the command that repeats it when the test fails. */
export const seededRun = (file: string, command = 'npx vitest run'): SeededRandom => {
  const seed = Number(process.env['MUNOVA_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => {
    process.stderr.write(`\nseed ${String(seed)}; repeat with: MUNOVA_SEED=${String(seed)} ${command} ${file}\n`);
  });
  return new SeededRandom(seed);
};

/** An empty folder, gone when the test passed, kept and named when it failed. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'munova-e2e-'));
  onTestFinished(({ task }) => {
    if (task.result?.state === 'pass') rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`\nkept for a look: ${folder}\n`);
  });
  return folder;
};

/** The product on a folder; ended with the test. */
export const startProduct = async (options: ProductOptions): Promise<Product> => {
  const product = await Product.start(options);
  onTestFinished(async () => {
    await product.end('SIGKILL');
  });
  return product;
};
