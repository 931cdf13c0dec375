import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretOf } from '../../driver/product.js';
import { Recorder } from '../../driver/recorder.js';
import { judge, quiet, talk } from '../../driver/run-shop.js';
import { openShop } from '../../driver/shop.js';
import { scratchFolder, seededRun, startProduct } from './run.js';

const FILE = 'loadtest/test/e2e/conversation.test.ts';

describe('[I1, I2, I3, I4, I5, I6, I8, I12, P13] a shop talks over three kinds of clients', () => {
  it(
    '[I1, I2, I3, I4, I5, I6, I8, I12] and agrees with the history, although half of the clients keep losing their sockets',
    { timeout: 180_000 },
    async () => {
      const random = seededRun(FILE);
      const folder = scratchFolder();
      const dataDir = join(folder, 'data');
      const product = await startProduct({ dataDir, args: ['--demo'] });
      const recorder = new Recorder(join(folder, 'history.jsonl'));
      const shop = await openShop({
        size: { buyers: 40, sellers: 8, groups: 20, groupsPerBuyer: 4 },
        random,
        secret: secretOf(dataDir),
        http: () => product.ready.http,
        target: () => product.anyTarget,
        recorder,
      });
      const droppers = shop.personas.filter((_, i) => i % 2 === 0);
      await talk(shop, {
        random,
        messages: 3_000,
        pauseMs: 3,
        droppers,
        dropChance: 0.08,
        repeatChance: 0.05,
        closeChance: 0.01,
      });
      await quiet(shop, product.ready.http);
      const verdict = await judge(shop, recorder, product.ready.http);
      expect(verdict.violations).toEqual([]);
      expect(verdict.messages).toBe(3_000);
      expect(verdict.refusals).toBeGreaterThan(0);
      expect(verdict.subscriptions).toBeGreaterThan(shop.places.length);
      expect(shop.personas.flatMap(({ troubles }) => troubles)).toEqual([]);
      expect(await product.end('SIGTERM')).toBe(0);
    },
  );
});
