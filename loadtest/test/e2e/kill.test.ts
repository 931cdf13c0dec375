import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Product, secretOf } from '../../driver/product.js';
import { Recorder } from '../../driver/recorder.js';
import { judge, quiet, talk } from '../../driver/run-shop.js';
import { openShop } from '../../driver/shop.js';
import { scratchFolder, seededRun, startProduct } from './run.js';

const FILE = 'loadtest/test/e2e/kill.test.ts';
const KILLS = 20;

describe('[I1, I3, I4, O7] kill -9', () => {
  it(
    '[I1, I2, I3, I4, I5, I6, I8, I12, O7] at random points loses nothing that was receipted, twenty times over',
    { timeout: 240_000 },
    async () => {
      const random = seededRun(FILE);
      const folder = scratchFolder();
      const dataDir = join(folder, 'data');
      let product = await startProduct({ dataDir, args: ['--demo'] });
      const recorder = new Recorder(join(folder, 'history.jsonl'));
      const shop = await openShop({
        size: { buyers: 15, sellers: 4, groups: 6, groupsPerBuyer: 2 },
        random,
        secret: secretOf(dataDir),
        http: () => product.ready.http,
        target: () => product.target,
        recorder,
      });
      let talking = true;
      const talker = (async () => {
        while (talking)
          await talk(shop, {
            random,
            messages: 20,
            pauseMs: 4,
            droppers: shop.personas,
            dropChance: 0.02,
            repeatChance: 0.05,
            closeChance: 0.01,
          });
      })();
      for (let kill = 0; kill < KILLS; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, random.between(50, 700)));
        await product.end('SIGKILL');
        product = await Product.start({ dataDir });
      }
      talking = false;
      await talker;
      await quiet(shop, product.ready.http);
      const verdict = await judge(shop, recorder, product.ready.http);
      expect(verdict.violations).toEqual([]);
      expect(verdict.receipts).toBeGreaterThan(KILLS);
      expect(await product.end('SIGTERM')).toBe(0);
    },
  );
});
